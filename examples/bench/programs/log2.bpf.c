/* SPDX-License-Identifier: Apache-2.0 */
/* Integer logarithms by halving, of 32 numbers. */
#include "bench.h"
INLINE u32 body(u8 *data)
{
	u32 *numbers = (u32 *)data;
	u32 sum = 0;
	for (int i = 0; i < 32; i++) {
		u32 n = numbers[i], log = 0;
		if (n >> 16) { n >>= 16; log += 16; }
		if (n >> 8) { n >>= 8; log += 8; }
		if (n >> 4) { n >>= 4; log += 4; }
		if (n >> 2) { n >>= 2; log += 2; }
		log += n >> 1;
		sum = sum * 31 + log;
	}
	return sum;
}
BENCH(body)
