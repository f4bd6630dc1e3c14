/* SPDX-License-Identifier: Apache-2.0 */
/* Compares two strings of up to 64 bytes, to the first that differs. */
#include "bench.h"
INLINE u32 body(u8 *data)
{
	u8 *a = data + 3072, *b = data + 3136;
	for (int i = 0; i < 64; i++) {
		if (a[i] != b[i])
			return i << 1 | (a[i] < b[i]);
		if (!a[i])
			return 1000 + i;
	}
	return 64;
}
BENCH(body)
