// SPDX-License-Identifier: Apache-2.0
// profile: counts the stacks that samples of the CPU clock find.
#include "tool.h"

struct key {
	__u32 pid;
	__u64 kernel_ip;
	int user_stack_id;
	int kern_stack_id;
	char name[TASK_COMM_LEN];
};

const volatile _Bool kernel_only = 0;
const volatile _Bool user_only = 0;
const volatile _Bool with_idle = 0;
const volatile __u32 only_pid = 0;

STACK_MAP(stacks, 16384);
HASH_MAP(counts, struct key, __u64, 10240);

SEC("perf_event")
int sample(struct bpf_perf_event_data *ctx)
{
	__u64 id = bpf_get_current_pid_tgid(), zero = 0;
	__u32 pid = id >> 32, tid = id;
	struct key key = {};
	__u64 *count;

	if (!with_idle && tid == 0)
		return 0;
	if (only_pid && only_pid != pid)
		return 0;
	key.pid = pid;
	bpf_get_current_comm(&key.name, sizeof(key.name));
	key.kern_stack_id = user_only ? -1 : bpf_get_stackid(&ctx->regs, &stacks, 0);
	key.user_stack_id = kernel_only ? -1 : bpf_get_stackid(&ctx->regs, &stacks, BPF_F_USER_STACK);
	if (key.kern_stack_id >= 0) {
		__u64 ip = ctx->regs.ip;
		if (ip >> 63)
			key.kernel_ip = ip;
	}
	count = lookup_or_init(&counts, &key, &zero);
	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

GPL;
