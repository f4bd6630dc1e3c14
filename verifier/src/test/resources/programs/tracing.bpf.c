/* SPDX-License-Identifier: Apache-2.0 */
/* Tracing programs in shapes that the tools beside have not: each is one habit of the field. */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define MAP(name, kind, K, V, n) \
	struct { \
		__uint(type, kind); \
		__uint(max_entries, n); \
		__type(key, K); \
		__type(value, V); \
	} name SEC(".maps")

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 targ_pid = 0;
const volatile bool by_process = true;
const volatile __u64 min_ns = 1000;
const volatile int depth = 3;
__u64 dropped = 0;
__u32 state[16] = {1, 2, 3};
static __u64 last_seen[64];

struct event {
	__u64 at;
	__u32 pid, tid;
	char comm[16];
	__u32 len;
	char text[128];
};

MAP(begun, BPF_MAP_TYPE_HASH, __u64, __u64, 10240);
MAP(scratch, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct event, 1);
MAP(counts, BPF_MAP_TYPE_PERCPU_HASH, __u64, __u64, 1024);
MAP(recent, BPF_MAP_TYPE_LRU_HASH, __u32, struct event, 512);
MAP(jumps, BPF_MAP_TYPE_PROG_ARRAY, __u32, __u32, 4);
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 64);
	__uint(key_size, 0);
	__uint(value_size, 8);
} work SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 1000);
	__uint(value_size, 8);
	__uint(key_size, 0);
} known SEC(".maps");
MAP(cgroups, BPF_MAP_TYPE_CGROUP_ARRAY, __u32, __u32, 1);
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} pipe SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, 4);
	__uint(value_size, 127 * 8);
} stacks SEC(".maps");
struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} inner0 SEC(".maps"), inner1 SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = {.values = {&inner0, &inner1}};

static __always_inline bool filtered(__u64 id)
{
	__u32 pid = by_process ? id >> 32 : (__u32)id;

	return targ_pid && targ_pid != pid;
}

/* A configuration that is known when it is loaded cuts the branch away, and what is wrong in it. */
SEC("kprobe/vfs_read")
int config_cuts(struct pt_regs *ctx)
{
	__u64 id = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();

	if (filtered(id))
		return 0;
	if (depth > 8)
		return *(volatile int *)id; /* wrong, and never there */
	bpf_map_update_elem(&begun, &id, &now, BPF_ANY);
	return 0;
}

/* Look up or begin, then count. */
SEC("tracepoint/raw_syscalls/sys_enter")
int lookup_or_init(void *ctx)
{
	__u64 zero = 0, key = bpf_get_current_cgroup_id(), *n;

	n = bpf_map_lookup_elem(&counts, &key);
	if (!n) {
		if (bpf_map_update_elem(&counts, &key, &zero, BPF_NOEXIST))
			return 0;
		n = bpf_map_lookup_elem(&counts, &key);
		if (!n)
			return 0;
	}
	*n += 1;
	return 0;
}

/* An argument list: a pointer a time, bytes packed one behind the other. */
SEC("tracepoint/syscalls/sys_enter_execve")
int packs_arguments(struct { __u64 pad[2]; const char *file; const char *const *argv; } *ctx)
{
	__u32 zero = 0, at = 0;
	struct event *event = bpf_map_lookup_elem(&scratch, &zero);
	const char *const *argv = ctx->argv;

	if (!event)
		return 0;
	for (int i = 0; i < 16; i++) {
		const char *arg = NULL;
		long n;

		bpf_probe_read_user(&arg, sizeof(arg), &argv[i]);
		if (!arg)
			break;
		if (at > sizeof(event->text) - 32)
			break;
		n = bpf_probe_read_user_str(event->text + at, 32, arg);
		if (n < 0)
			break;
		at += n;
	}
	event->len = at;
	bpf_perf_event_output(ctx, &pipe, BPF_F_CURRENT_CPU, event,
			      offsetof(struct event, text) + (at & (sizeof(event->text) - 1)));
	return 0;
}

/* A record as long as what was read. */
SEC("uprobe//bin/sh:readline")
int length_of_a_string(struct pt_regs *ctx)
{
	__u32 zero = 0;
	struct event *event = bpf_map_lookup_elem(&scratch, &zero);
	long n;

	if (!event)
		return 0;
	n = bpf_probe_read_user_str(event->text, sizeof(event->text), (void *)PT_REGS_PARM1(ctx));
	if (n <= 0)
		return 0;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_output(&events, event, offsetof(struct event, text) + n, 0);
	return 0;
}

/* wrong: n may be up to the limit of the read, and an error */
SEC("uprobe//bin/sh:readline")
int error_as_length(struct pt_regs *ctx)
{
	char text[32];
	long n = bpf_probe_read_user_str(text, sizeof(text), (void *)PT_REGS_PARM1(ctx));

	bpf_ringbuf_output(&events, text, n, 0);
	return 0;
}

/* Reserve, fill, submit or throw away. */
SEC("kretprobe/do_filp_open")
int submits_or_discards(struct pt_regs *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	__u64 id = bpf_get_current_pid_tgid(), *start;

	if (!event) {
		__sync_fetch_and_add(&dropped, 1);
		return 0;
	}
	start = bpf_map_lookup_elem(&begun, &id);
	if (!start || bpf_ktime_get_ns() - *start < min_ns) {
		bpf_ringbuf_discard(event, 0);
		return 0;
	}
	event->at = *start;
	event->pid = id >> 32;
	event->tid = id;
	bpf_get_current_comm(&event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	bpf_map_delete_elem(&begun, &id);
	return 0;
}

/* Arrays of the object, indexed by what is masked, compared and clamped. */
SEC("raw_tp/sched_switch")
int indexes_globals(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id() & 63, index = ctx->args[1];

	last_seen[cpu] = bpf_ktime_get_ns();
	if (index >= 16)
		index = 15;
	state[index] += 1;
	return state[cpu & 15];
}

/* wrong: the last index is one too far */
SEC("raw_tp/sched_switch")
int index_one_too_far(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 index = ctx->args[1];

	if (index > 16)
		return 0;
	return state[index];
}

/* Maps in a map. */
SEC("kprobe/vfs_write")
int inner_maps(struct pt_regs *ctx)
{
	__u32 which = bpf_get_prandom_u32() & 1, slot = PT_REGS_PARM3(ctx) & 7;
	void *map = bpf_map_lookup_elem(&outer, &which);
	__u64 *n;

	if (!map)
		return 0;
	n = bpf_map_lookup_elem(map, &slot);
	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

/* Stacks of both sides as a key. */
SEC("perf_event")
int stacks_as_key(struct bpf_perf_event_data *ctx)
{
	struct {
		int kernel, user;
	} key;
	__u64 one = 1, *n;

	key.kernel = bpf_get_stackid(ctx, &stacks, 0);
	key.user = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	n = bpf_map_lookup_elem(&counts, &key);
	if (n)
		*n += ctx->sample_period;
	else
		bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST);
	return 0;
}

/* A stack into a value, as long as it is. */
SEC("kprobe/kmem_cache_alloc")
int stack_into_value(struct pt_regs *ctx)
{
	__u32 zero = 0;
	struct event *event = bpf_map_lookup_elem(&scratch, &zero);
	long n;

	if (!event)
		return 0;
	n = bpf_get_stack(ctx, event->text, sizeof(event->text), 0);
	if (n < 8 || n > sizeof(event->text))
		return 0;
	event->len = n;
	return bpf_perf_event_output(ctx, &pipe, BPF_F_CURRENT_CPU, event->text, n);
}

/* A chain of kernel structs, by CO-RE. */
struct task_struct___t {
	int tgid;
	struct task_struct___t *real_parent;
	unsigned int flags;
} __attribute__((preserve_access_index));

SEC("tp/sched/sched_process_exit")
int chain_of_parents(void *ctx)
{
	struct task_struct___t *task = (void *)bpf_get_current_task(), *parent;
	int generations = 0;

	for (int i = 0; i < 10; i++) {
		parent = BPF_CORE_READ(task, real_parent);
		if (!parent || parent == task || BPF_CORE_READ(parent, tgid) == 1)
			break;
		task = parent;
		generations++;
	}
	if (bpf_core_field_exists(task->flags))
		generations += BPF_CORE_READ(task, flags) & 1;
	return generations;
}

/* Queues and filters without keys. */
SEC("kprobe/do_sys_openat2")
int queue_and_bloom(struct pt_regs *ctx)
{
	__u64 id = bpf_get_current_pid_tgid(), oldest;

	if (bpf_map_peek_elem(&known, &id) == 0)
		return 0;
	bpf_map_push_elem(&known, &id, 0);
	if (bpf_map_push_elem(&work, &id, BPF_EXIST))
		return 0;
	if (bpf_map_pop_elem(&work, &oldest))
		return 0;
	return oldest != id;
}

/* Every element by a callback, some of them gone after it. */
struct sweep {
	__u64 now;
	__u32 old;
};

static long forget_old(void *map, __u32 *pid, struct event *event, struct sweep *sweep)
{
	if (sweep->now - event->at < 1000000000ULL)
		return 0;
	sweep->old++;
	bpf_map_delete_elem(map, pid);
	return sweep->old >= 16;
}

SEC("perf_event")
int sweeps(struct bpf_perf_event_data *ctx)
{
	struct sweep sweep = {.now = bpf_ktime_get_ns()};

	bpf_for_each_map_elem(&recent, forget_old, &sweep, 0);
	return sweep.old;
}

/* A switch of tail calls. */
SEC("raw_tracepoint/sys_enter")
int dispatches(struct bpf_raw_tracepoint_args *ctx)
{
	bpf_tail_call(ctx, &jumps, ctx->args[1] & 3);
	__sync_fetch_and_add(&dropped, 1);
	return 0;
}

/* Text made of numbers, with a format that is known. */
SEC("kprobe/tcp_connect")
int writes_text(struct pt_regs *ctx)
{
	static const char format[] = "%s %d: %pI4 %lx";
	__u32 zero = 0, addr = 0x0100007f;
	struct event *event = bpf_map_lookup_elem(&scratch, &zero);
	__u64 values[4];

	if (!event)
		return 0;
	values[0] = (__u64)event->comm;
	values[1] = bpf_get_current_pid_tgid() >> 32;
	values[2] = (__u64)&addr;
	values[3] = PT_REGS_IP(ctx);
	return bpf_snprintf(event->text, sizeof(event->text), format, values, sizeof(values));
}

/* Words compared byte by byte in a bounded loop, the end unknown. */
static __attribute__((noinline)) bool begins(const char *text, const char *word, __u32 max)
{
	for (__u32 i = 0; i < 16; i++) {
		if (i >= max || !word[i])
			return true;
		if (text[i] != word[i])
			return false;
	}
	return false;
}

SEC("tp/syscalls/sys_enter_kill")
int compares_names(void *ctx)
{
	char comm[16], want[16] = "java";

	bpf_get_current_comm(comm, sizeof(comm));
	return begins(comm, want, depth);
}

/* A global function over a struct of the caller. */
struct range {
	__u64 low, high;
};

__attribute__((noinline)) int inside(struct range *range, __u64 value)
{
	if (!range)
		return 0;
	return value >= range->low && value < range->high;
}

SEC("uretprobe//bin/sh:readline")
int asks_globally(struct pt_regs *ctx)
{
	struct range range = {4096, 1ULL << 47};

	return inside(&range, PT_REGS_RC(ctx));
}

#ifdef FETCH /* from v3 on */
/* Exchanges that lose nobody's count. */
SEC("kprobe/finish_task_switch")
int exchanges(struct pt_regs *ctx)
{
	static __u64 longest;
	__u64 now = bpf_ktime_get_ns(), before = __sync_lock_test_and_set(&last_seen[0], now);
	__u64 took = now - before;

	if (took > longest)
		__sync_val_compare_and_swap(&longest, longest, took);
	return __sync_fetch_and_or(&state[0], 1) & 1;
}
#endif

/* The lowest set bit in a loop that halves. */
SEC("kprobe/vfs_fsync")
int log_of_a_number(struct pt_regs *ctx)
{
	__u64 size = PT_REGS_PARM3(ctx);
	__u32 slot = 0;

	while (size > 1 && slot < 63) {
		size >>= 1;
		slot++;
	}
	last_seen[slot]++;
	return slot;
}

/* wrong: a loop whose end nothing bounds */
SEC("kprobe/vfs_fsync")
int endless(struct pt_regs *ctx)
{
	volatile __u64 turns = PT_REGS_PARM1(ctx);

	while (turns)
		turns |= 1;
	return 0;
}

SEC("kprobe/__x64_sys_kill")
int within_cgroup(struct pt_regs *ctx)
{
	struct bpf_pidns_info ns = {};

	if (bpf_current_task_under_cgroup(&cgroups, 0) != 1)
		return 0;
	if (bpf_get_ns_current_pid_tgid(4, 0xf0000000, &ns, sizeof(ns)))
		return 0;
	return ns.tgid;
}

SEC("kprobe/do_exit")
int signals(struct pt_regs *ctx)
{
	return bpf_send_signal(15);
}
