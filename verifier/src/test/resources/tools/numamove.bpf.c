// SPDX-License-Identifier: Apache-2.0
// numamove: pages that move between NUMA nodes, and what that costs.
#include "tool.h"

HASH_MAP(started, __u32, __u64, 10240);

__u64 latency_ns = 0;
__u64 moved = 0;

SEC("kprobe/migrate_misplaced_page")
int begin(struct pt_regs *ctx)
{
	__u32 pid = current_tid();
	__u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&started, &pid, &now, 0);
	return 0;
}

SEC("kretprobe/migrate_misplaced_page")
int end(struct pt_regs *ctx)
{
	__u32 pid = current_tid();
	__u64 *begin = bpf_map_lookup_elem(&started, &pid), now = bpf_ktime_get_ns();
	__s64 delta;

	if (!begin)
		return 0;
	delta = (__s64)(now - *begin);
	if (delta >= 0) {
		__sync_fetch_and_add(&latency_ns, delta / 1000000U);
		if (PT_REGS_RC(ctx) == 0)
			__sync_fetch_and_add(&moved, 1);
	}
	bpf_map_delete_elem(&started, &pid);
	return 0;
}

GPL;
