// SPDX-License-Identifier: Apache-2.0
// Events of the JVM, ticks of the agent and samples of its threads, each counted.
#include "gcevent.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} stack_counts SEC(".maps");

enum { COLLECTIONS, SYSTEM_GC, TICKS, SAMPLES };

static void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counts, &what);

	if (n)
		*n += 1;
}

SEC("jfr/jdk.GarbageCollection")
int collected(struct sonde_jfr_jdk_GarbageCollection *gc)
{
	__u64 now = bpf_ktime_get_ns();

	if (gc->duration > 0 && gc->startTime > 0 && gc->startTime + gc->duration == now)
		count(COLLECTIONS);
	if (gc->cause[0] == 'S' && gc->cause[7] == 'g')
		count(SYSTEM_GC);
	return 0;
}

SEC("interval/50ms")
int tick(void *ctx)
{
	count(TICKS);
	return 0;
}

SEC("perf_event")
int sampled(struct bpf_perf_event_data *ctx)
{
	__u32 stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	__u64 one = 1;
	__u64 *n = bpf_map_lookup_elem(&stack_counts, &stack);

	count(SAMPLES);
	if (n)
		*n += 1;
	else
		bpf_map_update_elem(&stack_counts, &stack, &one, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
