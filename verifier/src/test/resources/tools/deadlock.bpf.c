// SPDX-License-Identifier: Apache-2.0
// deadlock: the order in which threads take locks, kept in a fixed list of each thread.
#include "tool.h"

#define MAX_HELD 16

struct held {
	__u64 mutex;
	int stack_id;
};

struct thread {
	struct held held[MAX_HELD];
};

struct edge {
	__u64 first;
	__u64 second;
};

struct leaf {
	int first_stack_id;
	int second_stack_id;
	__u32 tid;
	char comm[TASK_COMM_LEN];
};

static struct thread nothing;

HASH_MAP(threads, __u32, struct thread, 4096);
HASH_MAP(edges, struct edge, struct leaf, 4096);
STACK_MAP(stacks, 4096);

SEC("uprobe/libpthread:pthread_mutex_lock")
int lock(struct pt_regs *ctx)
{
	__u64 mutex = PT_REGS_PARM1(ctx);
	__u32 tid = current_tid();
	struct thread *thread = lookup_or_init(&threads, &tid, &nothing);
	struct edge edge = {.second = mutex};
	struct leaf leaf = {.tid = tid};
	int stack_id, i, free_slot = -1;

	if (!thread)
		return 1;
	stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	leaf.second_stack_id = stack_id;
	bpf_get_current_comm(leaf.comm, sizeof(leaf.comm));
	for (i = 0; i < MAX_HELD; i++) {
		if (!thread->held[i].mutex) {
			if (free_slot < 0)
				free_slot = i;
			continue;
		}
		if (thread->held[i].mutex == mutex)
			return 1;
		edge.first = thread->held[i].mutex;
		leaf.first_stack_id = thread->held[i].stack_id;
		bpf_map_update_elem(&edges, &edge, &leaf, BPF_ANY);
	}
	if (free_slot >= 0 && free_slot < MAX_HELD) {
		thread->held[free_slot].mutex = mutex;
		thread->held[free_slot].stack_id = stack_id;
	}
	return 0;
}

SEC("uprobe/libpthread:pthread_mutex_unlock")
int unlock(struct pt_regs *ctx)
{
	__u64 mutex = PT_REGS_PARM1(ctx);
	__u32 tid = current_tid();
	struct thread *thread = bpf_map_lookup_elem(&threads, &tid);
	int i;

#pragma clang loop unroll(full)
	for (i = 0; i < MAX_HELD; i++) {
		if (thread && thread->held[i].mutex == mutex) {
			thread->held[i].mutex = 0;
			thread->held[i].stack_id = 0;
		}
	}
	return 0;
}

GPL;
