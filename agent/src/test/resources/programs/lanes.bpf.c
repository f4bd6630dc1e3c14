// SPDX-License-Identifier: Apache-2.0
// Sends each sale of dev.sonde.testapp.Shop through a perf event array, as older tools do.
#include "sonde.h"

struct sample {
	__u64 time_ns;
	__u32 amount;
	__u32 zero;
};

const struct sample *sample_type __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} samples SEC(".maps");

SEC("methodret/dev.sonde.testapp.Shop.sell")
int sold(struct sonde_method *ctx)
{
	struct sample sample = {
		.time_ns = bpf_ktime_get_ns(),
		.amount = PT_REGS_PARM2(&ctx->regs),
	};

	bpf_perf_event_output(ctx, &samples, BPF_F_CURRENT_CPU, &sample, sizeof(sample));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
