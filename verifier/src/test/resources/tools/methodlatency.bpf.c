// SPDX-License-Identifier: Apache-2.0
// methodlatency: how long Java methods take and who calls the slow ones.
#include "tool.h"

struct caller {
	int stack_id;
	__u32 kind;
};

const volatile __u64 slow_ns = 1000000;

HASH_MAP(histograms, __u64, struct histogram, 1024);
HASH_MAP(callers, struct caller, __u64, 4096);
STACK_MAP(stacks, 4096);

static struct histogram no_histogram;

SEC("methodret/com.example.*.*")
int leave(struct pt_regs *ctx)
{
	__u64 id = bpf_get_func_ip(ctx), zero = 0, *count;
	struct histogram *histogram = lookup_or_init(&histograms, &id, &no_histogram);
	__u64 duration = PT_REGS_RC(ctx);
	struct caller caller = {};

	if (histogram)
		add_to(histogram, duration);
	if (duration < slow_ns)
		return 0;
	caller.stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK | 1);
	caller.kind = bpf_get_attach_cookie(ctx);
	count = lookup_or_init(&callers, &caller, &zero);
	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

GPL;
