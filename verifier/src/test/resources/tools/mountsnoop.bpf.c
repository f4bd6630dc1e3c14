// SPDX-License-Identifier: Apache-2.0
// mountsnoop: mounts with all their arguments; a record larger than the stack, in a per-CPU slot.
#include "tool.h"

#define PATH_BYTES 1024
#define DATA_BYTES 512

struct arguments {
	__u64 time;
	__u64 flags;
	const char *source;
	const char *target;
	const char *type;
	const char *data;
	_Bool unmount;
};

struct event {
	__u64 delta;
	__u64 flags;
	__u32 pid;
	__u32 tid;
	int ret;
	char comm[TASK_COMM_LEN];
	char type[TASK_COMM_LEN];
	char source[PATH_BYTES];
	char target[PATH_BYTES];
	char data[DATA_BYTES];
	_Bool unmount;
};

HASH_MAP(arguments, __u32, struct arguments, 10240);
PERCPU_ARRAY_MAP(heap, struct event, 1);
RING_MAP(events, 1 << 20);

static int probe_exit(void *ctx, int ret)
{
	__u32 zero = 0, tid = current_tid();
	struct arguments *args = bpf_map_lookup_elem(&arguments, &tid);
	struct event *event;

	if (!args)
		return 0;
	event = bpf_map_lookup_elem(&heap, &zero);
	if (!event)
		return 0;
	event->delta = bpf_ktime_get_ns() - args->time;
	event->flags = args->flags;
	event->pid = current_pid();
	event->tid = tid;
	event->ret = ret;
	event->unmount = args->unmount;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	if (args->type)
		bpf_probe_read_user_str(event->type, sizeof(event->type), args->type);
	else
		event->type[0] = '\0';
	bpf_probe_read_user_str(event->source, sizeof(event->source), args->source);
	bpf_probe_read_user_str(event->target, sizeof(event->target), args->target);
	bpf_probe_read_user_str(event->data, sizeof(event->data), args->data);
	bpf_ringbuf_output(&events, event, sizeof(*event), 0);
	bpf_map_delete_elem(&arguments, &tid);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_mount")
int mount_entry(struct tp_sys_enter *ctx)
{
	__u32 tid = current_tid();
	struct arguments args = {
		.time = bpf_ktime_get_ns(),
		.source = (const char *)ctx->args[0],
		.target = (const char *)ctx->args[1],
		.type = (const char *)ctx->args[2],
		.flags = ctx->args[3],
		.data = (const char *)ctx->args[4],
	};

	bpf_map_update_elem(&arguments, &tid, &args, BPF_ANY);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_mount")
int mount_exit(struct tp_sys_exit *ctx)
{
	return probe_exit(ctx, (int)ctx->ret);
}

SEC("tracepoint/syscalls/sys_enter_umount")
int umount_entry(struct tp_sys_enter *ctx)
{
	__u32 tid = current_tid();
	struct arguments args = {
		.time = bpf_ktime_get_ns(),
		.target = (const char *)ctx->args[0],
		.flags = ctx->args[1],
		.unmount = 1,
	};

	bpf_map_update_elem(&arguments, &tid, &args, BPF_ANY);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_umount")
int umount_exit(struct tp_sys_exit *ctx)
{
	return probe_exit(ctx, (int)ctx->ret);
}

GPL;
