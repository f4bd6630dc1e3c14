// SPDX-License-Identifier: Apache-2.0
// A record of 64 bytes for each call of a method, in a ring that stays in the processor's cache.
#include "../../programs/sonde.h"

#ifndef RING_BYTES
#define RING_BYTES (64 << 10)
#endif

struct call {
	__u64 words[8];
};

/* keeps the type in the object's BTF */
const struct call *record_type __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} calls SEC(".maps");

SEC("method/dev.sonde.bench.probed.Methods.work")
int record(struct sonde_method *ctx)
{
	struct call *call = bpf_ringbuf_reserve(&calls, sizeof(*call), 0);
	__u64 argument = PT_REGS_PARM1(&ctx->regs);

	if (!call)
		return 0;
	for (int i = 0; i < 8; i++)
		call->words[i] = argument + i;
	bpf_ringbuf_submit(call, BPF_RB_NO_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
