/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a needle of 4 bytes in 256 bytes. */
#include "bench.h"
INLINE u32 body(u8 *data)
{
	u8 *needle = data + 512;
	u32 found = 0;
	for (int i = 0; i < 252; i++) {
		int j = 0;
		for (; j < 4; j++)
			if (data[i + j] != needle[j])
				break;
		if (j == 4)
			found = found * 7 + i;
	}
	return found;
}
BENCH(body)
