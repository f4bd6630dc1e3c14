// SPDX-License-Identifier: Apache-2.0
// execsnoop: new programs with their arguments, packed one behind the other.
#include "tool.h"

#define ARG_BYTES 128
#define MAX_ARGS 20
#define TOTAL_BYTES (MAX_ARGS * ARG_BYTES)
#define LAST_ARG (TOTAL_BYTES - ARG_BYTES)

struct event {
	__u32 pid;
	__u32 uid;
	int ret;
	int count;
	__u32 used;
	char comm[TASK_COMM_LEN];
	char args[TOTAL_BYTES];
};

static const struct event none = {};

HASH_MAP(running, __u32, struct event, 1024);
EVENTS_MAP(events);

SEC("tracepoint/syscalls/sys_enter_execve")
int enter(struct tp_sys_enter *ctx)
{
	const char **argv = (const char **)ctx->args[1];
	__u32 pid = current_pid();
	struct event *event;
	const char *arg;
	long size;
	int i;

	if (bpf_map_update_elem(&running, &pid, &none, BPF_NOEXIST))
		return 0;
	event = bpf_map_lookup_elem(&running, &pid);
	if (!event)
		return 0;
	event->pid = pid;
	event->uid = bpf_get_current_uid_gid();
	size = bpf_probe_read_user_str(event->args, ARG_BYTES, (const char *)ctx->args[0]);
	if (size > 0 && size <= ARG_BYTES)
		event->used += size;
	event->count++;
	for (i = 1; i < MAX_ARGS; i++) {
		if (bpf_probe_read_user(&arg, sizeof(arg), &argv[i]) || !arg)
			return 0;
		if (event->used > LAST_ARG)
			return 0;
		size = bpf_probe_read_user_str(&event->args[event->used], ARG_BYTES, arg);
		if (size < 0 || size > ARG_BYTES)
			return 0;
		event->count++;
		event->used += size;
	}
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_execve")
int leave(struct tp_sys_exit *ctx)
{
	__u32 pid = current_pid();
	struct event *event = bpf_map_lookup_elem(&running, &pid);
	__u64 size;

	if (!event)
		return 0;
	event->ret = ctx->ret;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	size = __builtin_offsetof(struct event, args) + event->used;
	if (size <= sizeof(*event))
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, size);
	bpf_map_delete_elem(&running, &pid);
	return 0;
}

GPL;
