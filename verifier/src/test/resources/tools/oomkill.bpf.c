// SPDX-License-Identifier: Apache-2.0
// oomkill: what the kernel kills when memory runs out.
#include "tool.h"

struct event {
	__u32 from_pid;
	__u32 to_pid;
	__u64 pages;
	char from[TASK_COMM_LEN];
	char to[TASK_COMM_LEN];
};

EVENTS_MAP(events);

SEC("kprobe/oom_kill_process")
int kill(struct pt_regs *ctx)
{
	__u64 control = PT_REGS_PARM1(ctx), victim = 0;
	struct event event;

	event.from_pid = current_pid();
	event.to_pid = 0;
	bpf_probe_read_kernel(&victim, sizeof(victim), (void *)(control + 40));
	bpf_probe_read_kernel(&event.to_pid, sizeof(event.to_pid), (void *)(victim + 1256));
	bpf_probe_read_kernel(&event.pages, sizeof(event.pages), (void *)(control + 48));
	bpf_get_current_comm(&event.from, sizeof(event.from));
	bpf_probe_read_kernel(&event.to, sizeof(event.to), (void *)(victim + 1848));
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

GPL;
