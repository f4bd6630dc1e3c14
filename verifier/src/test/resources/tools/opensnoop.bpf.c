// SPDX-License-Identifier: Apache-2.0
// opensnoop: which files are opened, with what result.
#include "tool.h"

struct args {
	const char *name;
	int flags;
};

struct event {
	__u64 time;
	__u32 pid;
	__u32 uid;
	int ret;
	int flags;
	char comm[TASK_COMM_LEN];
	char name[255];
};

const volatile __u32 only_pid = 0;
const volatile _Bool only_failed = 0;

HASH_MAP(started, __u32, struct args, 10240);
EVENTS_MAP(events);

static __always_inline int enter(const char *name, int flags)
{
	__u32 tid = current_tid();
	struct args args = {.name = name, .flags = flags};

	if (only_pid && only_pid != current_pid())
		return 0;
	bpf_map_update_elem(&started, &tid, &args, 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_open")
int enter_open(struct tp_sys_enter *ctx)
{
	return enter((const char *)ctx->args[0], ctx->args[1]);
}

SEC("tracepoint/syscalls/sys_enter_openat")
int enter_openat(struct tp_sys_enter *ctx)
{
	return enter((const char *)ctx->args[1], ctx->args[2]);
}

SEC("tracepoint/syscalls/sys_exit_openat")
int leave_openat(struct tp_sys_exit *ctx)
{
	struct event event = {};
	__u32 tid = current_tid();
	struct args *args = bpf_map_lookup_elem(&started, &tid);

	if (!args)
		return 0;
	if (only_failed && ctx->ret >= 0)
		goto done;
	event.time = bpf_ktime_get_ns();
	event.pid = current_pid();
	event.uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(&event.comm, sizeof(event.comm));
	bpf_probe_read_user_str(&event.name, sizeof(event.name), args->name);
	event.flags = args->flags;
	event.ret = ctx->ret;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
done:
	bpf_map_delete_elem(&started, &tid);
	return 0;
}

GPL;
