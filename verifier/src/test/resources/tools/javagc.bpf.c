// SPDX-License-Identifier: Apache-2.0
// javagc: the pauses of the garbage collector, by HotSpot's own probes.
#include "tool.h"

struct event {
	__u32 cpu;
	__u32 pid;
	__u64 time;
};

const volatile __u64 min_ns = 1000;

HASH_MAP(begun, __u32, struct event, 100);
EVENTS_MAP(events);

static int begin(struct pt_regs *ctx)
{
	struct event event = {};
	__u32 pid = current_pid();

	event.pid = pid;
	event.time = bpf_ktime_get_ns();
	bpf_map_update_elem(&begun, &pid, &event, BPF_ANY);
	return 0;
}

static int end(struct pt_regs *ctx)
{
	__u32 pid = current_pid();
	struct event event = {};
	struct event *first = bpf_map_lookup_elem(&begun, &pid);

	if (!first)
		return 0;
	event.time = bpf_ktime_get_ns() - first->time;
	bpf_map_delete_elem(&begun, &pid);
	if (event.time < min_ns)
		return 0;
	event.cpu = bpf_get_smp_processor_id();
	event.pid = pid;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

SEC("usdt/libjvm:hotspot:mem__pool__gc__begin")
int pool_begin(struct pt_regs *ctx)
{
	return begin(ctx);
}

SEC("usdt/libjvm:hotspot:mem__pool__gc__end")
int pool_end(struct pt_regs *ctx)
{
	return end(ctx);
}

SEC("usdt/libjvm:hotspot:gc__begin")
int gc_begin(struct pt_regs *ctx)
{
	return begin(ctx);
}

SEC("usdt/libjvm:hotspot:gc__end")
int gc_end(struct pt_regs *ctx)
{
	return end(ctx);
}

GPL;
