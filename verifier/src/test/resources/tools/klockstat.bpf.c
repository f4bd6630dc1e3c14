// SPDX-License-Identifier: Apache-2.0
// klockstat: who waits for which lock, and how long it is held.
#include "tool.h"

struct task_lock {
	__u64 task;
	__u64 lock;
};

struct lock_state {
	__u64 wanted;
	__u64 got;
	int stack_id;
};

struct lock_stat {
	__u64 acquired;
	__u64 wait_total;
	__u64 wait_max;
	__u64 hold_total;
	__u64 hold_max;
	__u64 worst_lock;
	char worst_comm[TASK_COMM_LEN];
};

const volatile __u32 only_pid = 0;
const volatile __u64 only_lock = 0;

STACK_MAP(stacks, 4096);
HASH_MAP(states, struct task_lock, struct lock_state, 10240);
HASH_MAP(stats, __s32, struct lock_stat, 10240);

static void want(void *ctx, __u64 lock)
{
	struct task_lock key = {.task = bpf_get_current_pid_tgid(), .lock = lock};
	struct lock_state *state, fresh = {};

	if (only_pid && only_pid != key.task >> 32)
		return;
	if (only_lock && only_lock != lock)
		return;
	state = lookup_or_init(&states, &key, &fresh);
	if (!state)
		return;
	state->wanted = bpf_ktime_get_ns();
	state->stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_FAST_STACK_CMP);
}

static void have(__u64 lock)
{
	struct task_lock key = {.task = bpf_get_current_pid_tgid(), .lock = lock};
	struct lock_state *state = bpf_map_lookup_elem(&states, &key);

	if (state)
		state->got = bpf_ktime_get_ns();
}

static void leave(__u64 lock)
{
	struct task_lock key = {.task = bpf_get_current_pid_tgid(), .lock = lock};
	struct lock_state *state = bpf_map_lookup_elem(&states, &key);
	struct lock_stat *stat, fresh = {};
	__u64 waited, held;

	if (!state || state->got == 0)
		return;
	waited = state->got - state->wanted;
	held = bpf_ktime_get_ns() - state->got;
	stat = lookup_or_init(&stats, &state->stack_id, &fresh);
	if (!stat)
		return;
	__sync_fetch_and_add(&stat->acquired, 1);
	__sync_fetch_and_add(&stat->wait_total, waited);
	__sync_fetch_and_add(&stat->hold_total, held);
	if (waited > stat->wait_max) {
		stat->wait_max = waited;
		stat->worst_lock = lock;
		bpf_get_current_comm(stat->worst_comm, TASK_COMM_LEN);
	}
	if (held > stat->hold_max)
		stat->hold_max = held;
	bpf_map_delete_elem(&states, &key);
}

SEC("kprobe/mutex_lock")
int lock_enter(struct pt_regs *ctx)
{
	want(ctx, PT_REGS_PARM1(ctx));
	return 0;
}

SEC("kprobe/mutex_lock_slowpath_done")
int lock_done(struct pt_regs *ctx)
{
	have(PT_REGS_PARM1(ctx));
	return 0;
}

SEC("kprobe/mutex_unlock")
int unlock(struct pt_regs *ctx)
{
	leave(PT_REGS_PARM1(ctx));
	return 0;
}

GPL;
