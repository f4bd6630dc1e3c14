// SPDX-License-Identifier: Apache-2.0
// gethostlatency: how long name lookups take.
#include "tool.h"

struct event {
	__u64 time;
	__u32 pid;
	char comm[TASK_COMM_LEN];
	char host[80];
};

HASH_MAP(started, __u32, struct event, 10240);
EVENTS_MAP(events);

static int enter(struct pt_regs *ctx)
{
	__u32 tid = current_tid();
	struct event event = {};

	if (!PT_REGS_PARM1(ctx))
		return 0;
	event.time = bpf_ktime_get_ns();
	event.pid = current_pid();
	bpf_get_current_comm(&event.comm, sizeof(event.comm));
	bpf_probe_read_user(&event.host, sizeof(event.host), (void *)PT_REGS_PARM1(ctx));
	bpf_map_update_elem(&started, &tid, &event, BPF_ANY);
	return 0;
}

static int leave(struct pt_regs *ctx)
{
	__u32 tid = current_tid();
	struct event *event = bpf_map_lookup_elem(&started, &tid);

	if (!event)
		return 0;
	event->time = bpf_ktime_get_ns() - event->time;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, sizeof(*event));
	bpf_map_delete_elem(&started, &tid);
	return 0;
}

SEC("uprobe/libc:getaddrinfo")
int enter_getaddrinfo(struct pt_regs *ctx)
{
	return enter(ctx);
}

SEC("uretprobe/libc:getaddrinfo")
int leave_getaddrinfo(struct pt_regs *ctx)
{
	return leave(ctx);
}

SEC("uprobe/libc:gethostbyname")
int enter_gethostbyname(struct pt_regs *ctx)
{
	return enter(ctx);
}

SEC("uretprobe/libc:gethostbyname")
int leave_gethostbyname(struct pt_regs *ctx)
{
	return leave(ctx);
}

GPL;
