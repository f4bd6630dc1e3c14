/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One source, two targets: the eBPF program and the same function for the host. A program gets the
 * address of 4 KiB of data and returns a checksum of what it did; all state lies in those 4 KiB.
 *
 * For eBPF the data is the value of a one-element array map, which the kernel and Sonde both have;
 * the host gets a plain buffer.
 */
#ifndef BENCH_H
#define BENCH_H
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed int s32;
#define DATA_BYTES 4096
#define INLINE static inline __attribute__((always_inline))

#ifdef __bpf__
#define SEC(name) __attribute__((section(name), used))
#define uint_(name, value) int(*name)[value]
#define type_(name, value) value *name
struct block {
	u8 bytes[DATA_BYTES];
};
struct {
	uint_(type, 2);
	uint_(max_entries, 1);
	type_(key, u32);
	type_(value, struct block);
} data_map SEC(".maps");
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;

#define BENCH(body)                                                            \
	SEC("tc") int bench(void *ctx)                                         \
	{                                                                      \
		u32 key = 0;                                                   \
		u8 *data = bpf_map_lookup_elem(&data_map, &key);               \
		return data ? (int)body(data) : -1;                            \
	}                                                                      \
	char bench_license[] SEC("license") = "GPL";
#else
#define BENCH(body)                                                            \
	int bench(u8 *data)                                                    \
	{                                                                      \
		return (int)body(data);                                        \
	}
#endif
#endif
