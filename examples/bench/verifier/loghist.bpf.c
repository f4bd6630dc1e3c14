/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A 32-step loop over a branchy integer log2: little code, and hundreds of thousands of insns for a
 * verifier that follows every path.
 */
#include "../programs/bench.h"

INLINE u32 log2_of(u32 value)
{
	u32 result = 0;

	if (value > 0xffff) {
		value >>= 16;
		result += 16;
	}
	if (value > 0xff) {
		value >>= 8;
		result += 8;
	}
	if (value > 0xf) {
		value >>= 4;
		result += 4;
	}
	if (value > 3) {
		value >>= 2;
		result += 2;
	}
	if (value > 1)
		result += 1;
	return result;
}

INLINE u64 body(u8 *data)
{
	u32 *values = (u32 *)data;
	u32 *slots = (u32 *)(data + 2048);

	for (u32 i = 0; i < 32; i++)
		slots[log2_of(values[i]) & 31]++;
	return slots[3];
}
BENCH(body)
