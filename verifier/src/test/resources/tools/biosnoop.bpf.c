// SPDX-License-Identifier: Apache-2.0
// biosnoop: every block request with who asked for it.
#include "tool.h"

struct who {
	char comm[TASK_COMM_LEN];
	__u32 pid;
};

struct stage {
	__u64 insert;
	__u64 issue;
};

struct event {
	struct who who;
	__u64 queued_ns;
	__u64 served_ns;
	__u64 sector;
	__u32 length;
	__u32 flags;
};

HASH_MAP(askers, __u64, struct who, 10240);
HASH_MAP(stages, __u64, struct stage, 10240);
EVENTS_MAP(events);

SEC("kprobe/blk_account_io_start")
int asked(struct pt_regs *ctx)
{
	__u64 request = PT_REGS_PARM1(ctx);
	struct who who = {};

	bpf_get_current_comm(who.comm, sizeof(who.comm));
	who.pid = current_pid();
	bpf_map_update_elem(&askers, &request, &who, 0);
	return 0;
}

static __always_inline int reach(__u64 request, _Bool insert)
{
	struct stage *known, fresh = {};

	known = bpf_map_lookup_elem(&stages, &request);
	if (!known) {
		bpf_map_update_elem(&stages, &request, &fresh, BPF_NOEXIST);
		known = bpf_map_lookup_elem(&stages, &request);
		if (!known)
			return 0;
	}
	if (insert)
		known->insert = bpf_ktime_get_ns();
	else
		known->issue = bpf_ktime_get_ns();
	return 0;
}

SEC("raw_tp/block_rq_insert")
int inserted(struct bpf_raw_tracepoint_args *ctx)
{
	return reach(ctx->args[0], 1);
}

SEC("raw_tp/block_rq_issue")
int issued(struct bpf_raw_tracepoint_args *ctx)
{
	return reach(ctx->args[0], 0);
}

SEC("raw_tp/block_rq_complete")
int completed(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 now = bpf_ktime_get_ns(), request = ctx->args[0];
	struct stage *stage = bpf_map_lookup_elem(&stages, &request);
	struct event event = {};
	struct who *who;

	if (!stage)
		return 0;
	who = bpf_map_lookup_elem(&askers, &request);
	if (who)
		event.who = *who;
	else
		event.who.comm[0] = '?';
	if (stage->insert)
		event.queued_ns = stage->issue - stage->insert;
	event.served_ns = now - stage->issue;
	event.length = (__u32)ctx->args[2];
	bpf_probe_read_kernel(&event.sector, sizeof(event.sector), (void *)(request + 48));
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	bpf_map_delete_elem(&stages, &request);
	bpf_map_delete_elem(&askers, &request);
	return 0;
}

GPL;
