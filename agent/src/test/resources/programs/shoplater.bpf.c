// SPDX-License-Identifier: Apache-2.0
// A later build of shop.bpf.c, to replace it as it runs: a sale counts 100, and leaves no receipt.
#include "sonde.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sales SEC(".maps");

const volatile __u64 worth = 100;

SEC("methodret/dev.sonde.testapp.Shop.sell")
int sold(struct sonde_method *ctx)
{
	__u32 zero = 0;
	__u64 *counted = bpf_map_lookup_elem(&sales, &zero);

	if (counted)
		*counted += worth;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
