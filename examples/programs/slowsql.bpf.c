// SPDX-License-Identifier: Apache-2.0
// The SQL statements that took longer than a threshold, each with its text and its Java stack.
#include "h2.h"

/* the configuration may set another one */
const volatile __u64 threshold_ns = 10000000;

struct slow_statement {
	__u64 duration_ns;
	__u32 thread_id;
	__s32 stack_id;
	char sql[128];
};

/* keeps the type in the object's BTF: readers decode records by it */
const struct slow_statement *record_type __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} slow_statements SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 4096);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} slow_stacks SEC(".maps");

static __always_inline int report(struct sonde_method *ctx)
{
	struct slow_statement *record;

	if (ctx->duration_ns < threshold_ns)
		return 0;
	record = bpf_ringbuf_reserve(&slow_statements, sizeof(*record), 0);
	if (!record)
		return 0; /* full: the ring counts it */
	record->duration_ns = ctx->duration_ns;
	record->thread_id = (__u32)bpf_get_current_pid_tgid();
	record->stack_id = bpf_get_stackid(ctx, &slow_stacks, BPF_F_USER_STACK);
	sonde_java_string(h2_sql(ctx), record->sql, sizeof(record->sql));
	bpf_ringbuf_submit(record, 0);
	return 0;
}

H2_EVERY_STATEMENT(slow, report)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
