// SPDX-License-Identifier: Apache-2.0
// argdist: how the arguments of a function are distributed; the histogram is cleared by a callback.
#include "tool.h"

struct cleared {
	__u32 slots;
	__u64 sum;
};

HASH_MAP(by_size, __u64, __u64, 1024);
PERCPU_ARRAY_MAP(slots, __u64, 64);

static long add(void *map, __u64 *key, __u64 *value, struct cleared *all)
{
	all->slots++;
	all->sum += *value;
	return 0;
}

static long clear(__u32 index, struct cleared *all)
{
	__u64 *slot = bpf_map_lookup_elem(&slots, &index);

	if (!slot)
		return 1;
	all->sum += *slot;
	*slot = 0;
	return 0;
}

SEC("kprobe/__kmalloc")
int kmalloc(struct pt_regs *ctx)
{
	__u64 size = PT_REGS_PARM1(ctx), zero = 0, *count, *slot;
	__u32 index = branchy_log2l(size);

	count = lookup_or_init(&by_size, &size, &zero);
	if (count)
		__sync_fetch_and_add(count, 1);
	slot = bpf_map_lookup_elem(&slots, &index);
	if (slot)
		*slot += 1;
	return 0;
}

SEC("kprobe/kfree_const")
int sum(struct pt_regs *ctx)
{
	struct cleared all = {};

	bpf_for_each_map_elem(&by_size, add, &all, 0);
	bpf_loop(64, clear, &all, 0);
	return all.sum > 1000;
}

GPL;
