// SPDX-License-Identifier: Apache-2.0
// The same records in a ring whose memory has left the cache when it is written again.
#define RING_BYTES (1 << 20)
#include "record.bpf.c"
