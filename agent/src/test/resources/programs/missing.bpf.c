// What NativeIT reads of a tracepoint that no kernel has: refused by its name, accepted where the program asks first.
#include "sonde.h"
#include <bpf/bpf_core_read.h>

struct sonde_tp_sched_sched_daydream {
	__u64 _common;
	__s32 minutes;
} __attribute__((preserve_access_index));

SEC("tracepoint/sched/sched_switch")
int reads_at_once(struct sonde_tp_sched_sched_daydream *ctx)
{
	return ctx->minutes == 7;
}

SEC("tracepoint/sched/sched_switch")
int asks_first(struct sonde_tp_sched_sched_daydream *ctx)
{
	return bpf_core_type_exists(struct sonde_tp_sched_sched_daydream) ? ctx->minutes == 7 : 0;
}

char LICENSE[] SEC("license") = "GPL";
