// SPDX-License-Identifier: Apache-2.0
// fileslower: reads and writes that took longer than a threshold.
#include "tool.h"

struct begin {
	__u64 time;
	__u64 file;
	__u64 size;
};

struct event {
	__u64 duration_us;
	__u64 size;
	__u32 pid;
	char op;
	char comm[TASK_COMM_LEN];
	char name[64];
};

const volatile __u64 min_us = 10000;

HASH_MAP(begun, __u64, struct begin, 10240);
EVENTS_MAP(events);

static __always_inline int begin(struct pt_regs *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct begin begin = {
		.time = bpf_ktime_get_ns(),
		.file = PT_REGS_PARM1(ctx),
		.size = PT_REGS_PARM3(ctx),
	};

	bpf_map_update_elem(&begun, &id, &begin, BPF_ANY);
	return 0;
}

static __noinline int end(struct pt_regs *ctx, char op)
{
	__u64 id = bpf_get_current_pid_tgid(), us, dentry = 0;
	struct begin *begin = bpf_map_lookup_elem(&begun, &id);
	struct event event = {};

	if (!begin)
		return 0;
	us = (bpf_ktime_get_ns() - begin->time) / 1000;
	if (us >= min_us) {
		event.duration_us = us;
		event.size = begin->size;
		event.pid = id >> 32;
		event.op = op;
		bpf_get_current_comm(event.comm, sizeof(event.comm));
		bpf_probe_read_kernel(&dentry, sizeof(dentry), (void *)(begin->file + 24));
		bpf_probe_read_kernel_str(event.name, sizeof(event.name), (void *)dentry);
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	}
	bpf_map_delete_elem(&begun, &id);
	return 0;
}

SEC("kprobe/vfs_read")
int read_begin(struct pt_regs *ctx)
{
	return begin(ctx);
}

SEC("kretprobe/vfs_read")
int read_end(struct pt_regs *ctx)
{
	return end(ctx, 'R');
}

SEC("kprobe/vfs_write")
int write_begin(struct pt_regs *ctx)
{
	return begin(ctx);
}

SEC("kretprobe/vfs_write")
int write_end(struct pt_regs *ctx)
{
	return end(ctx, 'W');
}

GPL;
