// SPDX-License-Identifier: Apache-2.0
// biolatency: how long block requests take, a histogram for each device and operation.
#include "tool.h"

struct key {
	__u32 dev;
	__u32 flags;
};

const volatile _Bool by_device = 0;
const volatile _Bool by_flags = 1;
const volatile _Bool milliseconds = 0;
const volatile _Bool queued = 1;

static struct histogram no_histogram;

HASH_MAP(started, __u64, __u64, 10240);
HASH_MAP(histograms, struct key, struct histogram, 1024);

static __always_inline int start(__u64 request)
{
	__u64 now = bpf_ktime_get_ns();
	bpf_map_update_elem(&started, &request, &now, 0);
	return 0;
}

SEC("raw_tp/block_rq_insert")
int insert(struct bpf_raw_tracepoint_args *ctx)
{
	return queued ? start(ctx->args[0]) : 0;
}

SEC("raw_tp/block_rq_issue")
int issue(struct bpf_raw_tracepoint_args *ctx)
{
	return queued ? 0 : start(ctx->args[0]);
}

SEC("raw_tp/block_rq_complete")
int complete(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 request = ctx->args[0], now = bpf_ktime_get_ns();
	struct histogram *histogram;
	struct key key = {};
	__s64 delta;
	__u64 *begin = bpf_map_lookup_elem(&started, &request);

	if (!begin)
		return 0;
	delta = (__s64)(now - *begin);
	if (delta < 0)
		goto done;
	if (by_device)
		bpf_probe_read_kernel(&key.dev, sizeof(key.dev), (void *)(request + 16));
	if (by_flags)
		bpf_probe_read_kernel(&key.flags, sizeof(key.flags), (void *)(request + 24));
	histogram = lookup_or_init(&histograms, &key, &no_histogram);
	if (!histogram)
		goto done;
	add_to(histogram, milliseconds ? delta / 1000000U : delta / 1000U);
done:
	bpf_map_delete_elem(&started, &request);
	return 0;
}

GPL;
