/* SPDX-License-Identifier: Apache-2.0 */
#include "constructs.h"
struct pair { __u64 a, b; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16); __type(key, __u32); __type(value, struct pair);} m SEC(".maps");
__attribute__((noinline)) int add(int a, int b) { volatile int c=a+b; return c; }
__attribute__((noinline)) int touch(struct pair *p) { if(!p) return 0; p->a++; return p->b; }
__attribute__((noinline)) int touchnn(struct pair *p __arg_nonnull) { p->a++; return p->b; }
__attribute__((noinline)) int nocheck(struct pair *p) { p->a++; return p->b; }
__attribute__((noinline)) long useptregs(struct pt_regs *c) { return c->rdi; }
__attribute__((noinline)) long usetagctx(void *c __arg_ctx) { return bpf_get_attach_cookie(c); }
__attribute__((noinline)) int outer(int a, struct pair *p) { return add(a,3)+touch(p); }
__attribute__((noinline)) struct pair *retptr(struct pair *p) { return p; }
__attribute__((noinline)) void retvoid(struct pair *p) { if(p) p->a=1; }
__attribute__((noinline)) long voidptr(void *p) { return (long)p; }
__attribute__((noinline)) long charp(char *p) { return p? *p:0; }
__attribute__((noinline)) long u64v(__u64 v) { return v*3; }
__attribute__((noinline)) long notcalled_bad(struct pair *p) { return p->a; }
SEC("kprobe/do_nanosleep") int k_add(struct pt_regs*c){ return add(1,2); }
SEC("kprobe/do_nanosleep") int k_addptr(struct pt_regs*c){ int x=1; return add((int)(long)c,2)+x; }
SEC("kprobe/do_nanosleep") int k_touch(struct pt_regs*c){ struct pair p={1,2}; return touch(&p)+touch(0); }
SEC("kprobe/do_nanosleep") int k_touchmap(struct pt_regs*c){ __u32 k=1; struct pair *p=bpf_map_lookup_elem(&m,&k); return touch(p); }
SEC("kprobe/do_nanosleep") int k_touchnn(struct pt_regs*c){ struct pair p={1,2}; return touchnn(&p); }
SEC("kprobe/do_nanosleep") int k_touchnnmaybe(struct pt_regs*c){ __u32 k=1; struct pair *p=bpf_map_lookup_elem(&m,&k); return touchnn(p); }
SEC("kprobe/do_nanosleep") int k_nocheck(struct pt_regs*c){ struct pair p={1,2}; return nocheck(&p); }
SEC("kprobe/do_nanosleep") int k_ptregs(struct pt_regs*c){ return useptregs(c); }
SEC("kprobe/do_nanosleep") int k_tagctx(struct pt_regs*c){ return usetagctx(c); }
SEC("tracepoint/syscalls/sys_enter_openat") int t_tagctx(void*c){ return usetagctx(c); }
SEC("tracepoint/syscalls/sys_enter_openat") int t_ptregs(void*c){ return useptregs(c); }
SEC("perf_event") int pe_ptregs(struct bpf_perf_event_data*c){ return useptregs(&c->regs); }
SEC("perf_event") int pe_tagctx(struct bpf_perf_event_data*c){ return usetagctx(c); }
SEC("raw_tracepoint/sys_enter") int rt_tagctx(void*c){ return usetagctx(c); }
SEC("kprobe/do_nanosleep") int k_outer(struct pt_regs*c){ struct pair p={1,2}; return outer(c->rdi,&p); }
SEC("kprobe/do_nanosleep") int k_retptr(struct pt_regs*c){ struct pair p={1,2}; return (long)retptr(&p); }
SEC("kprobe/do_nanosleep") int k_retvoid(struct pt_regs*c){ struct pair p={1,2}; retvoid(&p); return 0; }
SEC("kprobe/do_nanosleep") int k_voidptr(struct pt_regs*c){ struct pair p={1,2}; return voidptr(&p); }
SEC("kprobe/do_nanosleep") int k_charp(struct pt_regs*c){ char a[8]="abc"; return charp(a); }
SEC("kprobe/do_nanosleep") int k_u64(struct pt_regs*c){ return u64v(c->rsi); }
SEC("kprobe/do_nanosleep") int k_scalar_as_mem(struct pt_regs*c){ return touch((void*)c->rdi); }
SEC("kprobe/do_nanosleep") int k_small(struct pt_regs*c){ __u64 x=1; return touch((void*)&x); }
__attribute__((noinline)) int rec(int a) { if (a > 3) return 1; return rec(a+1)+1; }
SEC("kprobe/do_nanosleep") int k_rec(struct pt_regs*c){ return rec(c->rdi); }
