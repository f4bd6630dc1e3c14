// SPDX-License-Identifier: Apache-2.0
// cpudist: how long threads run once they have a CPU.
#include "tool.h"

const volatile _Bool off_cpu = 0;

static struct histogram no_histogram;

HASH_MAP(started, __u32, __u64, 10240);
HASH_MAP(histograms, __u32, struct histogram, 1024);

static void store_start(__u32 pid, __u64 now)
{
	bpf_map_update_elem(&started, &pid, &now, 0);
}

static __noinline void update(__u32 pid, __u64 now)
{
	__u64 *begin = bpf_map_lookup_elem(&started, &pid);
	struct histogram *histogram;
	__u32 key = pid;

	if (!begin || now < *begin)
		return;
	histogram = lookup_or_init(&histograms, &key, &no_histogram);
	if (histogram)
		add_to(histogram, (now - *begin) / 1000);
}

SEC("tracepoint/sched/sched_switch")
int switched(struct tp_sched_switch *ctx)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 prev = ctx->prev_pid, next = ctx->next_pid;

	if (off_cpu) {
		store_start(prev, now);
		update(next, now);
	} else {
		if (ctx->prev_state == 0)
			update(prev, now);
		store_start(next, now);
	}
	return 0;
}

GPL;
