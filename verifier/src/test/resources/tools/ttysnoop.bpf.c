// SPDX-License-Identifier: Apache-2.0
// ttysnoop: what is written to a terminal, in chunks of a bounded loop.
#include "tool.h"

#define CHUNK 256
#define CHUNKS 4

struct event {
	int count;
	char text[CHUNK];
};

const volatile __u64 only_inode = 0;

ARRAY_MAP(scratch, struct event, 1);
EVENTS_MAP(events);

SEC("kprobe/tty_write")
int write(struct pt_regs *ctx)
{
	__u64 file = PT_REGS_PARM1(ctx), inode = 0;
	const char *from = (const char *)PT_REGS_PARM2(ctx);
	__u64 left = PT_REGS_PARM3(ctx);
	struct event *event;
	__u32 zero = 0;
	int i;

	bpf_probe_read_kernel(&inode, sizeof(inode), (void *)(file + 32));
	if (only_inode && only_inode != inode)
		return 0;
	event = bpf_map_lookup_elem(&scratch, &zero);
	if (!event)
		return 0;
	for (i = 0; i < CHUNKS && left > 0; i++) {
		__u32 size = left > CHUNK ? CHUNK : left;

		if (bpf_probe_read_user(event->text, size, from))
			return 0;
		event->count = size;
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, sizeof(*event));
		left -= size;
		from += size;
	}
	return 0;
}

GPL;
