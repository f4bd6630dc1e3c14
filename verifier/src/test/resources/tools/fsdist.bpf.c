// SPDX-License-Identifier: Apache-2.0
// fsdist: how long each operation of a file system takes.
#include "tool.h"

enum op { READ, WRITE, OPEN, FSYNC, MAX_OP };

const volatile _Bool in_ms = 0;

HASH_MAP(starts, __u32, __u64, 10240);

struct histogram histograms[MAX_OP] = {};

static int probe_entry(void)
{
	__u32 tid = current_tid();
	__u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&starts, &tid, &now, BPF_ANY);
	return 0;
}

static int probe_return(enum op op)
{
	__u32 tid = current_tid();
	__u64 now = bpf_ktime_get_ns(), slot;
	__u64 *begin = bpf_map_lookup_elem(&starts, &tid);
	__s64 delta;

	if (!begin)
		return 0;
	if (op >= MAX_OP)
		goto cleanup;
	delta = (__s64)(now - *begin);
	if (delta < 0)
		goto cleanup;
	delta /= in_ms ? 1000000 : 1000;
	slot = branchy_log2l(delta);
	if (slot >= SLOTS)
		slot = SLOTS - 1;
	__sync_fetch_and_add(&histograms[op].slots[slot], 1);
cleanup:
	bpf_map_delete_elem(&starts, &tid);
	return 0;
}

#define OPERATION(name, op) \
	SEC("kprobe/" #name) \
	int name##_entry(struct pt_regs *ctx) \
	{ \
		return probe_entry(); \
	} \
	SEC("kretprobe/" #name) \
	int name##_return(struct pt_regs *ctx) \
	{ \
		return probe_return(op); \
	}

OPERATION(ext4_file_read_iter, READ)
OPERATION(ext4_file_write_iter, WRITE)
OPERATION(ext4_file_open, OPEN)
OPERATION(ext4_sync_file, FSYNC)

GPL;
