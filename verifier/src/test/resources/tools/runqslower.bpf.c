// SPDX-License-Identifier: Apache-2.0
// runqslower: the threads that waited too long for a CPU.
#include "tool.h"

struct event {
	char comm[TASK_COMM_LEN];
	char before[TASK_COMM_LEN];
	__u64 delta_us;
	__s32 pid;
	__s32 before_pid;
};

const volatile __u64 min_us = 10000;

HASH_MAP(woken, __u32, __u64, 10240);
EVENTS_MAP(events);

SEC("tp/sched/sched_wakeup")
int wakeup(struct tp_sched_wakeup *ctx)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 pid = ctx->pid;

	if (pid)
		bpf_map_update_elem(&woken, &pid, &now, 0);
	return 0;
}

SEC("tp/sched/sched_switch")
int switched(struct tp_sched_switch *ctx)
{
	struct event event = {};
	__u32 pid = ctx->next_pid;
	__u64 *begin = bpf_map_lookup_elem(&woken, &pid);
	__u64 delta_us;

	if (!begin)
		return 0;
	delta_us = (bpf_ktime_get_ns() - *begin) / 1000;
	if (min_us && delta_us <= min_us)
		return 0;
	event.pid = pid;
	event.before_pid = ctx->prev_pid;
	event.delta_us = delta_us;
	bpf_probe_read_kernel_str(event.comm, sizeof(event.comm), ctx->next_comm);
	bpf_probe_read_kernel_str(event.before, sizeof(event.before), ctx->prev_comm);
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	bpf_map_delete_elem(&woken, &pid);
	return 0;
}

GPL;
