// SPDX-License-Identifier: Apache-2.0
// Everything that linking has to do: maps of several kinds, data sections, static and global
// subprograms, calls between them, function pointers, kfuncs, two programs in one section.
#include "sonde.h"

struct key {
	__u32 kind;
	__u32 cpu;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct key);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 16);
	__uint(max_entries, 3);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} shared SEC(".maps");

const volatile __u64 threshold = 5;
const volatile char word[8] = "SELECT";
__u64 total = 7;
static __u32 calls[4];
static volatile __u16 last = 9;

extern int sonde_no_such_function(void) __ksym __weak;

__noinline static __u64 twice(__u64 x)
{
	return x * 2 + last;
}

__noinline __u64 thrice(__u64 x)
{
	calls[x & 3]++;
	return twice(x) + x;
}

__noinline __hidden __u64 hidden(__u64 x)
{
	return twice(x) + 1;
}

static long add(void *map, struct key *key, __u64 *value, __u64 *sum)
{
	*sum += thrice(*value);
	return 0;
}

SEC("method/a.B.c")
int enter(void *ctx)
{
	struct key key = {.kind = word[0], .cpu = bpf_get_smp_processor_id()};
	__u64 one = thrice(threshold);
	__u64 *count = bpf_map_lookup_elem(&counts, &key);
	if (count)
		__sync_fetch_and_add(count, one);
	else
		bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST);
	total++;
	return 0;
}

SEC("methodret/a.B.c")
int leave(void *ctx)
{
	__u64 sum = 0;
	char text[16] = {};
	bpf_for_each_map_elem(&counts, add, &sum, 0);
	sonde_java_string(0, text, sizeof(text));
	if (sonde_no_such_function)
		sum += sonde_no_such_function();
	bpf_ringbuf_output(&events, &sum, sizeof(sum), 0);
	return hidden(sum);
}

SEC("methodret/a.B.c")
int leave_too(void *ctx)
{
	total = twice(total);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
