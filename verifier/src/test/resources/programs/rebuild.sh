#!/bin/sh
# Rebuilds every object of this directory: clang 14 for v2, 16 for v3, 19 for v1 and v4. Needs libbpf's headers.
set -e
cd "$(dirname "$0")"
for source in *.bpf.c; do
	name=${source%.bpf.c}
	for form in 14.v2 16.v3 19.v1 19.v4; do
		fetch=
		case $form in *v3 | *v4) fetch=-DFETCH ;; esac
		"clang-${form%.*}" -g -O2 -target bpf -D__TARGET_ARCH_x86 $fetch -mcpu="${form#*.}" -I/usr/include/x86_64-linux-gnu \
			-Wno-everything -fdebug-compilation-dir=. -c "$source" -o "$name.clang$form.o"
		llvm-strip-14 -g "$name.clang$form.o" # DWARF goes, BTF stays
	done
done
