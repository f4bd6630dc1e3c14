// SPDX-License-Identifier: Apache-2.0
// Which Java code writes how many bytes to files: a method probe says who calls, the system call
// below says how many bytes reach the kernel, and both meet in maps.
//
// The native program runs some milliseconds after its event, when the Java method may have returned
// and been called again. So the method leaves a trail of its last calls, and a system call looks up
// the call whose time holds its own.
#include "sonde.h"

#define TRAIL 4096 /* calls of a thread that are remembered */
#define STEPS 128  /* calls that one system call may step over */

struct write_args { /* tracepoint/syscalls/sys_enter_write: its format file */
	__u64 common;
	__s64 nr;
	__u64 fd;
	__u64 buf;
	__u64 count;
};

struct thread {
	__u64 calls; /* that the method has begun */
	__u64 at;    /* the call that the last system call was of, or the one after */
};

struct call_key {
	__u32 tid;
	__u32 slot;
};

struct call {
	__u64 begin;
	__u64 end; /* 0 while it runs */
	__s32 stack;
};

struct site {
	__s32 stack_id;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct thread);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct call_key);
	__type(value, struct call);
} trail SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct site);
	__type(value, __u64);
} bytes_by_site SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 4096);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

__u64 writes = 0;       /* system calls seen */
__u64 unattributed = 0; /* bytes of those that were in no call of the method */

SEC("method/java.io.FileOutputStream.write([BII)")
int write_begins(struct sonde_method *ctx)
{
	__u32 tid = sonde_os_thread_id();
	struct thread none = {};
	struct thread *thread = bpf_map_lookup_elem(&threads, &tid);
	struct call_key key = {.tid = tid};
	struct call call = {.begin = ctx->time_ns};

	if (!thread) {
		bpf_map_update_elem(&threads, &tid, &none, BPF_NOEXIST);
		thread = bpf_map_lookup_elem(&threads, &tid);
		if (!thread)
			return 0;
	}
	call.stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK | BPF_F_REUSE_STACKID);
	key.slot = thread->calls % TRAIL;
	bpf_map_update_elem(&trail, &key, &call, BPF_ANY);
	thread->calls++;
	return 0;
}

SEC("methodret/java.io.FileOutputStream.write([BII)")
int write_ends(struct sonde_method *ctx)
{
	__u32 tid = sonde_os_thread_id();
	struct thread *thread = bpf_map_lookup_elem(&threads, &tid);
	struct call_key key = {.tid = tid};
	struct call *call;

	if (!thread || !thread->calls)
		return 0;
	key.slot = (thread->calls - 1) % TRAIL;
	call = bpf_map_lookup_elem(&trail, &key);
	if (call)
		call->end = ctx->time_ns;
	return 0;
}

static __always_inline void add(__s32 stack, __u64 bytes)
{
	struct site site = {.stack_id = stack};
	__u64 zero = 0;
	__u64 *sum = bpf_map_lookup_elem(&bytes_by_site, &site);

	if (!sum) {
		bpf_map_update_elem(&bytes_by_site, &site, &zero, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&bytes_by_site, &site);
	}
	if (sum)
		__sync_fetch_and_add(sum, bytes);
}

SEC("tracepoint/syscalls/sys_enter_write")
int sys_write(struct write_args *ctx)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 now = bpf_ktime_get_ns();
	struct thread *thread = bpf_map_lookup_elem(&threads, &tid);
	struct call_key key = {.tid = tid};
	struct call *call;

	__sync_fetch_and_add(&writes, 1);
	for (int i = 0; thread && i < STEPS && thread->at < thread->calls; i++) {
		key.slot = thread->at % TRAIL;
		call = bpf_map_lookup_elem(&trail, &key);
		if (call && call->begin > now)
			break; /* the next call is later: this one is of none */
		if (call && (!call->end || call->end >= now)) {
			add(call->stack, ctx->count);
			return 0;
		}
		thread->at++;
	}
	__sync_fetch_and_add(&unattributed, ctx->count);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
