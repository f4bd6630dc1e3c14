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

struct btf_ptr {
	void *ptr;
	__u32 type_id;
	__u32 flags;
};

struct bpf_dynptr {
	__u64 opaque[2];
} __attribute__((aligned(8)));

struct bpf_iter_num {
	__u64 opaque[1];
} __attribute__((aligned(8)));

struct bpf_iter_bits {
	__u64 opaque[2];
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
SONDE_HELPER(long, bpf_skb_store_bytes, 9, void *skb, __u32 offset, const void *from, __u32 len,
	     __u64 flags);
SONDE_HELPER(long, bpf_l3_csum_replace, 10, void *skb, __u32 offset, __u64 from, __u64 to, __u64 size);
SONDE_HELPER(long, bpf_l4_csum_replace, 11, void *skb, __u32 offset, __u64 from, __u64 to, __u64 flags);
SONDE_HELPER(long, bpf_tail_call, 12, void *ctx, void *prog_array_map, __u32 index);
SONDE_HELPER(__u64, bpf_get_current_pid_tgid, 14, void);
SONDE_HELPER(__u64, bpf_get_current_uid_gid, 15, void);
SONDE_HELPER(long, bpf_get_current_comm, 16, void *buf, __u32 size);
SONDE_HELPER(__u64, bpf_perf_event_read, 22, void *map, __u64 flags);
SONDE_HELPER(long, bpf_perf_event_output, 25, void *ctx, void *map, __u64 flags, void *data,
	     __u64 size);
SONDE_HELPER(long, bpf_skb_load_bytes, 26, const void *skb, __u32 offset, void *to, __u32 len);
SONDE_HELPER(long, bpf_clone_redirect, 13, void *skb, __u32 ifindex, __u64 flags);
SONDE_HELPER(long, bpf_redirect, 23, __u32 ifindex, __u64 flags);
SONDE_HELPER(long, bpf_redirect_map, 51, void *map, __u64 key, __u64 flags);
SONDE_HELPER(void *, bpf_sk_lookup_tcp, 84, void *ctx, const void *tuple, __u32 size, __u64 netns, __u64 flags);
SONDE_HELPER(void *, bpf_sk_lookup_udp, 85, void *ctx, const void *tuple, __u32 size, __u64 netns, __u64 flags);
SONDE_HELPER(long, bpf_sk_release, 86, void *sock);
SONDE_HELPER(void *, bpf_sk_fullsock, 95, void *sock);
SONDE_HELPER(void *, bpf_tcp_sock, 96, void *sock);
SONDE_HELPER(long, bpf_skb_ecn_set_ce, 97, void *skb);
SONDE_HELPER(void *, bpf_get_listener_sock, 98, void *sock);
SONDE_HELPER(void *, bpf_skc_lookup_tcp, 99, void *ctx, const void *tuple, __u32 size, __u64 netns, __u64 flags);
SONDE_HELPER(long, bpf_tcp_check_syncookie, 100, void *sock, const void *ip, __u32 ip_len, const void *tcp, __u32 tcp_len);
SONDE_HELPER(void *, bpf_sk_storage_get, 107, void *map, void *sock, void *value, __u64 flags);
SONDE_HELPER(long, bpf_sk_storage_delete, 108, void *map, void *sock);
SONDE_HELPER(long, bpf_send_signal, 109, __u32 sig);
SONDE_HELPER(__s64, bpf_tcp_gen_syncookie, 110, void *sock, const void *ip, __u32 ip_len, const void *tcp, __u32 tcp_len);
SONDE_HELPER(long, bpf_send_signal_thread, 117, __u32 sig);
SONDE_HELPER(long, bpf_read_branch_records, 119, void *ctx, void *buf, __u32 size, __u64 flags);
SONDE_HELPER(void *, bpf_skc_to_tcp6_sock, 136, void *sock);
SONDE_HELPER(void *, bpf_skc_to_tcp_sock, 137, void *sock);
SONDE_HELPER(void *, bpf_skc_to_tcp_timewait_sock, 138, void *sock);
SONDE_HELPER(void *, bpf_skc_to_tcp_request_sock, 139, void *sock);
SONDE_HELPER(void *, bpf_skc_to_udp6_sock, 140, void *sock);
SONDE_HELPER(void *, bpf_skc_to_unix_sock, 178, void *sock);
SONDE_HELPER(void *, bpf_skc_to_mptcp_sock, 196, void *sock);
SONDE_HELPER(long, bpf_sk_assign, 124, void *ctx, void *sock, __u64 flags);
SONDE_HELPER(long, bpf_get_branch_snapshot, 176, void *entries, __u32 size, __u64 flags);
SONDE_HELPER(__s64, bpf_tcp_raw_gen_syncookie_ipv4, 204, const void *ip, const void *tcp, __u32 tcp_len);
SONDE_HELPER(__s64, bpf_tcp_raw_gen_syncookie_ipv6, 205, const void *ip, const void *tcp, __u32 tcp_len);
SONDE_HELPER(long, bpf_tcp_raw_check_syncookie_ipv4, 206, const void *ip, const void *tcp);
SONDE_HELPER(long, bpf_tcp_raw_check_syncookie_ipv6, 207, const void *ip, const void *tcp);
SONDE_HELPER(long, bpf_redirect_neigh, 152, __u32 ifindex, void *params, int len, __u64 flags);
SONDE_HELPER(long, bpf_redirect_peer, 155, __u32 ifindex, __u64 flags);
SONDE_HELPER(long, bpf_get_route_realm, 24, void *skb);
SONDE_HELPER(long, bpf_fib_lookup, 69, void *ctx, void *params, int len, __u32 flags);
SONDE_HELPER(long, bpf_check_mtu, 163, void *ctx, __u32 ifindex, __u32 *mtu, __s32 delta, __u64 flags);
SONDE_HELPER(long, bpf_skb_get_tunnel_key, 20, void *skb, void *key, __u32 len, __u64 flags);
SONDE_HELPER(long, bpf_skb_set_tunnel_key, 21, void *skb, void *key, __u32 len, __u64 flags);
SONDE_HELPER(long, bpf_skb_get_tunnel_opt, 29, void *skb, void *opt, __u32 len);
SONDE_HELPER(long, bpf_skb_set_tunnel_opt, 30, void *skb, void *opt, __u32 len);
SONDE_HELPER(long, bpf_skb_get_xfrm_state, 66, void *skb, __u32 index, void *to, __u32 len, __u64 flags);
SONDE_HELPER(long, bpf_skb_vlan_push, 18, void *skb, __u16 proto, __u16 tci);
SONDE_HELPER(long, bpf_skb_vlan_pop, 19, void *skb);
SONDE_HELPER(long, bpf_skb_change_proto, 31, void *skb, __u16 proto, __u64 flags);
SONDE_HELPER(long, bpf_skb_adjust_room, 50, void *skb, __s32 delta, __u32 mode, __u64 flags);
SONDE_HELPER(long, bpf_skb_set_tstamp, 192, void *skb, __u64 nanos, __u32 type);
SONDE_HELPER(long, bpf_get_cgroup_classid, 17, void *skb);
SONDE_HELPER(long, bpf_skb_under_cgroup, 33, void *skb, void *map, __u32 index);
SONDE_HELPER(long, bpf_get_socket_cookie, 46, void *ctx);
SONDE_HELPER(long, bpf_get_socket_uid, 47, void *skb);
SONDE_HELPER(long, bpf_skb_cgroup_id, 79, void *skb);
SONDE_HELPER(long, bpf_skb_ancestor_cgroup_id, 83, void *skb, int level);
SONDE_HELPER(long, bpf_get_netns_cookie, 122, void *ctx);
SONDE_HELPER(long, bpf_skb_cgroup_classid, 151, void *skb);
SONDE_HELPER(long, bpf_get_stackid, 27, void *ctx, void *map, __u64 flags);
SONDE_HELPER(__s64, bpf_csum_diff, 28, void *from, __u32 from_size, void *to, __u32 to_size, __u32 seed);
SONDE_HELPER(long, bpf_skb_change_type, 32, void *skb, __u32 type);
SONDE_HELPER(__u32, bpf_get_hash_recalc, 34, void *skb);
SONDE_HELPER(__u64, bpf_get_current_task, 35, void);
SONDE_HELPER(long, bpf_current_task_under_cgroup, 37, void *map, __u32 index);
SONDE_HELPER(long, bpf_skb_change_tail, 38, void *skb, __u32 len, __u64 flags);
SONDE_HELPER(long, bpf_skb_pull_data, 39, void *skb, __u32 len);
SONDE_HELPER(__s64, bpf_csum_update, 40, void *skb, __u32 csum);
SONDE_HELPER(void, bpf_set_hash_invalid, 41, void *skb);
SONDE_HELPER(long, bpf_get_numa_node_id, 42, void);
SONDE_HELPER(long, bpf_skb_change_head, 43, void *skb, __u32 len, __u64 flags);
SONDE_HELPER(long, bpf_xdp_adjust_head, 44, void *xdp, int delta);
SONDE_HELPER(long, bpf_probe_read_str, 45, void *dst, __u32 size, const void *from);
SONDE_HELPER(long, bpf_set_hash, 48, void *skb, __u32 hash);
SONDE_HELPER(long, bpf_xdp_adjust_meta, 54, void *xdp, int delta);
SONDE_HELPER(long, bpf_perf_event_read_value, 55, void *map, __u64 flags, void *buf, __u32 size);
SONDE_HELPER(long, bpf_perf_prog_read_value, 56, void *ctx, void *buf, __u32 size);
SONDE_HELPER(long, bpf_xdp_adjust_tail, 65, void *xdp, int delta);
SONDE_HELPER(long, bpf_get_stack, 67, void *ctx, void *buf, __u32 size, __u64 flags);
SONDE_HELPER(long, bpf_skb_load_bytes_relative, 68, const void *skb, __u32 offset, void *to, __u32 len,
	     __u32 start_header);
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
SONDE_HELPER(long, bpf_get_ns_current_pid_tgid, 120, __u64 dev, __u64 ino, void *nsdata, __u32 size);
SONDE_HELPER(__u64, bpf_get_current_ancestor_cgroup_id, 123, int ancestor_level);
SONDE_HELPER(__u64, bpf_ktime_get_boot_ns, 125, void);
SONDE_HELPER(long, bpf_ringbuf_output, 130, void *ringbuf, void *data, __u64 size, __u64 flags);
SONDE_HELPER(void *, bpf_ringbuf_reserve, 131, void *ringbuf, __u64 size, __u64 flags);
SONDE_HELPER(void, bpf_ringbuf_submit, 132, void *data, __u64 flags);
SONDE_HELPER(void, bpf_ringbuf_discard, 133, void *data, __u64 flags);
SONDE_HELPER(__u64, bpf_ringbuf_query, 134, void *ringbuf, __u64 flags);
SONDE_HELPER(long, bpf_csum_level, 135, void *skb, __u64 level);
SONDE_HELPER(long, bpf_get_task_stack, 141, void *task, void *buf, __u32 size, __u64 flags);
SONDE_HELPER(long, bpf_copy_from_user, 148, void *dst, __u32 size, const void *from);
SONDE_HELPER(long, bpf_snprintf_btf, 149, char *str, __u32 str_size, struct btf_ptr *ptr, __u32 btf_ptr_size,
	     __u64 flags);
SONDE_HELPER(void *, bpf_task_storage_get, 156, void *map, void *task, void *value, __u64 flags);
SONDE_HELPER(long, bpf_task_storage_delete, 157, void *map, void *task);
SONDE_HELPER(void *, bpf_get_current_task_btf, 158, void);
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
SONDE_HELPER(long, bpf_task_pt_regs, 175, void *task);
SONDE_HELPER(long, bpf_trace_vprintk, 177, const char *fmt, __u32 fmt_size, const void *data,
	     __u32 data_len);
SONDE_HELPER(long, bpf_loop, 181, __u32 nr_loops, void *callback, void *ctx, __u64 flags);
SONDE_HELPER(long, bpf_strncmp, 182, const char *s1, __u32 s1_sz, const char *s2);
SONDE_HELPER(long, bpf_get_func_arg, 183, void *ctx, __u32 n, __u64 *value);
SONDE_HELPER(long, bpf_get_func_ret, 184, void *ctx, __u64 *value);
SONDE_HELPER(long, bpf_get_func_arg_cnt, 185, void *ctx);
SONDE_HELPER(__u64, bpf_xdp_get_buff_len, 188, void *xdp);
SONDE_HELPER(long, bpf_xdp_load_bytes, 189, void *xdp, __u32 offset, void *buf, __u32 len);
SONDE_HELPER(long, bpf_xdp_store_bytes, 190, void *xdp, __u32 offset, void *buf, __u32 len);
SONDE_HELPER(void *, bpf_map_lookup_percpu_elem, 195, void *map, const void *key, __u32 cpu);
SONDE_HELPER(long, bpf_dynptr_from_mem, 197, void *data, __u32 size, __u64 flags, struct bpf_dynptr *ptr);
SONDE_HELPER(long, bpf_ringbuf_reserve_dynptr, 198, void *ringbuf, __u32 size, __u64 flags,
	     struct bpf_dynptr *ptr);
SONDE_HELPER(void, bpf_ringbuf_submit_dynptr, 199, struct bpf_dynptr *ptr, __u64 flags);
SONDE_HELPER(void, bpf_ringbuf_discard_dynptr, 200, struct bpf_dynptr *ptr, __u64 flags);
SONDE_HELPER(long, bpf_dynptr_read, 201, void *dst, __u32 len, const struct bpf_dynptr *src, __u32 offset,
	     __u64 flags);
SONDE_HELPER(long, bpf_dynptr_write, 202, const struct bpf_dynptr *dst, __u32 offset, void *src, __u32 len,
	     __u64 flags);
SONDE_HELPER(void *, bpf_dynptr_data, 203, const struct bpf_dynptr *ptr, __u32 offset, __u32 len);
SONDE_HELPER(__u64, bpf_ktime_get_tai_ns, 208, void);
SONDE_HELPER(long, bpf_user_ringbuf_drain, 209, void *map, void *callback, void *ctx, __u64 flags);

/* bpf_printk(fmt, up to three arguments): a line for the trace reader */
#define bpf_printk(fmt, ...) \
	({ \
		static const char sonde_fmt[] = fmt; \
		bpf_trace_printk(sonde_fmt, sizeof(sonde_fmt), ##__VA_ARGS__); \
	})
#endif

/* ---- contexts ------------------------------------------------------------------------------ */

#if !defined(__VMLINUX_H__) && !defined(_ASM_X86_PTRACE_H)
/* x86-64, on every host; both the kernel's and user space's names, as libbpf's macros use either */
struct pt_regs {
	__u64 r15, r14, r13, r12;
	union {
		__u64 bp, rbp;
	};
	union {
		__u64 bx, rbx;
	};
	__u64 r11, r10, r9, r8;
	union {
		__u64 ax, rax;
	};
	union {
		__u64 cx, rcx;
	};
	union {
		__u64 dx, rdx;
	};
	union {
		__u64 si, rsi;
	};
	union {
		__u64 di, rdi;
	};
	union {
		__u64 orig_ax, orig_rax;
	};
	union {
		__u64 ip, rip;
	};
	__u64 cs;
	union {
		__u64 flags, eflags;
	};
	union {
		__u64 sp, rsp;
	};
	__u64 ss;
};
#endif

#ifndef __BPF_TRACING_H__
/* the arguments of a method, its receiver first, or of a native function; and what it returned */
#define PT_REGS_PARM1(ctx) ((ctx)->di)
#define PT_REGS_PARM2(ctx) ((ctx)->si)
#define PT_REGS_PARM3(ctx) ((ctx)->dx)
#define PT_REGS_PARM4(ctx) ((ctx)->cx)
#define PT_REGS_PARM5(ctx) ((ctx)->r8)
#define PT_REGS_PARM6(ctx) ((ctx)->r9)
#define PT_REGS_RC(ctx) ((ctx)->ax)
#define PT_REGS_IP(ctx) ((ctx)->ip)
#endif

/* what a probe saw happen */
enum sonde_kind {
	SONDE_NATIVE = 0,
	SONDE_ENTRY = 1,
	SONDE_RETURN = 2,
	SONDE_EXCEPTION = 3,
	SONDE_CALL = 4,
	SONDE_LINE = 5,
	SONDE_ALLOCATION = 6,
};

/*
 * The context of a method probe: pt_regs, and behind them what only Sonde knows. A reference is a
 * handle, good for kfuncs until the program ends, 0 for null; a primitive its bits, widened to 64.
 */
struct sonde_method {
	struct pt_regs regs;
	__u64 method_id;
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u64 entry_time_ns; /* 0 at entry */
	__u64 duration_ns; /* since entry; 0 at entry */
	__u64 exception; /* handle of what was thrown */
	__u32 kind; /* enum sonde_kind */
	__u32 arg_count; /* all arguments, the receiver included */
	__u64 more_args[58]; /* arguments 6 to 63 */
};

#if !defined(__VMLINUX_H__) && !defined(_UAPI__LINUX_BPF_H__) && !defined(__LINUX_BPF_H__)
struct bpf_perf_event_data {
	struct pt_regs regs;
	__u64 sample_period;
	__u64 addr;
};

struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

struct xdp_md {
	__u32 data;
	__u32 data_end;
	__u32 data_meta;
	__u32 ingress_ifindex;
	__u32 rx_queue_index;
	__u32 egress_ifindex;
};

enum xdp_action {
	XDP_ABORTED,
	XDP_DROP,
	XDP_PASS,
	XDP_TX,
	XDP_REDIRECT,
};

struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 priority;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 tc_index;
	__u32 cb[5];
	__u32 hash;
	__u32 tc_classid;
	__u32 data;
	__u32 data_end;
	__u32 napi_id;
	__u32 family;
	__u32 remote_ip4;
	__u32 local_ip4;
	__u32 remote_ip6[4];
	__u32 local_ip6[4];
	__u32 remote_port;
	__u32 local_port;
	__u32 data_meta;
	__u64 flow_keys;
	__u64 tstamp;
	__u32 wire_len;
	__u32 gso_segs;
	__u64 sk;
	__u32 gso_size;
	__u8 tstamp_type;
	__u8 padding[3];
	__u64 hwtstamp;
};
#endif

/* ---- kfuncs: what only a JVM knows --------------------------------------------------------- */

/*
 * Copies a String or StringBuilder as UTF-8, cut off at a character to fit, with a NUL at the end.
 * Returns the bytes written without the NUL; -EINVAL, and zeroes buf, for any other object, for null
 * and for a stale handle.
 */
extern long sonde_java_string(__u64 handle, char *buf, __u32 buf__sz) __ksym;

#ifndef __VMLINUX_H__
/* the kernel's own, as Sonde has them: loops over numbers and bits, and what is in a dynptr */
struct bpf_iter_num;
struct bpf_iter_bits;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
extern int bpf_iter_bits_new(struct bpf_iter_bits *it, const __u64 *bits, __u32 words) __ksym;
extern int *bpf_iter_bits_next(struct bpf_iter_bits *it) __ksym;
extern void bpf_iter_bits_destroy(struct bpf_iter_bits *it) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buf,
			      __u32 buf__szk) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *ptr, __u32 offset, void *buf,
				   __u32 buf__szk) __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *ptr) __ksym;
extern _Bool bpf_dynptr_is_null(const struct bpf_dynptr *ptr) __ksym;
extern _Bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *ptr) __ksym;
extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ptr__uninit) __ksym;
extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *ptr__uninit) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *ptr, struct bpf_dynptr *clone__uninit) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *ptr, __u32 start, __u32 end) __ksym;
#endif

/*
 * About any object. A handle that names nothing is -EINVAL, in all of these. A text is written as by
 * sonde_java_string. No code of the application runs: an exception's message is the one that it was
 * made with.
 */
extern long sonde_java_class_name(__u64 handle, char *buf, __u32 buf__sz) __ksym;
extern long sonde_java_exception_message(__u64 handle, char *buf, __u32 buf__sz) __ksym;
extern long sonde_java_identity_hash(__u64 handle) __ksym;
extern long sonde_java_object_size(__u64 handle) __ksym;

/* -EINVAL of what is no array, -ERANGE of no element. A reference is stored as a handle. */
extern long sonde_java_array_length(__u64 handle) __ksym;
extern long sonde_java_array_get(__u64 handle, __u64 index, __u64 *value) __ksym;

/*
 * An instance field by its name, a string literal. The first event of a class gets -EAGAIN, while the
 * field is looked up elsewhere; -ENOENT: there is none.
 */
extern long sonde_java_field(__u64 handle, const char *name__str, __u64 *value) __ksym;

/* About the running thread, its request and the heap: for method probes. */
extern long sonde_java_thread_name(char *buf, __u32 buf__sz) __ksym;
extern long sonde_java_thread_is_virtual(void) __ksym;
extern long sonde_java_carrier_id(void) __ksym;
extern long sonde_java_heap_used(void) __ksym;

/* The kernel's id of the thread, as bpf_get_current_pid_tgid has it in the programs of native targets. */
extern long sonde_os_thread_id(void) __ksym;

/* OpenTelemetry's current ids in hex (33 and 17 bytes hold them), a value of SLF4J's MDC; or "". */
extern long sonde_trace_id(char *buf, __u32 buf__sz) __ksym;
extern long sonde_span_id(char *buf, __u32 buf__sz) __ksym;
extern long sonde_mdc(const char *key__str, char *buf, __u32 buf__sz) __ksym;

/* ---- small things that every tool needs ----------------------------------------------------- */

/* Returns the place of the highest bit, counted from 1; 0 for 0. Not every kernel has it. */
extern int bpf_fls64(__u64 word) __ksym __weak;

/* Returns the slot of a log2 histogram: 0 for 0 and 1, else the place of the highest bit. */
static __always_inline __u32 sonde_log2(__u64 value)
{
	__u32 slot = 0;

	if (bpf_fls64)
		return bpf_fls64(value | 1) - 1;
	/* jumps, not shifts by what was compared: a histogram's values mostly go the same way */
	if (value >> 32) {
		value >>= 32;
		slot = 32;
	}
	if (value >> 16) {
		value >>= 16;
		slot += 16;
	}
	if (value >> 8) {
		value >>= 8;
		slot += 8;
	}
	if (value >> 4) {
		value >>= 4;
		slot += 4;
	}
	if (value >> 2) {
		value >>= 2;
		slot += 2;
	}
	return slot + (value >> 1);
}

#endif
