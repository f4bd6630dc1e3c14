// SPDX-License-Identifier: Apache-2.0
// hardirqs: how often and how long interrupts run, by their names.
#include "tool.h"

struct irq_key {
	char name[32];
};

struct info {
	__u64 count;
	struct histogram histogram;
};

const volatile _Bool distribution = 1;
const volatile _Bool count_only = 0;

static struct info no_info;

PERCPU_ARRAY_MAP(started, __u64, 1);
HASH_MAP(infos, struct irq_key, struct info, 256);

static __always_inline void name_of(struct irq_key *key, __u64 action)
{
	__u64 name = 0;

	bpf_probe_read_kernel(&name, sizeof(name), (void *)(action + 64));
	bpf_probe_read_kernel_str(key->name, sizeof(key->name), (void *)name);
}

SEC("raw_tp/irq_handler_entry")
int enter(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 now = bpf_ktime_get_ns();
	struct irq_key key = {};
	struct info *info;
	__u32 zero = 0;

	if (count_only) {
		name_of(&key, ctx->args[1]);
		info = lookup_or_init(&infos, &key, &no_info);
		if (info)
			info->count += 1;
		return 0;
	}
	bpf_map_update_elem(&started, &zero, &now, BPF_ANY);
	return 0;
}

SEC("raw_tp/irq_handler_exit")
int leave(struct bpf_raw_tracepoint_args *ctx)
{
	struct irq_key key = {};
	struct info *info;
	__u32 zero = 0;
	__u64 *begin = bpf_map_lookup_elem(&started, &zero);
	__s64 delta;

	if (!begin || !*begin)
		return 0;
	delta = bpf_ktime_get_ns() - *begin;
	if (delta < 0)
		return 0;
	name_of(&key, ctx->args[1]);
	info = lookup_or_init(&infos, &key, &no_info);
	if (!info)
		return 0;
	if (distribution)
		add_to(&info->histogram, delta);
	else
		info->count += delta;
	return 0;
}

GPL;
