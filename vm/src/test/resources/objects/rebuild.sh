#!/bin/sh
# Rebuilds the objects of this directory; the committed ones were made by these very versions.
set -e
cd "$(dirname "$0")"
programs=../../../../../examples/programs
for source in *.bpf.c; do
	name=${source%.bpf.c}
	for clang in 14 22; do
		for cpu in v1 v2 v3 v4; do
			[ "$clang$cpu" != 14v4 ] || continue # clang 14 knows no v4
			"clang-$clang" -g -O2 -target bpf -mcpu=$cpu -I "$programs" -Wall -Werror \
				-fdebug-compilation-dir=. -c "$source" -o "$name.clang$clang.$cpu.o"
		done
	done
done
