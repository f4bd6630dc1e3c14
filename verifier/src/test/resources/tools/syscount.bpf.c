// SPDX-License-Identifier: Apache-2.0
// syscount: how often each system call is made, and how long it takes.
#include "tool.h"

struct data {
	__u64 count;
	__u64 total_ns;
	char comm[TASK_COMM_LEN];
};

const volatile _Bool by_process = 0;
const volatile _Bool measure = 1;
const volatile _Bool failed_only = 0;
const volatile int only_errno = 0;

static struct data no_data;

HASH_MAP(started, __u32, __u64, 10240);
HASH_MAP(counts, __u32, struct data, 10240);

SEC("tracepoint/raw_syscalls/sys_enter")
int enter(struct tp_sys_enter *ctx)
{
	__u32 tid = current_tid();
	__u64 now = bpf_ktime_get_ns();

	if (measure)
		bpf_map_update_elem(&started, &tid, &now, 0);
	return 0;
}

SEC("tracepoint/raw_syscalls/sys_exit")
int leave(struct tp_sys_exit *ctx)
{
	__u32 tid = current_tid(), key;
	struct data *data;
	__u64 *begin, lat = 0;

	if (ctx->nr == -1)
		return 0; /* back from a signal handler */
	if (failed_only && ctx->ret >= 0)
		return 0;
	if (only_errno && ctx->ret != -only_errno)
		return 0;
	if (measure) {
		begin = bpf_map_lookup_elem(&started, &tid);
		if (!begin)
			return 0;
		lat = bpf_ktime_get_ns() - *begin;
	}
	key = by_process ? current_pid() : ctx->nr;
	data = lookup_or_init(&counts, &key, &no_data);
	if (data) {
		__sync_fetch_and_add(&data->count, 1);
		__sync_fetch_and_add(&data->total_ns, lat);
		if (by_process)
			bpf_get_current_comm(&data->comm, sizeof(data->comm));
	}
	return 0;
}

GPL;
