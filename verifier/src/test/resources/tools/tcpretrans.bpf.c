// SPDX-License-Identifier: Apache-2.0
// tcpretrans: segments that TCP sends again, with their flags spelled out in a loop.
#include "tool.h"

struct event {
	__u64 time;
	__u32 pid;
	__u16 sport;
	__u16 dport;
	__u8 state;
	char flags[8];
};

EVENTS_MAP(events);
PERCPU_ARRAY_MAP(counts, __u64, 16);

SEC("kprobe/tcp_retransmit_skb")
int again(struct pt_regs *ctx)
{
	static const char letters[8] = "FSRPAUEC";
	__u64 socket = PT_REGS_PARM1(ctx), skb = PT_REGS_PARM2(ctx), *count;
	struct event event = {};
	__u8 flags = 0;
	__u32 state;
	int i;

	bpf_probe_read_kernel(&event.state, 1, (void *)(socket + 18));
	bpf_probe_read_kernel(&flags, 1, (void *)(skb + 52));
	for (i = 0; i < 8; i++)
		event.flags[i] = flags & (1 << i) ? letters[i] : '.';
	event.time = bpf_ktime_get_ns();
	event.pid = current_pid();
	bpf_probe_read_kernel(&event.sport, 2, (void *)(socket + 14));
	bpf_probe_read_kernel(&event.dport, 2, (void *)(socket + 12));
	event.dport = __builtin_bswap16(event.dport);
	state = event.state & 15;
	count = bpf_map_lookup_elem(&counts, &state);
	if (count)
		*count += 1;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

GPL;
