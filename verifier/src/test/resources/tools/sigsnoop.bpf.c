// SPDX-License-Identifier: Apache-2.0
// sigsnoop: who sends which signal to whom.
#include "tool.h"

struct event {
	__u32 pid;
	__u32 target;
	int signal;
	int ret;
	char comm[TASK_COMM_LEN];
};

const volatile __u32 only_pid = 0;
const volatile int only_signal = 0;
const volatile _Bool failed_only = 0;

HASH_MAP(values, __u32, struct event, 10240);
EVENTS_MAP(events);

static int enter(__u32 target, int signal)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct event event = {};
	__u32 pid = id >> 32, tid = id;

	if (only_signal && signal != only_signal)
		return 0;
	if (only_pid && pid != only_pid)
		return 0;
	event.pid = pid;
	event.target = target;
	event.signal = signal;
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	bpf_map_update_elem(&values, &tid, &event, BPF_ANY);
	return 0;
}

static int leave(void *ctx, int ret)
{
	__u32 tid = current_tid();
	struct event *event = bpf_map_lookup_elem(&values, &tid);

	if (!event)
		return 0;
	if (!failed_only || ret < 0) {
		event->ret = ret;
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, sizeof(*event));
	}
	bpf_map_delete_elem(&values, &tid);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_kill")
int kill_entry(struct tp_sys_enter *ctx)
{
	return enter(ctx->args[0], ctx->args[1]);
}

SEC("tracepoint/syscalls/sys_exit_kill")
int kill_exit(struct tp_sys_exit *ctx)
{
	return leave(ctx, ctx->ret);
}

SEC("tracepoint/syscalls/sys_enter_tgkill")
int tgkill_entry(struct tp_sys_enter *ctx)
{
	return enter(ctx->args[1], ctx->args[2]);
}

SEC("tracepoint/syscalls/sys_exit_tgkill")
int tgkill_exit(struct tp_sys_exit *ctx)
{
	return leave(ctx, ctx->ret);
}

GPL;
