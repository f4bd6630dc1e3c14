// SPDX-License-Identifier: Apache-2.0
// Garbage collections by cause: how many, and how long they stopped the application; with each a
// record of its own. The event's fields are found by name: the object runs on any JDK.
#include "gcevent.h"

struct gc_cause {
	char text[32];
};

struct gc_sum {
	__u64 count;
	__u64 pause_ns;
};

struct gc_record {
	__s64 duration_ns;
	__s64 longest_pause_ns;
	__s32 gc_id;
	char name[32];
	struct gc_cause cause;
};

const struct gc_record *gc_record_type __attribute__((unused)); // keeps the type for the reader

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct gc_cause);
	__type(value, struct gc_sum);
} gc_causes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} gc_records SEC(".maps");

SEC("jfr/jdk.GarbageCollection")
int javagc(struct sonde_jfr_jdk_GarbageCollection *gc)
{
	struct gc_cause cause = {};
	struct gc_sum first = { .count = 1, .pause_ns = gc->sumOfPauses };
	struct gc_sum *sum;
	struct gc_record *record;

	bpf_probe_read_kernel_str(&cause, sizeof(cause), gc->cause);
	sum = bpf_map_lookup_elem(&gc_causes, &cause);
	if (sum) {
		sum->count += 1;
		sum->pause_ns += gc->sumOfPauses;
	} else {
		bpf_map_update_elem(&gc_causes, &cause, &first, BPF_ANY);
	}

	record = bpf_ringbuf_reserve(&gc_records, sizeof(*record), 0);
	if (!record)
		return 0;
	record->duration_ns = gc->duration;
	record->longest_pause_ns = gc->longestPause;
	record->gc_id = gc->gcId;
	bpf_probe_read_kernel_str(record->name, sizeof(record->name), gc->name);
	record->cause = cause;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
