// SPDX-License-Identifier: Apache-2.0
// iproute2's struct bpf_elf_map (tc-bpf(8)): pinning, and maps inside a map.
#include "sonde.h"

struct bpf_elf_map {
	__u32 type;
	__u32 size_key;
	__u32 size_value;
	__u32 max_elem;
	__u32 flags;
	__u32 id;
	__u32 pinning;
	__u32 inner_id;
	__u32 inner_idx;
};

struct bpf_elf_map SEC("maps") inner = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = 4,
	.size_value = 8,
	.max_elem = 5,
	.id = 11,
	.inner_idx = 2,
};

struct bpf_elf_map SEC("maps") outer = {
	.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
	.size_key = 4,
	.size_value = 4,
	.max_elem = 4,
	.id = 12,
	.inner_id = 11,
	.inner_idx = -1,
};

struct bpf_elf_map SEC("maps") shared = {
	.type = BPF_MAP_TYPE_HASH,
	.size_key = 4,
	.size_value = 8,
	.max_elem = 100,
	.pinning = 2,
	.inner_idx = -1,
};

SEC("classifier")
int classify(struct __sk_buff *skb)
{
	__u32 two = 2;
	void *map = bpf_map_lookup_elem(&outer, &two);
	if (map && bpf_map_lookup_elem(map, &two))
		bpf_map_delete_elem(&shared, &two);
	return bpf_map_lookup_elem(&inner, &two) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
