// SPDX-License-Identifier: Apache-2.0
// capable: which capabilities are asked for, each stack once.
#include "tool.h"

struct unique {
	int cap;
	__u32 tgid;
	__u64 cgroup;
};

struct event {
	__u32 pid;
	__u32 uid;
	int cap;
	int audit;
	int stack_id;
	char comm[TASK_COMM_LEN];
};

const volatile _Bool once = 1;
const volatile _Bool verbose = 0;
const volatile _Bool stacks_wanted = 1;

HASH_MAP(seen, struct unique, __u64, 10240);
STACK_MAP(stacks, 1024);
EVENTS_MAP(events);

SEC("kprobe/cap_capable")
int capable(struct pt_regs *ctx)
{
	struct unique key = {};
	struct event event = {};
	__u64 zero = 0;
	int option = PT_REGS_PARM4(ctx);

	event.cap = PT_REGS_PARM3(ctx);
	event.audit = (option & 2) == 0;
	if (!verbose && !event.audit)
		return 0;
	event.pid = current_pid();
	event.uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(&event.comm, sizeof(event.comm));
	if (once) {
		key.cap = event.cap;
		key.tgid = event.pid;
		key.cgroup = bpf_get_current_cgroup_id();
		if (bpf_map_lookup_elem(&seen, &key))
			return 0;
		bpf_map_update_elem(&seen, &key, &zero, 0);
	}
	if (stacks_wanted)
		event.stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK | BPF_F_REUSE_STACKID);
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

GPL;
