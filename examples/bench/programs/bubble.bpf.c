/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts 24 words by bubbling, after a copy. */
#include "bench.h"
#define N 24
INLINE u32 body(u8 *data)
{
	u32 *from = (u32 *)data, *v = (u32 *)(data + 512);
	for (int i = 0; i < N; i++)
		v[i] = from[i];
	for (int i = 0; i < N - 1; i++)
		for (int j = 0; j < N - 1; j++)
			if (v[j] > v[j + 1]) {
				u32 t = v[j];
				v[j] = v[j + 1];
				v[j + 1] = t;
			}
	return v[0] ^ v[N / 2] ^ v[N - 1];
}
BENCH(body)
