// SPDX-License-Identifier: Apache-2.0
// tcpconnect: outgoing TCP connections.
#include "tool.h"

#define MAX_PORTS 16

struct event {
	__u32 saddr;
	__u32 daddr;
	__u64 time_us;
	__u32 pid;
	__u16 sport;
	__u16 dport;
	char comm[TASK_COMM_LEN];
};

struct flow {
	__u32 saddr;
	__u32 daddr;
	__u16 dport;
};

const volatile int ports_count = 2;
const volatile __u16 ports[MAX_PORTS] = {80, 443};
const volatile _Bool count_only = 0;

HASH_MAP(sockets, __u32, __u64, 8192);
HASH_MAP(flows, struct flow, __u64, 8192);
EVENTS_MAP(events);

static __always_inline _Bool wanted(__u16 port)
{
	int i;

	if (ports_count == 0)
		return 1;
	for (i = 0; i < ports_count && i < MAX_PORTS; i++) {
		if (port == ports[i])
			return 1;
	}
	return 0;
}

SEC("kprobe/tcp_v4_connect")
int enter(struct pt_regs *ctx)
{
	__u64 socket = PT_REGS_PARM1(ctx);
	__u32 tid = current_tid();

	bpf_map_update_elem(&sockets, &tid, &socket, 0);
	return 0;
}

SEC("kretprobe/tcp_v4_connect")
int leave(struct pt_regs *ctx)
{
	int ret = PT_REGS_RC(ctx);
	__u32 tid = current_tid();
	__u64 *socket = bpf_map_lookup_elem(&sockets, &tid);
	struct event event = {};
	struct flow flow = {};
	__u64 zero = 0, *count, at;

	if (!socket)
		return 0;
	if (ret)
		goto done;
	at = *socket;
	bpf_probe_read_kernel(&event.daddr, 4, (void *)at);
	bpf_probe_read_kernel(&event.saddr, 4, (void *)(at + 4));
	bpf_probe_read_kernel(&event.dport, 2, (void *)(at + 12));
	bpf_probe_read_kernel(&event.sport, 2, (void *)(at + 14));
	if (!wanted(__builtin_bswap16(event.dport)))
		goto done;
	if (count_only) {
		flow.saddr = event.saddr;
		flow.daddr = event.daddr;
		flow.dport = event.dport;
		count = lookup_or_init(&flows, &flow, &zero);
		if (count)
			__atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
	} else {
		event.pid = current_pid();
		event.time_us = bpf_ktime_get_ns() / 1000;
		bpf_get_current_comm(event.comm, sizeof(event.comm));
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	}
done:
	bpf_map_delete_elem(&sockets, &tid);
	return 0;
}

GPL;
