// SPDX-License-Identifier: Apache-2.0
// threadsnoop: threads that are created, with the stack of their creator in the record itself.
#include "tool.h"

#define DEPTH 32

struct event {
	__u64 time;
	__u64 function;
	__u32 pid;
	__s32 stack_bytes;
	char comm[TASK_COMM_LEN];
	__u64 stack[DEPTH];
};

RING_MAP(events, 1 << 18);

SEC("uprobe/libpthread:pthread_create")
int created(struct pt_regs *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	event->time = bpf_ktime_get_boot_ns();
	event->function = PT_REGS_PARM3(ctx);
	event->pid = current_pid();
	if (bpf_get_current_comm(event->comm, sizeof(event->comm))) {
		bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
		return 0;
	}
	event->stack_bytes = bpf_get_stack(ctx, event->stack, sizeof(event->stack), BPF_F_USER_STACK);
	if (event->stack_bytes < 0)
		bpf_ringbuf_discard(event, 0);
	else
		bpf_ringbuf_submit(event, 0);
	return 0;
}

GPL;
