/* SPDX-License-Identifier: Apache-2.0 */
/* What the tools of this directory share. */
#ifndef TOOL_H
#define TOOL_H

#include "sonde.h"

#define TASK_COMM_LEN 16
#define SLOTS 26
#define MICROSECOND 1000ULL

struct histogram {
	__u32 slots[SLOTS];
};

/* the records of kernel tracepoints, as their format files show them */
struct tp_sys_enter {
	__u64 common;
	__s64 nr;
	__u64 args[6];
};

struct tp_sys_exit {
	__u64 common;
	__s64 nr;
	__s64 ret;
};

struct tp_sched_switch {
	__u64 common;
	char prev_comm[TASK_COMM_LEN];
	__s32 prev_pid;
	__s32 prev_prio;
	__s64 prev_state;
	char next_comm[TASK_COMM_LEN];
	__s32 next_pid;
	__s32 next_prio;
};

struct tp_sched_wakeup {
	__u64 common;
	char comm[TASK_COMM_LEN];
	__s32 pid;
	__s32 prio;
	__s32 target_cpu;
};

/* A map from K to V with room for N. */
#define HASH_MAP(name, K, V, N) \
	struct { \
		__uint(type, BPF_MAP_TYPE_HASH); \
		__uint(max_entries, N); \
		__type(key, K); \
		__type(value, V); \
	} name SEC(".maps")

#define ARRAY_MAP(name, V, N) \
	struct { \
		__uint(type, BPF_MAP_TYPE_ARRAY); \
		__uint(max_entries, N); \
		__type(key, __u32); \
		__type(value, V); \
	} name SEC(".maps")

#define PERCPU_ARRAY_MAP(name, V, N) \
	struct { \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
		__uint(max_entries, N); \
		__type(key, __u32); \
		__type(value, V); \
	} name SEC(".maps")

#define STACK_MAP(name, N) \
	struct { \
		__uint(type, BPF_MAP_TYPE_STACK_TRACE); \
		__uint(max_entries, N); \
		__uint(key_size, 4); \
		__uint(value_size, 127 * 8); \
	} name SEC(".maps")

#define EVENTS_MAP(name) \
	struct { \
		__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); \
		__uint(max_entries, 64); \
		__uint(key_size, 4); \
		__uint(value_size, 4); \
	} name SEC(".maps")

#define RING_MAP(name, SIZE) \
	struct { \
		__uint(type, BPF_MAP_TYPE_RINGBUF); \
		__uint(max_entries, SIZE); \
	} name SEC(".maps")

#define GPL char LICENSE[] SEC("license") = "GPL"

static __always_inline __u32 current_tid(void)
{
	return (__u32)bpf_get_current_pid_tgid();
}

static __always_inline __u32 current_pid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

/* Returns the value of key, made of init where there is none; NULL when there is no room. */
static __always_inline void *lookup_or_init(void *map, const void *key, const void *init)
{
	void *value = bpf_map_lookup_elem(map, key);
	if (value)
		return value;
	bpf_map_update_elem(map, key, init, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

/* log2 as tools write it: with branches, which a verifier has to walk */
static __always_inline __u32 branchy_log2(__u32 v)
{
	__u32 shift, r;

	r = (v > 0xFFFF) << 4;
	v >>= r;
	shift = (v > 0xFF) << 3;
	v >>= shift;
	r |= shift;
	shift = (v > 0xF) << 2;
	v >>= shift;
	r |= shift;
	shift = (v > 0x3) << 1;
	v >>= shift;
	r |= shift;
	r |= (v >> 1);
	return r;
}

static __always_inline __u32 branchy_log2l(__u64 v)
{
	__u32 hi = v >> 32;
	return hi ? branchy_log2(hi) + 32 : branchy_log2(v);
}

static __always_inline void add_to(struct histogram *histogram, __u64 value)
{
	__u64 slot = branchy_log2l(value);
	if (slot >= SLOTS)
		slot = SLOTS - 1;
	__sync_fetch_and_add(&histogram->slots[slot], 1);
}

#endif
