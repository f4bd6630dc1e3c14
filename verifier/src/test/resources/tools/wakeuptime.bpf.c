// SPDX-License-Identifier: Apache-2.0
// wakeuptime: who wakes whom, and after how long a sleep.
#include "tool.h"

struct key {
	char waker[TASK_COMM_LEN];
	char target[TASK_COMM_LEN];
	int waker_stack_id;
};

const volatile __u64 min_block_us = 1;
const volatile __u64 max_block_us = -1;
const volatile _Bool user_threads_only = 0;

HASH_MAP(slept, __u32, __u64, 10240);
HASH_MAP(counts, struct key, __u64, 10240);
STACK_MAP(stacks, 1024);

SEC("tracepoint/sched/sched_switch")
int sleep(struct tp_sched_switch *ctx)
{
	__u32 pid = ctx->prev_pid;
	__u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&slept, &pid, &now, BPF_ANY);
	return 0;
}

SEC("tracepoint/sched/sched_wakeup")
int wake(struct tp_sched_wakeup *ctx)
{
	__u32 pid = ctx->pid;
	__u64 *begin = bpf_map_lookup_elem(&slept, &pid), zero = 0, *total;
	struct key key = {};
	__s64 delta;

	if (!begin)
		return 0;
	delta = (__s64)((bpf_ktime_get_ns() - *begin) / 1000);
	bpf_map_delete_elem(&slept, &pid);
	if (delta < 0 || (__u64)delta < min_block_us || (__u64)delta > max_block_us)
		return 0;
	key.waker_stack_id = bpf_get_stackid(ctx, &stacks, 0);
	bpf_probe_read_kernel_str(key.target, sizeof(key.target), ctx->comm);
	bpf_get_current_comm(key.waker, sizeof(key.waker));
	total = lookup_or_init(&counts, &key, &zero);
	if (total)
		__sync_fetch_and_add(total, delta);
	return 0;
}

GPL;
