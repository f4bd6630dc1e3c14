// SPDX-License-Identifier: Apache-2.0
// bashreadline: the lines that people type into bash.
#include "tool.h"

struct line {
	__u32 pid;
	char text[80];
};

EVENTS_MAP(events);

SEC("uretprobe//bin/bash:readline")
int readline(struct pt_regs *ctx)
{
	void *result = (void *)PT_REGS_RC(ctx);
	struct line line;
	char comm[TASK_COMM_LEN];

	if (!result)
		return 0;
	bpf_get_current_comm(&comm, sizeof(comm));
	if (comm[0] != 'b' || comm[1] != 'a' || comm[2] != 's' || comm[3] != 'h' || comm[4] != 0)
		return 0;
	line.pid = current_pid();
	bpf_probe_read_user_str(&line.text, sizeof(line.text), result);
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &line, sizeof(line));
	return 0;
}

GPL;
