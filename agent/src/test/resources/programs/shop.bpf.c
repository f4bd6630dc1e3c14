// SPDX-License-Identifier: Apache-2.0
// Counts and records the sales of dev.sonde.testapp.Shop.
#include "sonde.h"

struct sale {
#ifndef EXCHANGED
	__u64 duration_ns;
#endif
	__s64 result;
#ifdef EXCHANGED
	__u64 duration_ns;
#endif
	__s32 stack_id;
	__u32 amount;
	char item[16];
};

const struct sale *sale_type __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sales SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} receipts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

/* sales of a smaller amount leave no receipt */
const volatile __u64 least_amount = 1000000;

SEC("methodret/dev.sonde.testapp.Shop.sell")
int sold(struct sonde_method *ctx)
{
	__u32 zero = 0;
	__u64 *counted = bpf_map_lookup_elem(&sales, &zero);
	struct sale *sale;

	if (counted)
		*counted += 1;
	if (PT_REGS_PARM2(&ctx->regs) < least_amount)
		return 0;
	sale = bpf_ringbuf_reserve(&receipts, sizeof(*sale), 0);
	if (!sale)
		return 0;
	sale->duration_ns = ctx->duration_ns;
	sale->result = PT_REGS_RC(&ctx->regs);
	sale->amount = PT_REGS_PARM2(&ctx->regs);
	sale->stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	sale->item[0] = 0;
	sonde_java_string(PT_REGS_PARM1(&ctx->regs), sale->item, sizeof(sale->item));
	bpf_ringbuf_submit(sale, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
