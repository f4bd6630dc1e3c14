// SPDX-License-Identifier: Apache-2.0
// Counts the calls of a method in a per-CPU array.
#include "../../programs/sonde.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps");

SEC("method/dev.sonde.bench.probed.Methods.work")
int count(struct sonde_method *ctx)
{
	__u32 zero = 0;
	__u64 *counted = bpf_map_lookup_elem(&calls, &zero);

	if (counted)
		*counted += 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
