// SPDX-License-Identifier: Apache-2.0
// statsnoop: which files are asked about.
#include "tool.h"

struct event {
	__u64 time;
	__u32 pid;
	int ret;
	char comm[TASK_COMM_LEN];
	char path[256];
};

HASH_MAP(paths, __u32, const char *, 4096);
EVENTS_MAP(events);

SEC("tracepoint/syscalls/sys_enter_newstat")
int enter(struct tp_sys_enter *ctx)
{
	const char *path = (const char *)ctx->args[0];
	__u32 tid = current_tid();

	bpf_map_update_elem(&paths, &tid, &path, BPF_ANY);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_newstat")
int leave(struct tp_sys_exit *ctx)
{
	__u32 tid = current_tid();
	const char **path = bpf_map_lookup_elem(&paths, &tid);
	struct event event = {};

	if (!path)
		return 0;
	event.pid = current_pid();
	event.time = bpf_ktime_get_ns();
	event.ret = ctx->ret;
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	bpf_probe_read_user_str(event.path, sizeof(event.path), *path);
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	bpf_map_delete_elem(&paths, &tid);
	return 0;
}

GPL;
