/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a over 64 bytes, and a final mixing. */
#include "bench.h"
INLINE u32 body(u8 *data)
{
	u64 hash = 0xcbf29ce484222325ULL;
	for (int i = 0; i < 64; i++)
		hash = (hash ^ data[i]) * 0x100000001b3ULL;
	hash ^= hash >> 33;
	hash *= 0xff51afd7ed558ccdULL;
	return (u32)(hash ^ hash >> 29);
}
BENCH(body)
