// SPDX-License-Identifier: Apache-2.0
// llcstat: misses and references of the last cache, by process and CPU.
#include "tool.h"

struct key {
	__u32 cpu;
	__u32 pid;
	__u32 tid;
};

struct value {
	__u64 references;
	__u64 misses;
	char comm[TASK_COMM_LEN];
};

const volatile _Bool per_thread = 0;

HASH_MAP(infos, struct key, struct value, 10240);

static __always_inline int event(__u64 period, _Bool miss)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct key key = {};
	struct value zero = {}, *value;

	key.cpu = bpf_get_smp_processor_id();
	key.pid = id >> 32;
	key.tid = per_thread ? (__u32)id : key.pid;
	value = lookup_or_init(&infos, &key, &zero);
	if (!value)
		return 0;
	if (miss)
		value->misses += period;
	else
		value->references += period;
	bpf_get_current_comm(value->comm, sizeof(value->comm));
	return 0;
}

SEC("perf_event")
int on_miss(struct bpf_perf_event_data *ctx)
{
	return event(ctx->sample_period, 1);
}

SEC("perf_event")
int on_reference(struct bpf_perf_event_data *ctx)
{
	return event(ctx->sample_period, 0);
}

GPL;
