// SPDX-License-Identifier: Apache-2.0
// shop.bpf.c with two members of its record exchanged: may not replace it where records are exported.
#define EXCHANGED
#include "shop.bpf.c"
