// What NativeIT reads of a tracepoint by its fields' names: the struct is as `sonde header` prints it,
// but in the order of a kernel that never was, so that only CO-RE finds the fields.
#include "sonde.h"

struct sonde_tp_task_task_newtask {
	__u64 _common;
	__u64 clone_flags;
	__s16 oom_score_adj;
	char comm[16];
	__s32 pid;
} __attribute__((preserve_access_index));

struct started {
	__u64 clone_flags;
	__s32 pid;
	__s32 oom_score_adj;
	char comm[16];
};
struct started *unused __attribute__((unused)); // keeps the type in the BTF

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} tasks SEC(".maps");

SEC("tracepoint/task/task_newtask")
int on_newtask(struct sonde_tp_task_task_newtask *ctx)
{
	struct started *e = bpf_ringbuf_reserve(&tasks, sizeof(*e), 0);

	if (!e)
		return 0;
	e->clone_flags = ctx->clone_flags;
	e->pid = ctx->pid;
	e->oom_score_adj = ctx->oom_score_adj;
	bpf_probe_read_kernel(e->comm, sizeof(e->comm), ctx->comm);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
