/* SPDX-License-Identifier: Apache-2.0 */
/* Primes below 1024 by the sieve of Eratosthenes, a byte for each number. */
#include "bench.h"
INLINE u32 body(u8 *data)
{
	u32 count = 0;
	for (int i = 0; i < 1024; i++)
		data[i] = 1;
	for (u32 p = 2; p < 32; p++) {
		if (!data[p])
			continue;
		for (u32 q = p * p; q < 1024; q += p)
			data[q & 1023] = 0;
	}
	for (int i = 2; i < 1024; i++)
		count += data[i];
	return count;
}
BENCH(body)
