// SPDX-License-Identifier: Apache-2.0
// Counts the write(2) calls of three bytes, which pace.c makes, and those that were seen out of order.
#include "../../programs/sonde.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} writes SEC(".maps");

static __u64 latest;

struct sonde_tp_syscalls_sys_enter_write {
	__u64 _common;
	__s32 __syscall_nr;
	__u64 fd;
	__u64 buf;
	__u64 count;
} __attribute__((preserve_access_index));

SEC("tracepoint/syscalls/sys_enter_write")
int on_write(struct sonde_tp_syscalls_sys_enter_write *ctx)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 which = now < latest;
	__u64 *counted = bpf_map_lookup_elem(&writes, &which);

	if (counted && ctx->count == 3)
		*counted += 1;
	latest = now;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
