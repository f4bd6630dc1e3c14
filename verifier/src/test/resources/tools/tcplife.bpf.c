// SPDX-License-Identifier: Apache-2.0
// tcplife: how long TCP sessions live and how much goes over them.
#include "tool.h"

#define TCP_ESTABLISHED 1
#define TCP_CLOSE 7

struct tp_sock_state {
	__u64 common;
	const void *socket;
	int oldstate;
	int newstate;
	__u16 sport;
	__u16 dport;
	__u16 family;
	__u16 protocol;
	__u8 saddr[4];
	__u8 daddr[4];
	__u8 saddr_v6[16];
	__u8 daddr_v6[16];
};

struct ident {
	__u32 pid;
	char comm[TASK_COMM_LEN];
};

struct event {
	__u8 saddr[16];
	__u8 daddr[16];
	__u64 time;
	__u64 span_us;
	__u64 sent;
	__u64 received;
	__u32 pid;
	__u16 sport;
	__u16 dport;
	__u16 family;
	char comm[TASK_COMM_LEN];
};

const volatile __u16 only_family = 0;

HASH_MAP(births, const void *, __u64, 10240);
HASH_MAP(idents, const void *, struct ident, 10240);
EVENTS_MAP(events);

SEC("tracepoint/sock/inet_sock_set_state")
int changed(struct tp_sock_state *args)
{
	const void *socket = args->socket;
	struct ident ident = {}, *who;
	struct event event = {};
	__u64 now, *birth;

	if (only_family && only_family != args->family)
		return 0;
	if (args->newstate < 4) {
		now = bpf_ktime_get_ns();
		bpf_map_update_elem(&births, &socket, &now, BPF_ANY);
	}
	if (args->newstate == 2 || args->newstate == 9) {
		ident.pid = current_pid();
		bpf_get_current_comm(ident.comm, sizeof(ident.comm));
		bpf_map_update_elem(&idents, &socket, &ident, BPF_ANY);
	}
	if (args->newstate != TCP_CLOSE)
		return 0;
	birth = bpf_map_lookup_elem(&births, &socket);
	if (!birth) {
		bpf_map_delete_elem(&idents, &socket);
		return 0;
	}
	event.time = bpf_ktime_get_ns();
	event.span_us = (event.time - *birth) / 1000;
	event.sport = args->sport;
	event.dport = args->dport;
	event.family = args->family;
	bpf_probe_read_kernel(&event.sent, sizeof(event.sent), (const char *)socket + 1600);
	bpf_probe_read_kernel(&event.received, sizeof(event.received), (const char *)socket + 1608);
	if (args->family == 2) {
		__builtin_memcpy(event.saddr, args->saddr, 4);
		__builtin_memcpy(event.daddr, args->daddr, 4);
	} else {
		__builtin_memcpy(event.saddr, args->saddr_v6, 16);
		__builtin_memcpy(event.daddr, args->daddr_v6, 16);
	}
	who = bpf_map_lookup_elem(&idents, &socket);
	event.pid = who ? who->pid : current_pid();
	if (who)
		__builtin_memcpy(event.comm, who->comm, sizeof(event.comm));
	else
		bpf_get_current_comm(event.comm, sizeof(event.comm));
	bpf_perf_event_output(args, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	bpf_map_delete_elem(&births, &socket);
	bpf_map_delete_elem(&idents, &socket);
	return 0;
}

GPL;
