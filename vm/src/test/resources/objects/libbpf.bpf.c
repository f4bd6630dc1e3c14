// SPDX-License-Identifier: Apache-2.0
// libbpf's own headers on a Java method: its macros find the arguments and the result.
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "sonde.h"
#include <bpf/bpf_tracing.h>

__u64 sum;

SEC("method/a.B.c")
int BPF_KPROBE(on_entry, long receiver, int number, void *text)
{
	sum += number + (text != 0);
	return 0;
}

SEC("methodret/a.B.c")
int BPF_KRETPROBE(on_return, long result)
{
	sum += result;
	return 0;
}

SEC("methodret/a.B.c")
int plain(struct pt_regs *ctx)
{
	return PT_REGS_PARM2(ctx) + PT_REGS_RC(ctx);
}

char LICENSE[] SEC("license") = "GPL";
