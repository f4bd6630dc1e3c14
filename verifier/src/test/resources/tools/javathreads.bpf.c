// SPDX-License-Identifier: Apache-2.0
// javathreads: threads that a JVM starts and stops, with their names.
#include "tool.h"

struct event {
	char name[80];
	__u64 java_id;
	__u64 native_id;
	__u64 time;
	_Bool start;
};

RING_MAP(events, 4096 * 16);

static __always_inline int thread(struct pt_regs *ctx, _Bool start)
{
	__u64 length = PT_REGS_PARM2(ctx);
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	if (length >= sizeof(event->name))
		length = sizeof(event->name) - 1;
	__builtin_memset(event->name, 0, sizeof(event->name));
	bpf_probe_read_user(event->name, length & 0x3f, (void *)PT_REGS_PARM1(ctx));
	event->java_id = PT_REGS_PARM3(ctx);
	event->native_id = PT_REGS_PARM4(ctx);
	event->time = bpf_ktime_get_ns();
	event->start = start;
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("usdt/libjvm:hotspot:thread__start")
int started(struct pt_regs *ctx)
{
	return thread(ctx, 1);
}

SEC("usdt/libjvm:hotspot:thread__stop")
int stopped(struct pt_regs *ctx)
{
	return thread(ctx, 0);
}

GPL;
