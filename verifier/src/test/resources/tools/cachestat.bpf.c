// SPDX-License-Identifier: Apache-2.0
// cachestat: hits and misses of the page cache.
#include "tool.h"

struct key {
	__u64 ip;
	char comm[TASK_COMM_LEN];
};

PERCPU_ARRAY_MAP(totals, __u64, 4);
HASH_MAP(by_comm, struct key, __u64, 1024);

static __noinline int bump(struct pt_regs *ctx, __u32 which)
{
	__u64 *total = bpf_map_lookup_elem(&totals, &which), zero = 0, *count;
	struct key key = {};

	if (total)
		*total += 1;
	key.ip = PT_REGS_IP(ctx);
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	count = lookup_or_init(&by_comm, &key, &zero);
	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

SEC("kprobe/add_to_page_cache_lru")
int added(struct pt_regs *ctx)
{
	return bump(ctx, 0);
}

SEC("kprobe/mark_page_accessed")
int accessed(struct pt_regs *ctx)
{
	return bump(ctx, 1);
}

SEC("kprobe/account_page_dirtied")
int dirtied(struct pt_regs *ctx)
{
	return bump(ctx, 2);
}

SEC("kprobe/mark_buffer_dirty")
int buffer_dirtied(struct pt_regs *ctx)
{
	return bump(ctx, 3);
}

GPL;
