// SPDX-License-Identifier: Apache-2.0
// The structs that sonde.h declares, so that a test can compare them with the layouts in the code.
#include "sonde.h"

SEC("method/a.B.c")
int method(struct sonde_method *ctx)
{
	return ctx->kind + PT_REGS_PARM1(&ctx->regs);
}

SEC("perf_event")
int sample(struct bpf_perf_event_data *ctx)
{
	return ctx->addr;
}

SEC("tc")
int classify(struct __sk_buff *ctx)
{
	return ctx->len;
}

SEC("xdp")
int packet(struct xdp_md *ctx)
{
	return XDP_PASS;
}

enum sonde_kind kind;

char LICENSE[] SEC("license") = "GPL";
