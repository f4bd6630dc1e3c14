// SPDX-License-Identifier: Apache-2.0
// bindsnoop: which ports are bound, with the socket's options as bits.
#include "tool.h"

union options {
	struct {
		__u8 freebind : 1;
		__u8 transparent : 1;
		__u8 no_port : 1;
		__u8 reuse_address : 1;
		__u8 reuse_port : 1;
	} fields;
	__u8 bits;
};

struct event {
	__u64 time;
	__u32 pid;
	__u32 device;
	int ret;
	__u16 port;
	__u16 protocol;
	union options options;
	char comm[TASK_COMM_LEN];
};

const volatile __u16 target_ports = 0;

HASH_MAP(sockets, __u32, __u64, 10240);
HASH_MAP(ports, __u16, __u16, 128);
EVENTS_MAP(events);

SEC("kprobe/inet_bind")
int enter(struct pt_regs *ctx)
{
	__u32 tid = current_tid();
	__u64 socket = PT_REGS_PARM1(ctx);

	bpf_map_update_elem(&sockets, &tid, &socket, BPF_ANY);
	return 0;
}

SEC("kretprobe/inet_bind")
int leave(struct pt_regs *ctx)
{
	__u32 tid = current_tid();
	__u64 *socket = bpf_map_lookup_elem(&sockets, &tid), at;
	struct event event = {};
	__u16 port = 0;
	__u8 bits = 0;

	if (!socket)
		return 0;
	at = *socket;
	bpf_probe_read_kernel(&port, sizeof(port), (void *)(at + 14));
	port = __builtin_bswap16(port);
	if (target_ports && !bpf_map_lookup_elem(&ports, &port))
		goto cleanup;
	bpf_probe_read_kernel(&bits, sizeof(bits), (void *)(at + 20));
	event.options.fields.freebind = bits >> 1 & 1;
	event.options.fields.transparent = bits >> 2 & 1;
	event.options.fields.no_port = bits >> 3 & 1;
	event.options.fields.reuse_address = bits & 0x0f ? 1 : 0;
	event.options.fields.reuse_port = bits >> 4 & 1;
	event.time = bpf_ktime_get_ns() / 1000;
	event.pid = current_pid();
	event.port = port;
	event.ret = PT_REGS_RC(ctx);
	bpf_get_current_comm(&event.comm, sizeof(event.comm));
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
cleanup:
	bpf_map_delete_elem(&sockets, &tid);
	return 0;
}

GPL;
