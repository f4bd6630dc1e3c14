/* SPDX-License-Identifier: Apache-2.0 */
/* The Internet checksum of 512 bytes. */
#include "bench.h"
INLINE u32 body(u8 *data)
{
	u16 *words = (u16 *)data;
	u32 sum = 0;
	for (int i = 0; i < 256; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}
BENCH(body)
