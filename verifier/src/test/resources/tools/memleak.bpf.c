// SPDX-License-Identifier: Apache-2.0
// memleak: allocations that nobody frees, by stack.
#include "tool.h"

struct allocation {
	__u64 size;
	__u64 time;
	int stack_id;
};

union combined {
	struct {
		__u64 total_size : 40;
		__u64 count : 24;
	};
	__u64 bits;
};

const volatile __u64 min_size = 0;
const volatile __u64 max_size = -1;
const volatile __u64 sample_rate = 1;
const volatile _Bool trace_all = 0;

HASH_MAP(sizes, __u32, __u64, 10240);
HASH_MAP(pointers, __u32, __u64, 10240);
HASH_MAP(allocations, __u64, struct allocation, 1000000);
HASH_MAP(combined, __u64, union combined, 10240);
STACK_MAP(stacks, 10240);

static union combined nothing;

static void statistics_add(__u64 stack_id, __u64 size)
{
	union combined *known = lookup_or_init(&combined, &stack_id, &nothing);
	const union combined more = {.total_size = size, .count = 1};

	if (known)
		__sync_fetch_and_add(&known->bits, more.bits);
}

static void statistics_drop(__u64 stack_id, __u64 size)
{
	union combined *known = bpf_map_lookup_elem(&combined, &stack_id);
	const union combined less = {.total_size = size, .count = 1};

	if (known)
		__sync_fetch_and_sub(&known->bits, less.bits);
}

static int alloc_enter(__u64 size)
{
	__u32 tid = current_tid();

	if (size < min_size || size > max_size)
		return 0;
	if (sample_rate > 1 && bpf_ktime_get_ns() % sample_rate != 0)
		return 0;
	bpf_map_update_elem(&sizes, &tid, &size, BPF_ANY);
	if (trace_all)
		bpf_printk("alloc entered, size = %lu\n", size);
	return 0;
}

static int alloc_exit(void *ctx, __u64 address)
{
	struct allocation info = {};
	__u32 tid = current_tid();
	__u64 *size = bpf_map_lookup_elem(&sizes, &tid);

	if (!size)
		return 0;
	info.size = *size;
	bpf_map_delete_elem(&sizes, &tid);
	if (address != 0) {
		info.time = bpf_ktime_get_ns();
		info.stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
		bpf_map_update_elem(&allocations, &address, &info, BPF_ANY);
		statistics_add(info.stack_id, info.size);
	}
	return 0;
}

SEC("uprobe/libc:malloc")
int malloc_enter(struct pt_regs *ctx)
{
	return alloc_enter(PT_REGS_PARM1(ctx));
}

SEC("uretprobe/libc:malloc")
int malloc_exit(struct pt_regs *ctx)
{
	return alloc_exit(ctx, PT_REGS_RC(ctx));
}

SEC("uprobe/libc:calloc")
int calloc_enter(struct pt_regs *ctx)
{
	return alloc_enter(PT_REGS_PARM1(ctx) * PT_REGS_PARM2(ctx));
}

SEC("uprobe/libc:posix_memalign")
int memalign_enter(struct pt_regs *ctx)
{
	__u64 pointer = PT_REGS_PARM1(ctx);
	__u32 tid = current_tid();

	bpf_map_update_elem(&pointers, &tid, &pointer, BPF_ANY);
	return alloc_enter(PT_REGS_PARM3(ctx));
}

SEC("uretprobe/libc:posix_memalign")
int memalign_exit(struct pt_regs *ctx)
{
	__u32 tid = current_tid();
	__u64 *pointer = bpf_map_lookup_elem(&pointers, &tid);
	void *address;

	if (!pointer)
		return 0;
	bpf_map_delete_elem(&pointers, &tid);
	if (bpf_probe_read_user(&address, sizeof(address), (void *)*pointer))
		return 0;
	return alloc_exit(ctx, (__u64)address);
}

SEC("uprobe/libc:free")
int free_enter(struct pt_regs *ctx)
{
	__u64 address = PT_REGS_PARM1(ctx);
	struct allocation *known = bpf_map_lookup_elem(&allocations, &address);

	if (!known)
		return 0;
	bpf_map_delete_elem(&allocations, &address);
	statistics_drop(known->stack_id, known->size);
	return 0;
}

GPL;
