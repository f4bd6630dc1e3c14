// SPDX-License-Identifier: Apache-2.0
// Values with a spin lock and a timer, one of them nested, and a bloom filter's map_extra.
#include <linux/types.h>

#define __uint(name, val) int (*name)[val]
#define __ulong(name, val) enum { __unique_##name = val } name
#define __type(name, val) typeof(val) *name
#define SEC(name) __attribute__((section(name), used))

struct bpf_spin_lock {
	__u32 val;
};

struct bpf_timer {
	__u64 opaque[2];
} __attribute__((aligned(8)));

struct counted {
	__u64 count;
	struct bpf_spin_lock lock;
};

struct timed {
	__u32 state;
	struct {
		struct bpf_timer timer;
		struct bpf_spin_lock lock;
	} inner;
	__u64 fired;
};

struct {
	__uint(type, 1);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct counted);
} locks SEC(".maps");

struct {
	__uint(type, 2);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct timed);
} timers SEC(".maps");

struct {
	__uint(type, 30);
	__uint(max_entries, 100);
	__uint(value_size, 8);
	__uint(map_extra, 3);
} bloom SEC(".maps");

static void *(*lookup)(void *map, const void *key) = (void *)1;
static long (*timer_init)(struct bpf_timer *timer, void *map, __u64 flags) = (void *)169;
static long (*timer_set_callback)(struct bpf_timer *timer, void *callback) = (void *)170;
static long (*timer_start)(struct bpf_timer *timer, __u64 nsecs, __u64 flags) = (void *)171;
static long (*spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static long (*spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;

static int fire(void *map, __u32 *key, struct timed *value)
{
	value->fired += 1 + *key;
	return 0;
}

SEC("tc")
int start(void *ctx)
{
	__u32 key = 2;
	struct timed *value = lookup(&timers, &key);

	if (!value)
		return 1;
	if (timer_init(&value->inner.timer, &timers, 1))
		return 2;
	if (timer_set_callback(&value->inner.timer, fire))
		return 3;
	return timer_start(&value->inner.timer, 1000, 0);
}

SEC("tc")
int count(void *ctx)
{
	__u32 key = 1;
	struct counted *value = lookup(&locks, &key);

	if (!value)
		return -1;
	spin_lock(&value->lock);
	value->count++;
	spin_unlock(&value->lock);
	return 0;
}

char _license[] SEC("license") = "GPL";
