// SPDX-License-Identifier: Apache-2.0
// sslsniff: what goes through an SSL library before it is encrypted; records of variable length.
#include "tool.h"

#define MAX_BYTES 8192

struct event {
	__u64 time;
	__u64 delta;
	__u32 pid;
	__u32 tid;
	__u32 length;
	int write;
	char comm[TASK_COMM_LEN];
	__u8 data[MAX_BYTES];
};

HASH_MAP(buffers, __u32, __u64, 10240);
HASH_MAP(started, __u32, __u64, 10240);
PERCPU_ARRAY_MAP(scratch, struct event, 1);
EVENTS_MAP(events);

static __always_inline int enter(struct pt_regs *ctx)
{
	__u64 buffer = PT_REGS_PARM2(ctx), now = bpf_ktime_get_ns();
	__u32 tid = current_tid();

	bpf_map_update_elem(&buffers, &tid, &buffer, BPF_ANY);
	bpf_map_update_elem(&started, &tid, &now, BPF_ANY);
	return 0;
}

static __always_inline int leave(struct pt_regs *ctx, int write)
{
	__u32 zero = 0, tid = current_tid(), kept;
	int length = PT_REGS_RC(ctx);
	__u64 *buffer, *begin;
	struct event *event;

	buffer = bpf_map_lookup_elem(&buffers, &tid);
	begin = bpf_map_lookup_elem(&started, &tid);
	if (!buffer || !begin || length <= 0)
		return 0;
	event = bpf_map_lookup_elem(&scratch, &zero);
	if (!event)
		return 0;
	event->time = bpf_ktime_get_ns();
	event->delta = event->time - *begin;
	event->pid = current_pid();
	event->tid = tid;
	event->length = length;
	event->write = write;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	kept = (__u32)length < MAX_BYTES ? (__u32)length : MAX_BYTES - 1;
	kept &= MAX_BYTES - 1;
	if (bpf_probe_read_user(event->data, kept, (void *)*buffer) == 0)
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event,
				      __builtin_offsetof(struct event, data) + kept);
	bpf_map_delete_elem(&buffers, &tid);
	bpf_map_delete_elem(&started, &tid);
	return 0;
}

SEC("uprobe/libssl:SSL_write")
int write_enter(struct pt_regs *ctx)
{
	return enter(ctx);
}

SEC("uretprobe/libssl:SSL_write")
int write_leave(struct pt_regs *ctx)
{
	return leave(ctx, 1);
}

SEC("uprobe/libssl:SSL_read")
int read_enter(struct pt_regs *ctx)
{
	return enter(ctx);
}

SEC("uretprobe/libssl:SSL_read")
int read_leave(struct pt_regs *ctx)
{
	return leave(ctx, 0);
}

GPL;
