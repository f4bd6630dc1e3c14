// SPDX-License-Identifier: Apache-2.0
// ksnoop: the arguments of any function, read as a table says that user space fills in.
#include "tool.h"

#define MAX_TRACES 15
#define MAX_BYTES 64
#define BUFFER 512

struct value {
	__u32 offset;
	__u32 size;
	__u32 argument;
	__u32 follow; /* 1: the argument points to the value */
};

struct trace {
	__u64 ip;
	__u32 count;
	__u32 filter_pid;
	struct value values[MAX_TRACES];
};

struct record {
	__u64 ip;
	__u64 time;
	__u64 task;
	__u32 pid;
	__u16 used;
	__u16 lengths[MAX_TRACES];
	char comm[TASK_COMM_LEN];
	char buffer[BUFFER];
};

HASH_MAP(functions, __u64, struct trace, 8);
PERCPU_ARRAY_MAP(scratch, struct record, 1);
EVENTS_MAP(events);

SEC("kprobe/ip_send_skb")
int on_entry(struct pt_regs *ctx)
{
	__u64 ip = bpf_get_func_ip(ctx);
	struct trace *trace = bpf_map_lookup_elem(&functions, &ip);
	__u64 arguments[8] = {
		PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), PT_REGS_PARM3(ctx), PT_REGS_PARM4(ctx),
		PT_REGS_PARM5(ctx), PT_REGS_RC(ctx),	PT_REGS_IP(ctx),    ctx->sp,
	};
	__u32 zero = 0, used = 0, i;
	struct record *record;

	if (!trace)
		return 0;
	if (trace->filter_pid && trace->filter_pid != current_pid())
		return 0;
	record = bpf_map_lookup_elem(&scratch, &zero);
	if (!record)
		return 0;
	record->ip = ip;
	record->time = bpf_ktime_get_ns();
	record->task = bpf_get_current_task();
	record->pid = current_pid();
	bpf_get_current_comm(record->comm, sizeof(record->comm));
	for (i = 0; i < MAX_TRACES; i++) {
		__u32 size = trace->values[i].size;
		__u64 data;

		if (i >= trace->count)
			break;
		data = arguments[trace->values[i].argument & 7] + trace->values[i].offset;
		record->lengths[i] = 0;
		if (size == 0 || size > MAX_BYTES || used > BUFFER - MAX_BYTES)
			continue;
		if (trace->values[i].follow) {
			if (bpf_probe_read_kernel(&record->buffer[used], size, (void *)data))
				continue;
		} else {
			__builtin_memcpy(&record->buffer[used], &data, sizeof(data));
			size = sizeof(data);
		}
		record->lengths[i] = size;
		used += size;
	}
	record->used = used;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, record, sizeof(*record));
	return 0;
}

GPL;
