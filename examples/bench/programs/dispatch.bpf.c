/* SPDX-License-Identifier: Apache-2.0 */
/* An interpreter of 64 byte codes: a switch in a loop. */
#include "bench.h"
INLINE u32 body(u8 *data)
{
	u32 a = 1, b = 2;
	for (int i = 0; i < 64; i++) {
		switch (data[i] & 15) {
		case 0: a += b; break;
		case 1: a ^= b; break;
		case 2: b = a * 3; break;
		case 3: b -= a; break;
		case 4: a = a << 3 | a >> 29; break;
		case 5: b |= 1; break;
		case 6: a -= 7; break;
		case 7: b ^= a >> 5; break;
		case 8: a = ~a; break;
		case 9: b += a & 255; break;
		case 10: a *= 5; break;
		case 11: b >>= 1; break;
		case 12: a += i; break;
		case 13: b = b << 1 ^ a; break;
		case 14: a |= b; break;
		default: a = b + 11; break;
		}
	}
	return a ^ b;
}
BENCH(body)
