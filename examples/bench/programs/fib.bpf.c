/* SPDX-License-Identifier: Apache-2.0 */
/* Fibonacci numbers modulo a word, 64 steps: arithmetic without memory. */
#include "bench.h"
INLINE u32 body(u8 *data)
{
	u32 a = data[0], b = data[1] + 1;
	for (int i = 0; i < 64; i++) {
		u32 next = a + b;
		a = b;
		b = next ^ i;
	}
	return a;
}
BENCH(body)
