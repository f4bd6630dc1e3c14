#!/bin/sh
# Rebuilds every object of this directory with clang 14, 16 and 19. Needs libbpf's headers.
set -e
cd "$(dirname "$0")"
for source in *.bpf.c; do
	name=${source%.bpf.c}
	for version in 14 16 19; do
		for cpu in v1 v2 v3 v4; do
			[ "$version" != 19 ] && [ "$cpu" = v4 ] && continue
			case $name in prototypes | contexts | inner) [ "$cpu" != v3 ] && continue ;; esac # types, not code
			[ "$name$version" = inner14 ] && continue # it leaves types out that libbpf needs
			# only the packets are worth every CPU version; the rest is about calls
			[ "$name" != packets ] && [ "$cpu" != v2 ] && [ "$cpu" != v3 ] && continue
			"clang-$version" -g -O2 -target bpf -mcpu=$cpu -I/usr/include/x86_64-linux-gnu \
				-Wno-everything -fdebug-compilation-dir=. -c "$source" -o "$name.clang$version.$cpu.o"
			llvm-strip-14 -g "$name.clang$version.$cpu.o" # DWARF goes, BTF stays
		done
	done
done
