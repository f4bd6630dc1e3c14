// SPDX-License-Identifier: Apache-2.0
// funclatency: how long a function takes.
#include "tool.h"

enum { NSEC, USEC, MSEC };

const volatile __u32 only_tgid = 0;
const volatile int units = USEC;

HASH_MAP(started, __u32, __u64, 8096);

__u32 histogram[SLOTS] = {};

static __always_inline void entry(void)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 tgid = id >> 32, pid = id;
	__u64 now;

	if (only_tgid && only_tgid != tgid)
		return;
	now = bpf_ktime_get_ns();
	bpf_map_update_elem(&started, &pid, &now, BPF_ANY);
}

SEC("kprobe/vfs_read")
int begin(struct pt_regs *ctx)
{
	entry();
	return 0;
}

SEC("kretprobe/vfs_read")
int end(struct pt_regs *ctx)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 pid = current_tid();
	__u64 *begin, delta;
	__u32 slot;

	begin = bpf_map_lookup_elem(&started, &pid);
	if (!begin)
		return 0;
	delta = now - *begin;
	bpf_map_delete_elem(&started, &pid);
	switch (units) {
	case USEC:
		delta /= 1000;
		break;
	case MSEC:
		delta /= 1000000;
		break;
	}
	slot = branchy_log2l(delta);
	if (slot >= SLOTS)
		slot = SLOTS - 1;
	__sync_fetch_and_add(&histogram[slot], 1);
	return 0;
}

GPL;
