// SPDX-License-Identifier: Apache-2.0
// runqlen: samples how many threads wait on each CPU's queue.
#include "tool.h"

#define MAX_CPUS 128

const volatile _Bool per_cpu = 1;
const volatile __u64 queue_offset = 64;

struct histogram histograms[MAX_CPUS];

SEC("perf_event")
int sample(struct bpf_perf_event_data *ctx)
{
	__u64 task = bpf_get_current_task();
	__u64 queue = 0, slot;
	__u32 running = 0, cpu = 0;

	bpf_probe_read_kernel(&queue, sizeof(queue), (void *)(task + queue_offset));
	bpf_probe_read_kernel(&running, sizeof(running), (void *)(queue + 8));
	slot = running > 0 ? running - 1 : 0;
	if (per_cpu) {
		cpu = bpf_get_smp_processor_id();
		if (cpu >= MAX_CPUS)
			return 0;
	}
	if (slot >= SLOTS)
		slot = SLOTS - 1;
	__sync_fetch_and_add(&histograms[cpu].slots[slot], 1);
	return 0;
}

GPL;
