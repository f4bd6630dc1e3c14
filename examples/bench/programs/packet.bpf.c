/* SPDX-License-Identifier: Apache-2.0 */
/* Parses 8 frames: Ethernet, perhaps a VLAN tag, IPv4 with options, TCP or UDP ports. */
#include "bench.h"
INLINE u32 parse(u8 *p)
{
	u32 type = p[12] << 8 | p[13], at = 14;
	if (type == 0x8100) {
		type = p[16] << 8 | p[17];
		at = 18;
	}
	if (type != 0x0800)
		return type;
	u32 words = p[at] & 15;
	if (words < 5 || p[at] >> 4 != 4)
		return 1;
	u32 protocol = p[at + 9];
	if (protocol != 6 && protocol != 17)
		return protocol;
	u8 *transport = p + at + (words & 7) * 4;
	u32 from = transport[0] << 8 | transport[1];
	u32 to = transport[2] << 8 | transport[3];
	return from * 65537 + to + (protocol == 6 ? transport[13] : 0);
}
INLINE u32 body(u8 *data)
{
	u32 sum = 0;
	for (int i = 0; i < 8; i++)
		sum = sum * 33 + parse(data + i * 128);
	return sum;
}
BENCH(body)
