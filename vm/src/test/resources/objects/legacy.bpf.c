// SPDX-License-Identifier: Apache-2.0
// Map definitions from before BTF: libbpf's struct bpf_map_def in section "maps".
#include "sonde.h"

struct bpf_map_def {
	__u32 type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 map_flags;
};

struct bpf_map_def SEC("maps") counts = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = 4,
	.value_size = 8,
	.max_entries = 100,
	.map_flags = BPF_F_NO_PREALLOC,
};

struct bpf_map_def SEC("maps") slots = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = 4,
	.value_size = 16,
	.max_entries = 7,
};

SEC("kprobe/sys_read")
int count(void *ctx)
{
	__u32 key = 3;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);
	if (value)
		*value += 1;
	return bpf_map_lookup_elem(&slots, &key) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
