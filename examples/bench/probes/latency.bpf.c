// SPDX-License-Identifier: Apache-2.0
// How long a method takes, from entry to return, as a log2 histogram.
#include "../../programs/sonde.h"

#define SLOTS 64

struct histogram {
	__u64 slots[SLOTS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct histogram);
} latency SEC(".maps");

SEC("methodret/dev.sonde.bench.probed.Methods.work")
int measure(struct sonde_method *ctx)
{
	__u32 zero = 0;
	__u32 slot = sonde_log2(ctx->duration_ns);
	struct histogram *histogram = bpf_map_lookup_elem(&latency, &zero);

	if (histogram && slot < SLOTS)
		histogram->slots[slot] += 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
