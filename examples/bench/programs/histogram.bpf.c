/* SPDX-License-Identifier: Apache-2.0 */
/* Counts 64 latencies in buckets by powers of two. */
#include "bench.h"
INLINE u32 log2_of(u32 v)
{
	u32 r = (v > 0xffff) << 4, s;
	v >>= r;
	s = (v > 0xff) << 3; v >>= s; r |= s;
	s = (v > 0xf) << 2; v >>= s; r |= s;
	s = (v > 3) << 1; v >>= s; r |= s;
	return r | v >> 1;
}
INLINE u32 body(u8 *data)
{
	u32 *values = (u32 *)data, *buckets = (u32 *)(data + 2048);
	u32 sum = 0;
	for (int i = 0; i < 32; i++)
		buckets[i] = 0;
	for (int i = 0; i < 64; i++)
		buckets[log2_of(values[i]) & 31]++;
	for (int i = 0; i < 32; i++)
		sum = sum * 3 + buckets[i];
	return sum;
}
BENCH(body)
