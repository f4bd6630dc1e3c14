// SPDX-License-Identifier: Apache-2.0
// runqlat: how long threads wait for a CPU.
#include "tool.h"

#define TASK_RUNNING 0

const volatile _Bool per_process = 0;
const volatile _Bool per_thread = 0;
const volatile __u32 only_tgid = 0;

static struct histogram no_histogram;

HASH_MAP(woken, __u32, __u64, 10240);
HASH_MAP(histograms, __u32, struct histogram, 10240);

static __always_inline int wake(__u32 tgid, __u32 pid)
{
	__u64 now;

	if (!pid)
		return 0;
	if (only_tgid && only_tgid != tgid)
		return 0;
	now = bpf_ktime_get_ns();
	bpf_map_update_elem(&woken, &pid, &now, 0);
	return 0;
}

SEC("tracepoint/sched/sched_wakeup")
int on_wakeup(struct tp_sched_wakeup *ctx)
{
	return wake(ctx->pid, ctx->pid);
}

SEC("tracepoint/sched/sched_wakeup_new")
int on_wakeup_new(struct tp_sched_wakeup *ctx)
{
	return wake(ctx->pid, ctx->pid);
}

SEC("tracepoint/sched/sched_switch")
int on_switch(struct tp_sched_switch *ctx)
{
	struct histogram *histogram;
	__u64 *begin;
	__u32 pid, key;
	__s64 delta;

	if (ctx->prev_state == TASK_RUNNING)
		wake(ctx->prev_pid, ctx->prev_pid);
	pid = ctx->next_pid;
	begin = bpf_map_lookup_elem(&woken, &pid);
	if (!begin)
		return 0;
	delta = bpf_ktime_get_ns() - *begin;
	if (delta < 0)
		goto done;
	if (per_process)
		key = current_pid();
	else if (per_thread)
		key = pid;
	else
		key = -1;
	histogram = lookup_or_init(&histograms, &key, &no_histogram);
	if (histogram)
		add_to(histogram, delta / MICROSECOND);
done:
	bpf_map_delete_elem(&woken, &pid);
	return 0;
}

GPL;
