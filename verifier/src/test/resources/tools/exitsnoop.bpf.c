// SPDX-License-Identifier: Apache-2.0
// exitsnoop: which processes end, and how old they got.
#include "tool.h"

struct event {
	__u64 born;
	__u64 died;
	__u32 pid;
	__u32 tid;
	char comm[TASK_COMM_LEN];
};

struct tp_process {
	__u64 common;
	char comm[TASK_COMM_LEN];
	__s32 pid;
	__s32 prio;
};

const volatile _Bool processes_only = 1;

HASH_MAP(births, __u32, __u64, 65536);
RING_MAP(events, 1 << 18);

SEC("raw_tracepoint/sched_process_fork")
int born(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 tid = current_tid();

	bpf_map_update_elem(&births, &tid, &now, BPF_ANY);
	return 0;
}

SEC("tracepoint/sched/sched_process_exit")
int died(struct tp_process *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 pid = id >> 32, tid = id;
	struct event *event;
	__u64 *birth;

	if (processes_only && pid != tid)
		return 0;
	birth = bpf_map_lookup_elem(&births, &tid);
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return 0;
	event->born = birth ? *birth : 0;
	event->died = bpf_ktime_get_ns();
	event->pid = pid;
	event->tid = tid;
	__builtin_memcpy(event->comm, ctx->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	bpf_map_delete_elem(&births, &tid);
	return 0;
}

GPL;
