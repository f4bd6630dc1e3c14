// SPDX-License-Identifier: Apache-2.0
// drsnoop: direct reclaims: who had to free memory, for how long, how many pages.
#include "tool.h"

struct tp_begin {
	__u64 common;
	int order;
	__u32 gfp_flags;
};

struct tp_end {
	__u64 common;
	__u64 reclaimed;
};

struct begin {
	__u64 time;
	__u64 free_pages;
};

struct event {
	__u64 duration;
	__u64 reclaimed;
	__u64 free_pages;
	__u32 pid;
	char comm[TASK_COMM_LEN];
};

const volatile __u64 counters_address = 0;

HASH_MAP(begun, __u32, struct begin, 8192);
EVENTS_MAP(events);

SEC("tp/vmscan/mm_vmscan_direct_reclaim_begin")
int begin(struct tp_begin *ctx)
{
	__u32 tid = current_tid();
	struct begin begin = {};

	begin.time = bpf_ktime_get_ns();
	if (counters_address)
		bpf_probe_read_kernel(&begin.free_pages, sizeof(begin.free_pages),
				      (const void *)counters_address);
	bpf_map_update_elem(&begun, &tid, &begin, 0);
	return 0;
}

SEC("tp/vmscan/mm_vmscan_direct_reclaim_end")
int end(struct tp_end *ctx)
{
	__u32 tid = current_tid();
	struct begin *begin = bpf_map_lookup_elem(&begun, &tid);
	struct event event = {};
	__s64 duration;

	if (!begin)
		return 0;
	duration = bpf_ktime_get_ns() - begin->time;
	if (duration > 0) {
		event.duration = duration;
		event.reclaimed = ctx->reclaimed;
		event.free_pages = begin->free_pages;
		event.pid = current_pid();
		bpf_get_current_comm(event.comm, sizeof(event.comm));
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	}
	bpf_map_delete_elem(&begun, &tid);
	return 0;
}

GPL;
