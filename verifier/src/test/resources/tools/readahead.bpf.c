// SPDX-License-Identifier: Apache-2.0
// readahead: pages that were read ahead, and how old they were when somebody used them.
#include "tool.h"

HASH_MAP(inside, __u32, __u64, 10240);
HASH_MAP(births, __u64, __u64, 10240);

struct histogram ages = {};
__u64 unused = 0;
__u64 total = 0;

SEC("kprobe/do_page_cache_ra")
int begin(struct pt_regs *ctx)
{
	__u32 pid = current_tid();
	__u64 one = 1;

	bpf_map_update_elem(&inside, &pid, &one, 0);
	return 0;
}

SEC("kretprobe/__page_cache_alloc")
int allocated(struct pt_regs *ctx)
{
	__u32 pid = current_tid();
	__u64 now, page = PT_REGS_RC(ctx);

	if (!bpf_map_lookup_elem(&inside, &pid))
		return 0;
	now = bpf_ktime_get_ns();
	bpf_map_update_elem(&births, &page, &now, 0);
	__sync_fetch_and_add(&unused, 1);
	__sync_fetch_and_add(&total, 1);
	return 0;
}

SEC("kretprobe/do_page_cache_ra")
int end(struct pt_regs *ctx)
{
	__u32 pid = current_tid();

	bpf_map_delete_elem(&inside, &pid);
	return 0;
}

SEC("kprobe/mark_page_accessed")
int accessed(struct pt_regs *ctx)
{
	__u64 page = PT_REGS_PARM1(ctx), now = bpf_ktime_get_ns();
	__u64 *birth = bpf_map_lookup_elem(&births, &page);
	__s64 age;

	if (!birth)
		return 0;
	age = (__s64)(now - *birth);
	if (age >= 0) {
		add_to(&ages, age / 1000000);
		__sync_fetch_and_add(&unused, -1);
	}
	bpf_map_delete_elem(&births, &page);
	return 0;
}

GPL;
