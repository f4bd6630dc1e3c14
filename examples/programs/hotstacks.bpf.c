// SPDX-License-Identifier: Apache-2.0
// Which Java stacks execute SQL, and how often: the flame graph of the statements.
#include "h2.h"

struct stack_key {
	__s32 stack_id;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct stack_key);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 8192);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

/* stacks that could not be stored, for want of room */
__u64 stacks_lost = 0;

static __always_inline int count(struct sonde_method *ctx)
{
	struct stack_key key = {.stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK)};
	__u64 zero = 0;
	__u64 *counted;

	if (key.stack_id < 0) {
		__sync_fetch_and_add(&stacks_lost, 1);
		return 0;
	}
	counted = bpf_map_lookup_elem(&counts, &key);
	if (!counted) {
		bpf_map_update_elem(&counts, &key, &zero, BPF_NOEXIST);
		counted = bpf_map_lookup_elem(&counts, &key);
	}
	if (counted)
		__sync_fetch_and_add(counted, 1);
	return 0;
}

H2_EVERY_STATEMENT(hot, count)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
