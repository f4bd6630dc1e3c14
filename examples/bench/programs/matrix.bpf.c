/* SPDX-License-Identifier: Apache-2.0 */
/* Multiplies two matrices of 8 by 8 words. */
#include "bench.h"
#define N 8
INLINE u32 body(u8 *data)
{
	u32 *a = (u32 *)data, *b = a + N * N, *c = b + N * N;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			u32 sum = 0;
			for (int k = 0; k < N; k++)
				sum += a[i * N + k] * b[k * N + j];
			c[i * N + j] = sum;
		}
	return c[0] ^ c[N + 1] ^ c[N * N - 1];
}
BENCH(body)
