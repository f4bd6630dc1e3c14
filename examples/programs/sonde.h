/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program for Sonde needs to know: types, sections, map attributes, helpers, contexts, kfuncs.
 * Plain clang compiles with it, nothing else is needed:
 *
 *     clang -g -O2 -target bpf -mcpu=v3 -c program.bpf.c -o program.bpf.o
 *
 * It goes together with libbpf's headers and vmlinux.h: include those first.
 */
#ifndef SONDE_H
#define SONDE_H

#ifndef __VMLINUX_H__
typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef _Bool sonde_bool;
#endif

#ifndef NULL
#define NULL ((void *)0)
#endif

/* ---- sections and attributes, as libbpf spells them ---------------------------------------- */

#ifndef __BPF_HELPERS__
#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))
#define __weak __attribute__((weak))
#define __hidden __attribute__((visibility("hidden")))
#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))
#define LIBBPF_PIN_NONE 0
#define LIBBPF_PIN_BY_NAME 1
#endif

/* ---- maps (linux/bpf.h) ---------------------------------------------------------------------- */

#if !defined(__VMLINUX_H__) && !defined(_UAPI__LINUX_BPF_H__) && !defined(__LINUX_BPF_H__)
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_CGROUP_ARRAY = 8,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LRU_PERCPU_HASH = 10,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_HASH_OF_MAPS = 13,
	BPF_MAP_TYPE_QUEUE = 22,
	BPF_MAP_TYPE_STACK = 23,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
	BPF_MAP_TYPE_BLOOM_FILTER = 30,
	BPF_MAP_TYPE_USER_RINGBUF = 31,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
	BPF_F_LOCK = 4,
};

enum {
	BPF_F_NO_PREALLOC = 1 << 0,
	BPF_F_RDONLY = 1 << 3,
	BPF_F_WRONLY = 1 << 4,
	BPF_F_ZERO_SEED = 1 << 6,
	BPF_F_RDONLY_PROG = 1 << 7,
	BPF_F_WRONLY_PROG = 1 << 8,
	BPF_F_MMAPABLE = 1 << 10,
	BPF_F_INNER_MAP = 1 << 12,
};

/* flags of bpf_get_stackid and bpf_get_stack */
enum {
	BPF_F_SKIP_FIELD_MASK = 0xff,
	BPF_F_USER_STACK = 1 << 8,
	BPF_F_FAST_STACK_CMP = 1 << 9,
	BPF_F_REUSE_STACKID = 1 << 10,
};

/* flags of bpf_perf_event_output */
#define BPF_F_INDEX_MASK 0xffffffffULL
#define BPF_F_CURRENT_CPU BPF_F_INDEX_MASK

/* flags of bpf_ringbuf_output, _submit and _discard */
enum {
	BPF_RB_NO_WAKEUP = 1 << 0,
	BPF_RB_FORCE_WAKEUP = 1 << 1,
};

struct bpf_spin_lock {
	__u32 val;
};

struct bpf_timer {
	__u64 opaque[2];
} __attribute__((aligned(8)));

struct bpf_dynptr {
	__u64 opaque[2];
} __attribute__((aligned(8)));

struct bpf_iter_num {
	__u64 opaque[1];
} __attribute__((aligned(8)));
#endif

/* ---- helpers (linux/bpf.h: the number is the kernel's) ------------------------------------- */

#ifndef __BPF_HELPERS__
#define SONDE_HELPER(result, name, id, ...) \
	static result (*const name)(__VA_ARGS__) __attribute__((unused)) = (void *)id

SONDE_HELPER(void *, bpf_map_lookup_elem, 1, void *map, const void *key);
SONDE_HELPER(long, bpf_map_update_elem, 2, void *map, const void *key, const void *value,
	     __u64 flags);
SONDE_HELPER(long, bpf_map_delete_elem, 3, void *map, const void *key);
SONDE_HELPER(long, bpf_probe_read, 4, void *dst, __u32 size, const void *from);
SONDE_HELPER(__u64, bpf_ktime_get_ns, 5, void);
SONDE_HELPER(long, bpf_trace_printk, 6, const char *fmt, __u32 fmt_size, ...);
SONDE_HELPER(__u32, bpf_get_prandom_u32, 7, void);
SONDE_HELPER(__u32, bpf_get_smp_processor_id, 8, void);
SONDE_HELPER(long, bpf_skb_load_bytes, 26, const void *skb, __u32 offset, void *to, __u32 len);
SONDE_HELPER(long, bpf_tail_call, 12, void *ctx, void *prog_array_map, __u32 index);
SONDE_HELPER(__u64, bpf_get_current_pid_tgid, 14, void);
SONDE_HELPER(__u64, bpf_get_current_uid_gid, 15, void);
SONDE_HELPER(long, bpf_get_current_comm, 16, void *buf, __u32 size);
SONDE_HELPER(__u64, bpf_perf_event_read, 22, void *map, __u64 flags);
SONDE_HELPER(long, bpf_perf_event_output, 25, void *ctx, void *map, __u64 flags, void *data,
	     __u64 size);
SONDE_HELPER(long, bpf_get_stackid, 27, void *ctx, void *map, __u64 flags);
SONDE_HELPER(__u64, bpf_get_current_task, 35, void);
SONDE_HELPER(long, bpf_get_numa_node_id, 42, void);
SONDE_HELPER(long, bpf_probe_read_str, 45, void *dst, __u32 size, const void *from);
SONDE_HELPER(long, bpf_perf_event_read_value, 55, void *map, __u64 flags, void *buf, __u32 size);
SONDE_HELPER(long, bpf_perf_prog_read_value, 56, void *ctx, void *buf, __u32 size);
SONDE_HELPER(long, bpf_get_stack, 67, void *ctx, void *buf, __u32 size, __u64 flags);
SONDE_HELPER(__u64, bpf_get_current_cgroup_id, 80, void);
SONDE_HELPER(long, bpf_map_push_elem, 87, void *map, const void *value, __u64 flags);
SONDE_HELPER(long, bpf_map_pop_elem, 88, void *map, void *value);
SONDE_HELPER(long, bpf_map_peek_elem, 89, void *map, void *value);
SONDE_HELPER(long, bpf_spin_lock, 93, struct bpf_spin_lock *lock);
SONDE_HELPER(long, bpf_spin_unlock, 94, struct bpf_spin_lock *lock);
SONDE_HELPER(long, bpf_strtol, 105, const char *buf, unsigned long len, __u64 flags, long *res);
SONDE_HELPER(long, bpf_strtoul, 106, const char *buf, unsigned long len, __u64 flags,
	     unsigned long *res);
SONDE_HELPER(long, bpf_probe_read_user, 112, void *dst, __u32 size, const void *from);
SONDE_HELPER(long, bpf_probe_read_kernel, 113, void *dst, __u32 size, const void *from);
SONDE_HELPER(long, bpf_probe_read_user_str, 114, void *dst, __u32 size, const void *from);
SONDE_HELPER(long, bpf_probe_read_kernel_str, 115, void *dst, __u32 size, const void *from);
SONDE_HELPER(__u64, bpf_jiffies64, 118, void);
SONDE_HELPER(__u64, bpf_ktime_get_boot_ns, 125, void);
SONDE_HELPER(long, bpf_ringbuf_output, 130, void *ringbuf, void *data, __u64 size, __u64 flags);
SONDE_HELPER(void *, bpf_ringbuf_reserve, 131, void *ringbuf, __u64 size, __u64 flags);
SONDE_HELPER(void, bpf_ringbuf_submit, 132, void *data, __u64 flags);
SONDE_HELPER(void, bpf_ringbuf_discard, 133, void *data, __u64 flags);
SONDE_HELPER(__u64, bpf_ringbuf_query, 134, void *ringbuf, __u64 flags);
SONDE_HELPER(__u64, bpf_ktime_get_coarse_ns, 160, void);
SONDE_HELPER(long, bpf_for_each_map_elem, 164, void *map, void *callback, void *ctx, __u64 flags);
SONDE_HELPER(long, bpf_snprintf, 165, char *str, __u32 size, const char *fmt, __u64 *data,
	     __u32 data_len);
SONDE_HELPER(long, bpf_timer_init, 169, struct bpf_timer *timer, void *map, __u64 flags);
SONDE_HELPER(long, bpf_timer_set_callback, 170, struct bpf_timer *timer, void *callback);
SONDE_HELPER(long, bpf_timer_start, 171, struct bpf_timer *timer, __u64 nsecs, __u64 flags);
SONDE_HELPER(long, bpf_timer_cancel, 172, struct bpf_timer *timer);
SONDE_HELPER(__u64, bpf_get_func_ip, 173, void *ctx);
SONDE_HELPER(__u64, bpf_get_attach_cookie, 174, void *ctx);
SONDE_HELPER(long, bpf_trace_vprintk, 177, const char *fmt, __u32 fmt_size, const void *data,
	     __u32 data_len);
SONDE_HELPER(long, bpf_loop, 181, __u32 nr_loops, void *callback, void *ctx, __u64 flags);
SONDE_HELPER(long, bpf_strncmp, 182, const char *s1, __u32 s1_sz, const char *s2);
SONDE_HELPER(long, bpf_get_func_arg, 183, void *ctx, __u32 n, __u64 *value);
SONDE_HELPER(long, bpf_get_func_ret, 184, void *ctx, __u64 *value);
SONDE_HELPER(long, bpf_get_func_arg_cnt, 185, void *ctx);
SONDE_HELPER(void *, bpf_map_lookup_percpu_elem, 195, void *map, const void *key, __u32 cpu);
SONDE_HELPER(__u64, bpf_ktime_get_tai_ns, 208, void);

/* bpf_printk(fmt, up to three arguments): a line for the trace reader */
#define bpf_printk(fmt, ...) \
	({ \
		static const char sonde_fmt[] = fmt; \
		bpf_trace_printk(sonde_fmt, sizeof(sonde_fmt), ##__VA_ARGS__); \
	})
#endif

#endif
