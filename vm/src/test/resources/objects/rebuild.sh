#!/bin/sh
# Rebuilds the objects of this directory: every source by four compilers for every CPU version.
set -e
cd "$(dirname "$0")"
programs=../../../../../examples/programs
for source in *.bpf.c; do
	name=${source%.bpf.c}
	for clang in 14 16 19 22; do
		for cpu in v1 v2 v3 v4; do
			case $clang$cpu in 14v4 | 16v4) continue ;; esac # they know no v4
			case $name:$clang$cpu in # of these one is enough, or two
			special:14v3 | special:19v4) ;;
			special:*) continue ;;
			coretarget:22v3 | header:14v3 | libbpf:14v3 | elfmap:14v3 | legacy:14v3 | \
				mixed:14v3 | foreign:14v3) ;;
			coretarget:* | header:* | libbpf:* | elfmap:* | legacy:* | \
				mixed:* | foreign:*) continue ;;
			esac
			object=$name.clang$clang.$cpu.o
			"clang-$clang" -g -O2 -target bpf -mcpu=$cpu -I "$programs" \
				-D__TARGET_ARCH_x86 -I /usr/include/$(uname -m)-linux-gnu -Wall -Werror \
				-fdebug-compilation-dir=. -c "$source" -o "$object"
			llvm-strip-14 -g "$object" # DWARF goes, BTF stays
		done
	done
done
