// SPDX-License-Identifier: Apache-2.0
// tcprtt: round-trip times of TCP connections, a histogram for each peer.
#include "tool.h"

struct value {
	__u64 latency;
	__u64 count;
	struct histogram histogram;
};

const volatile _Bool by_local = 0;
const volatile _Bool by_remote = 1;
const volatile __u16 only_port = 0;
const volatile _Bool milliseconds = 0;

static struct value zero;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 10240);
	__type(key, __u64);
	__type(value, struct value);
} peers SEC(".maps");

SEC("kprobe/tcp_rcv_established")
int received(struct pt_regs *ctx)
{
	__u64 socket = PT_REGS_PARM1(ctx), key = 0;
	struct value *value;
	__u32 address = 0, rtt = 0;
	__u16 port = 0;

	bpf_probe_read_kernel(&port, sizeof(port), (void *)(socket + 12));
	if (only_port && only_port != port)
		return 0;
	if (by_local)
		bpf_probe_read_kernel(&address, sizeof(address), (void *)(socket + 4));
	else if (by_remote)
		bpf_probe_read_kernel(&address, sizeof(address), (void *)socket);
	key = address;
	value = lookup_or_init(&peers, &key, &zero);
	if (!value)
		return 0;
	bpf_probe_read_kernel(&rtt, sizeof(rtt), (void *)(socket + 1700));
	rtt >>= 3;
	if (milliseconds)
		rtt /= 1000U;
	add_to(&value->histogram, rtt);
	__sync_fetch_and_add(&value->latency, rtt);
	__sync_fetch_and_add(&value->count, 1);
	return 0;
}

GPL;
