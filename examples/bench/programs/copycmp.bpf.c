/* SPDX-License-Identifier: Apache-2.0 */
/* Copies 256 bytes and compares the copy, byte by byte. */
#include "bench.h"
INLINE u32 body(u8 *data)
{
	u8 *from = data, *to = data + 1024;
	u32 same = 0;
	for (int i = 0; i < 256; i++)
		to[i] = from[i];
	for (int i = 0; i < 256; i++)
		same += to[i] == from[i] ? 1 : 0;
	return same;
}
BENCH(body)
