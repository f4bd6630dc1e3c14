// SPDX-License-Identifier: Apache-2.0
// softirqs: how often and how long each kind of softirq runs.
#include "tool.h"

#define NR_SOFTIRQS 10

const volatile _Bool distribution = 0;

PERCPU_ARRAY_MAP(started, __u64, 1);

__u64 counts[NR_SOFTIRQS] = {};
__u64 times[NR_SOFTIRQS] = {};
struct histogram histograms[NR_SOFTIRQS] = {};

SEC("raw_tp/softirq_entry")
int enter(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 zero = 0;

	bpf_map_update_elem(&started, &zero, &now, 0);
	return 0;
}

SEC("raw_tp/softirq_exit")
int leave(struct bpf_raw_tracepoint_args *ctx)
{
	unsigned int kind = (unsigned int)ctx->args[0];
	__u32 zero = 0;
	__u64 *begin;
	__s64 delta;

	if (kind >= NR_SOFTIRQS)
		return 0;
	begin = bpf_map_lookup_elem(&started, &zero);
	if (!begin)
		return 0;
	delta = bpf_ktime_get_ns() - *begin;
	if (delta < 0)
		return 0;
	if (distribution) {
		add_to(&histograms[kind], delta / 1000U);
	} else {
		__sync_fetch_and_add(&times[kind], delta);
		__sync_fetch_and_add(&counts[kind], 1);
	}
	return 0;
}

GPL;
