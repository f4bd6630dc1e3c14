// SPDX-License-Identifier: Apache-2.0
// Maps and programs as the initial values of maps.
#include "sonde.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
};

struct inner first SEC(".maps");
struct inner second SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct inner);
} by_index SEC(".maps") = {
	.values = {[1] = &first, [3] = &second},
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_HASH);
			__uint(max_entries, 16);
			__type(key, __u64);
			__type(value, char[24]);
		});
} by_key SEC(".maps");

int first_tail(void *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__uint(key_size, 4);
	__array(values, int(void *));
} tails SEC(".maps") = {
	.values = {[2] = (void *)&first_tail},
};

SEC("xdp")
int first_tail(void *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int start(struct xdp_md *ctx)
{
	__u32 one = 1;
	void *map = bpf_map_lookup_elem(&by_index, &one);
	if (map && bpf_map_lookup_elem(map, &one))
		bpf_tail_call(ctx, &tails, 2);
	return bpf_map_lookup_elem(&by_key, &one) ? XDP_DROP : XDP_ABORTED;
}

char LICENSE[] SEC("license") = "GPL";
