#!/bin/sh
# Rebuilds every object of this directory; the committed ones were made by clang 14.
set -e
cd "$(dirname "$0")"
for source in *.bpf.c; do
	clang-14 -g -O2 -target bpf -mcpu=v3 -Wall -Werror -fdebug-compilation-dir=. \
		-c "$source" -o "${source%.c}.o"
	llvm-strip-14 -g "${source%.c}.o" # DWARF goes, BTF stays
done
