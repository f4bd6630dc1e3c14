#!/bin/sh
# Rebuilds every object of this folder; CLANG names another compiler.
set -eu
cd "$(dirname "$0")"
for source in *.bpf.c; do
  "${CLANG:-clang}" -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -I /usr/include/x86_64-linux-gnu -I ../../../../../examples/programs -fdebug-compilation-dir=. \
    -c "$source" -o "${source%.c}.o"
done
