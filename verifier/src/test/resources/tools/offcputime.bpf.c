// SPDX-License-Identifier: Apache-2.0
// offcputime: how long threads sleep, by the stack that made them sleep.
#include "tool.h"

struct key {
	__u32 pid;
	__u32 tgid;
	int user_stack_id;
	int kern_stack_id;
};

struct value {
	__u64 delta;
	char comm[TASK_COMM_LEN];
};

struct begin {
	__u64 time;
	struct key key;
};

const volatile __u64 min_block_us = 1;
const volatile __u64 max_block_us = -1;
const volatile __s64 state = -1;

STACK_MAP(stacks, 1024);
HASH_MAP(begins, __u32, struct begin, 10240);
HASH_MAP(info, struct key, struct value, 10240);

SEC("tracepoint/sched/sched_switch")
int switched(struct tp_sched_switch *ctx)
{
	struct value *total, fresh = {};
	struct begin *known, begin = {};
	__u32 pid = ctx->prev_pid;
	__s64 delta;

	if (pid && (state == -1 || ctx->prev_state == state)) {
		begin.key.pid = pid;
		begin.key.tgid = current_pid();
		begin.key.user_stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
		begin.key.kern_stack_id = bpf_get_stackid(ctx, &stacks, 0);
		begin.time = bpf_ktime_get_ns();
		bpf_map_update_elem(&begins, &pid, &begin, 0);
	}
	pid = ctx->next_pid;
	known = bpf_map_lookup_elem(&begins, &pid);
	if (!known)
		return 0;
	delta = (__s64)(bpf_ktime_get_ns() - known->time);
	if (delta < 0)
		goto done;
	delta /= 1000U;
	if ((__u64)delta < min_block_us || (__u64)delta > max_block_us)
		goto done;
	total = lookup_or_init(&info, &known->key, &fresh);
	if (!total)
		goto done;
	bpf_probe_read_kernel_str(&total->comm, sizeof(total->comm), ctx->next_comm);
	__sync_fetch_and_add(&total->delta, delta);
done:
	bpf_map_delete_elem(&begins, &pid);
	return 0;
}

GPL;
