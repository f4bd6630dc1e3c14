// SPDX-License-Identifier: Apache-2.0
// A program that the verifier must reject: it forgets the null check.
#include "sonde.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

SEC("method/dev.sonde.testapp.Shop.sell")
int forgetful(struct sonde_method *ctx)
{
	__u32 key = 1;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);

	*value += 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
