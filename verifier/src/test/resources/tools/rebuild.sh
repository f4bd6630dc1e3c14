#!/bin/sh
# Rebuilds the tools: every source by clang 14 and 22 for every CPU version that the compiler knows.
set -e
cd "$(dirname "$0")"
programs=../../../../../examples/programs
for source in *.bpf.c; do
	name=${source%.bpf.c}
	for clang in 14 22; do
		for cpu in v1 v2 v3 v4; do
			[ "$clang$cpu" != 14v4 ] || continue # clang 14 knows no v4
			object=$name.clang$clang.$cpu.o
			"clang-$clang" -g -O2 -target bpf -mcpu=$cpu -I "$programs" -Wall -Werror \
				-Wno-unused-function -fdebug-compilation-dir=. -c "$source" -o "$object"
			llvm-strip-14 -g "$object" # DWARF goes, BTF stays
		done
	done
done
