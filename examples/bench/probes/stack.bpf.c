// SPDX-License-Identifier: Apache-2.0
// The id of the stack of each call of a method.
#include "../../programs/sonde.h"

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps"); /* whose stack got an id */

SEC("method/dev.sonde.bench.probed.Methods.leaf")
int stack(struct sonde_method *ctx)
{
	__u32 zero = 0;
	__u64 *counted = bpf_map_lookup_elem(&calls, &zero);

	if (bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK) >= 0 && counted)
		*counted += 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
