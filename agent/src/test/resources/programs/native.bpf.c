// What NativeIT counts: places in libc, in libjvm, in the kernel, and samples.
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

/* the names of started threads that begin with "counted-", by their length */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, __u64);
} names SEC(".maps");

static __always_inline int count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counts, &what);

	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

SEC("uprobe/libc:getppid")
int libc_entry(struct pt_regs *ctx)
{
	return count(0);
}

SEC("uretprobe/libc:getppid")
int libc_return(struct pt_regs *ctx)
{
	return PT_REGS_RC(ctx) > 0 ? count(1) : 0;
}

SEC("uprobe/libjvm:JVM_TotalMemory")
int libjvm_entry(struct pt_regs *ctx)
{
	return count(2);
}

SEC("usdt/libjvm:hotspot:gc__begin")
int BPF_USDT(gc_begin, int full)
{
	return full ? count(3) : 0;
}

/* name, length, id, native id, daemon */
SEC("usdt/libjvm:hotspot:thread__start")
int BPF_USDT(thread_start, char *name, int length)
{
	__u64 key = length, one = 1, text = 0;

	bpf_probe_read_user(&text, 8, name);
	if (text != 0x2d6465746e756f63) /* "counted-" */
		return 0;
	bpf_map_update_elem(&names, &key, &one, BPF_ANY);
	return count(4);
}

SEC("usdt/libjvm:hotspot:class__loaded")
int class_loaded(struct pt_regs *ctx)
{
	return count(5);
}

SEC("usdt/libjvm:hotspot:method__compile__*")
int compiled(struct pt_regs *ctx)
{
	return count(6);
}

SEC("tp/syscalls/sys_enter_getppid")
int sys_entry(void *ctx)
{
	return count(7);
}

SEC("perf_event")
int sampled(struct bpf_perf_event_data *ctx)
{
	return count(8);
}

char LICENSE[] SEC("license") = "GPL";
