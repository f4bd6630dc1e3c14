/* SPDX-License-Identifier: Apache-2.0 */
/* By which names a global function takes the context of each type of program; with another name it
   is memory, which a context is not. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";
#define GLOBAL __attribute__((noinline))
#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx")))

struct registers { unsigned long r15; };
typedef struct registers bpf_user_pt_regs_t;
typedef bpf_user_pt_regs_t regs_alias;
struct bpf_user_pt_regs_t { unsigned long r15; };
struct pt_regs { unsigned long r15; };
typedef struct pt_regs regs_typedef;
union alike { unsigned long r15; };
struct bpf_perf_event_data { unsigned long r15; };
struct xdp_buff { unsigned data; };
struct sk_buff { unsigned len; };
enum kind { NONE };

/* each returns what is at the beginning: 8 bytes of memory too, where it is not the context */
GLOBAL long by_typedef(bpf_user_pt_regs_t *c) { return c ? c->r15 : 0; }
GLOBAL long by_const_typedef(const bpf_user_pt_regs_t *c) { return c ? c->r15 : 0; }
GLOBAL long by_alias(regs_alias *c) { return c ? c->r15 : 0; }
GLOBAL long by_other(struct registers *c) { return c ? c->r15 : 0; }
GLOBAL long by_declared(struct bpf_user_pt_regs_t *c) { return c ? c->r15 : 0; }
GLOBAL long by_regs(struct pt_regs *c) { return c ? c->r15 : 0; }
GLOBAL long by_regs_typedef(const volatile regs_typedef *c) { return c ? c->r15 : 0; }
GLOBAL long by_union(union alike *c) { return c ? c->r15 : 0; }
GLOBAL long by_perf(struct bpf_perf_event_data *c) { return c ? c->r15 : 0; }
GLOBAL long by_raw(struct bpf_raw_tracepoint_args *c) { return c ? c->args[0] : 0; }
GLOBAL long by_xdp_md(struct xdp_md *c) { return c ? c->ingress_ifindex : 0; }
GLOBAL long by_xdp_buff(struct xdp_buff *c) { return c ? 1 : 0; }
GLOBAL long by_skb(struct __sk_buff *c) { return c ? c->len : 0; }
GLOBAL long by_sk_buff(struct sk_buff *c) { return c ? c->len : 0; }
GLOBAL long by_enum(enum kind *c) { return c ? *c : 0; }
GLOBAL long by_long(unsigned long *c) { return c ? *c : 0; }
GLOBAL long by_tag(void *c __arg_ctx) { return bpf_get_attach_cookie(c); }
GLOBAL long by_tag_regs(struct pt_regs *c __arg_ctx) { return c->r15; }
GLOBAL long by_tag_other(struct registers *c __arg_ctx) { return c->r15; }
typedef const bpf_user_pt_regs_t regs_tag;
GLOBAL long by_tag_typedef(regs_tag *c __arg_ctx) { return c->r15; }
GLOBAL long by_tag_registers(const bpf_user_pt_regs_t *c __arg_ctx) { return c->r15; }
GLOBAL long by_tag_declared(struct bpf_user_pt_regs_t *c __arg_ctx) { return c->r15; }
GLOBAL long by_tag_int(unsigned *c __arg_ctx) { return c ? 1 : 2; }
GLOBAL long by_tag_anonymous(struct { long a; } *c __arg_ctx) { return c ? 1 : 2; }
GLOBAL long by_tag_long(unsigned long *c __arg_ctx) { return *c; }
GLOBAL long by_tag_skb(struct __sk_buff *c __arg_ctx) { return c->len; }
GLOBAL long by_tag_buff(struct sk_buff *c __arg_ctx) { return c->len; }

#define TRY(section, prefix, name) SEC(section) int prefix##_##name(void *c) { return by_##name(c); }
#define REGISTERS(section, prefix) TRY(section, prefix, typedef) TRY(section, prefix, const_typedef) TRY(section, prefix, alias) TRY(section, prefix, other) TRY(section, prefix, declared) TRY(section, prefix, regs) TRY(section, prefix, regs_typedef) TRY(section, prefix, union)
#define OTHERS(section, prefix) TRY(section, prefix, perf) TRY(section, prefix, xdp_md) TRY(section, prefix, xdp_buff) TRY(section, prefix, skb) TRY(section, prefix, sk_buff) TRY(section, prefix, enum) TRY(section, prefix, long) TRY(section, prefix, tag_other) TRY(section, prefix, tag_long) TRY(section, prefix, tag_regs)
REGISTERS("kprobe/do_nanosleep", k) OTHERS("kprobe/do_nanosleep", k) TRY("kprobe/do_nanosleep", k, tag) TRY("kprobe/do_nanosleep", k, tag_typedef) TRY("kprobe/do_nanosleep", k, tag_registers) TRY("kprobe/do_nanosleep", k, tag_declared)
REGISTERS("perf_event", pe) OTHERS("perf_event", pe) TRY("perf_event", pe, raw) TRY("perf_event", pe, tag) TRY("perf_event", pe, tag_typedef) TRY("perf_event", pe, tag_registers) TRY("perf_event", pe, tag_declared)
TRY("raw_tracepoint/sys_enter", rt, typedef) TRY("raw_tracepoint/sys_enter", rt, regs) OTHERS("raw_tracepoint/sys_enter", rt) TRY("raw_tracepoint/sys_enter", rt, raw) TRY("raw_tracepoint/sys_enter", rt, tag_registers) TRY("raw_tracepoint/sys_enter", rt, tag_int)
TRY("raw_tracepoint.w/bpf_test_finish", rw, raw) TRY("raw_tracepoint.w/bpf_test_finish", rw, regs) TRY("raw_tracepoint.w/bpf_test_finish", rw, tag_long)
TRY("tracepoint/syscalls/sys_enter_openat", tp, long) TRY("tracepoint/syscalls/sys_enter_openat", tp, regs) TRY("tracepoint/syscalls/sys_enter_openat", tp, tag) TRY("tracepoint/syscalls/sys_enter_openat", tp, tag_other) TRY("tracepoint/syscalls/sys_enter_openat", tp, typedef)
TRY("syscall", sc, tag_other) TRY("syscall", sc, tag_long)
TRY("xdp", x, xdp_md) TRY("xdp", x, xdp_buff) TRY("xdp", x, skb) TRY("xdp", x, sk_buff) TRY("xdp", x, typedef) TRY("xdp", x, declared) TRY("xdp", x, tag_other) TRY("xdp", x, tag_long) TRY("xdp", x, tag_registers)
TRY("tc", tc, skb) TRY("tc", tc, sk_buff) TRY("tc", tc, xdp_md) TRY("tc", tc, xdp_buff) TRY("tc", tc, declared) TRY("tc", tc, tag_skb) TRY("tc", tc, tag_buff) TRY("tc", tc, tag_other)
TRY("action", ac, skb) TRY("action", ac, sk_buff) TRY("action", ac, xdp_buff)
TRY("socket", so, skb) TRY("socket", so, sk_buff) TRY("socket", so, regs)
SEC("kprobe/do_nanosleep") int k_moved(void *c) { return by_regs(c + 8); }
SEC("kprobe/do_nanosleep") int k_number(struct pt_regs *c) { return by_regs((void *)c->r15); }
SEC("kprobe/do_nanosleep") int k_null(void *c) { return by_regs(0); }
SEC("kprobe/do_nanosleep") int k_stack(void *c) { struct pt_regs own = {1}; return by_regs(&own); }
SEC("kprobe/do_nanosleep") int k_stack_moved(void *c) { return by_regs((void *)c + (bpf_get_prandom_u32() & 8)); }
SEC("syscall") int sc_moved(void *c) { return by_tag_other(c + 8); }
