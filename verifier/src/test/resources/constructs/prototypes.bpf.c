/* SPDX-License-Identifier: Apache-2.0 */
/* What the parameters of a global function may be, and what a call may pass for each. */
#include "constructs.h"

#define GLOBAL __attribute__((noinline))
#define __arg_trusted __attribute__((btf_decl_tag("arg:trusted")))
#define __arg_nullable __attribute__((btf_decl_tag("arg:nullable")))
#define K SEC("kprobe/do_nanosleep")

struct pair { __u64 a, b; };
struct locked { int count; struct bpf_spin_lock lock; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16); __type(key, __u32); __type(value, struct pair); } m SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16); __type(key, __u32); __type(value, struct locked); } lm SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __uint(map_flags, BPF_F_RDONLY_PROG); __type(key, __u32); __type(value, struct pair); } ro SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __uint(map_flags, BPF_F_WRONLY_PROG); __type(key, __u32); __type(value, struct pair); } wo SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } rb SEC(".maps");
struct bpf_iter_num { __u64 opaque; } __attribute__((aligned(8)));
extern int bpf_iter_num_new(struct bpf_iter_num *it, int from, int to) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;

/* ---- results and numbers */
enum mode { OFF, ON };
GLOBAL enum mode genum(enum mode e) { return e + 1; }
GLOBAL bool gbool(bool b) { return !b; }
GLOBAL float *gfloatp(float *f) { return f; }
typedef int number;
GLOBAL number gtypedef(volatile number n) { return n + 1; }
GLOBAL long gnothing(void) { return bpf_get_prandom_u32(); }
GLOBAL long gfive(long a, long b, long c, long d, long e) { return a + b * 2 + c * 3 + d * 4 + e * 5; }
K int k_enum(void *c) { return genum(bpf_get_prandom_u32()); }
K int k_bool(void *c) { return gbool(bpf_get_prandom_u32() & 1); }
K int k_floatp(void *c) { float f = 0; return (long)gfloatp(&f); }
K int k_typedef(void *c) { return gtypedef(bpf_get_prandom_u32()); }
K int k_nothing(void *c) { return gnothing(); }
K int k_five(void *c) { return gfive(1, 2, 3, 4, bpf_get_prandom_u32()); }
K int k_pointer_for_a_number(void *c) { return gfive(1, 2, 3, 4, (long)c); }
K int k_unset_for_a_number(void *c) { asm volatile("r1 = 1; r2 = 2; r3 = 3; r4 = 4; call gfive; if r0 == 0 goto +0" ::: "r0", "r1", "r2", "r3", "r4", "r5"); return gfive(1, 2, 3, 4, 5); }

/* ---- memory */
union either { __u32 a; char b[12]; };
struct missing;
GLOBAL int ginit(int *p) { return p ? *p : 0; }
GLOBAL int glong(long *p) { return p ? *p : 0; }
GLOBAL int gpp(long **p) { return p ? (long)*p : 0; }
GLOBAL int garray(char (*p)[12]) { return p ? (*p)[11] : 0; }
GLOBAL int gmatrix(short (*p)[2][3]) { return p ? (*p)[1][2] : 0; }
GLOBAL int gunion(union either *p) { return p ? p->b[11] : 0; }
GLOBAL int gunionpast(union either *p) { return p ? p->b[12] : 0; }
GLOBAL int genump(enum mode *p) { return p ? *p : 0; }
GLOBAL int gconst(const volatile struct pair *p) { return p ? p->b : 0; }
GLOBAL int gfunction(int (*f)(int)) { return f ? 1 : 2; }
GLOBAL int gmissing(struct missing *p) { return p ? 1 : 2; }
GLOBAL int gpair(struct pair *p) { if (!p) return 0; p->a++; return p->b; }
GLOBAL int gpairpast(struct pair *p) { return p ? *(char *)(p + 1) : 0; }
GLOBAL int gtwo(struct pair *p __arg_nonnull, struct pair *q) { if (q) p->a += q->a; return p->b; }
GLOBAL int gtwobad(struct pair *p __arg_nonnull, struct pair *q) { return p->b + q->b; }
GLOBAL int gsecond(long n, struct pair *q __arg_nonnull) { return q->b + n; }
GLOBAL int gothertag(struct pair *p __attribute__((btf_decl_tag("user:nonnull")))) { return p ? p->b : 1; }
GLOBAL int gothertagbad(struct pair *p __attribute__((btf_decl_tag("arg_nonnull")))) { return p->b; }
GLOBAL int gnullable(struct pair *p __arg_nullable) { return p ? p->b : 1; }
GLOBAL int gunknowntag(struct pair *p __attribute__((btf_decl_tag("arg:borrowed")))) { return p ? p->b : 1; }
GLOBAL int gtaggednumber(long n __arg_nonnull) { return n + 1; }
GLOBAL int gctxnonnull(void *c __arg_ctx __arg_nonnull) { return bpf_get_attach_cookie(c); }
GLOBAL int gctxnumber(long c __arg_ctx) { return c + 1; }
#define OWN(p) struct pair p; p.a = bpf_get_prandom_u32(); p.b = 1;
K int k_int(void *c) { int x = 1; return ginit(&x); }
K int k_int_of_three(void *c) { char x[4] = {1}; return ginit((void *)(x + 1)); }
K int k_int_for_a_long(void *c) { int x[4] = {1}; return glong((void *)(x + 3)); }
K int k_pp(void *c) { long x = 1, *p = &x; return gpp(&p); }
K int k_array(void *c) { char x[12] = {1}; return garray(&x); }
K int k_array_short(void *c) { char x[16] = {1}; return garray((void *)(x + 5)); }
K int k_matrix(void *c) { short x[2][3] = {{1}}; return gmatrix(&x); }
K int k_matrix_short(void *c) { short x[8] = {1}; return gmatrix((void *)(x + 3)); }
K int k_union(void *c) { union either x = {1}; return gunion(&x); }
K int k_union_past(void *c) { char x[16] = {1}; return gunionpast((void *)x); }
K int k_enump(void *c) { enum mode x = ON; return genump(&x); }
K int k_const(void *c) { struct pair x = {1}; return gconst(&x); }
K int k_function(void *c) { return gfunction(0); }
K int k_missing(void *c) { return gmissing(0); }
K int k_pair_past(void *c) { struct pair x[2] = {{1}}; return gpairpast(x); }
K int k_two(void *c) { struct pair p = {1, 2}, q = {3, 4}; return gtwo(&p, &q) + gtwo(&q, 0); }
K int k_two_wrong(void *c) { __u32 k = 1; struct pair q = {3, 4}; return gtwo(bpf_map_lookup_elem(&m, &k), &q); }
K int k_two_bad(void *c) { OWN(p) OWN(q) return gtwobad(&p, &q); }
K int k_second(void *c) { OWN(p) return gsecond(3, &p); }
K int k_second_maybe(void *c) { __u32 k = 1; return gsecond(3, bpf_map_lookup_elem(&m, &k)); }
K int k_other_tag(void *c) { struct pair p = {1, 2}; return gothertag(&p); }
K int k_other_tag_bad(void *c) { OWN(p) return gothertagbad(&p); }
K int k_nullable(void *c) { struct pair p = {1, 2}; return gnullable(&p); }
K int k_unknown_tag(void *c) { struct pair p = {1, 2}; return gunknowntag(&p); }
K int k_tagged_number(void *c) { return gtaggednumber(1); }
K int k_ctx_nonnull(void *c) { return gctxnonnull(c); }
K int k_ctx_number(void *c) { return gctxnumber((long)c); }
K int k_pair_null(void *c) { return gpair(0); }
K int k_pair_value(void *c) { __u32 k = 1; struct pair *p = bpf_map_lookup_elem(&m, &k); return p ? gpair(p) : 0; }
K int k_pair_value_moved(void *c) { __u32 k = 1; struct pair *p = bpf_map_lookup_elem(&m, &k); return p ? gpair((void *)p + 1) : 0; }
K int k_pair_value_unchecked(void *c) { __u32 k = 1; return gpair(bpf_map_lookup_elem(&m, &k)); }
K int k_pair_value_stays_unchecked(void *c) { __u32 k = 1; struct pair *p = bpf_map_lookup_elem(&m, &k); gpair(p); return p->a; }
K int k_pair_read_only(void *c) { __u32 k = 0; struct pair *p = bpf_map_lookup_elem(&ro, &k); return p ? gpair(p) : 0; }
K int k_pair_write_only(void *c) { __u32 k = 0; struct pair *p = bpf_map_lookup_elem(&wo, &k); return p ? gpair(p) : 0; }
K int k_pair_record(void *c) { struct pair *p = bpf_ringbuf_reserve(&rb, sizeof(*p), 0); if (!p) return 0; int r = gpair(p); bpf_ringbuf_submit(p, 0); return r; }
K int k_pair_record_unchecked(void *c) { struct pair *p = bpf_ringbuf_reserve(&rb, sizeof(*p), 0); int r = gpair(p); if (p) bpf_ringbuf_submit(p, 0); return r; }
K int k_pair_record_short(void *c) { struct pair *p = bpf_ringbuf_reserve(&rb, 8, 0); if (!p) return 0; int r = gpair(p); bpf_ringbuf_submit(p, 0); return r; }
K int k_int_element(void *c) { struct bpf_iter_num it; int r = 0, *p; bpf_iter_num_new(&it, 0, 3); p = bpf_iter_num_next(&it); if (p) r = ginit(p); bpf_iter_num_destroy(&it); return r; }
K int k_pair_context(void *c) { return gpair(c); }
K int k_pair_number(struct pt_regs *c) { return gpair((void *)c->rdi); }
static long turn(void *map, __u32 *k, struct pair *v, void *c) { return ginit((int *)k) & 1; }
K int k_int_key(void *c) { bpf_for_each_map_elem(&m, turn, 0, 0); return 0; }
K int k_pair_of_the_stack_not_written(void *c) { struct pair p; asm volatile("" : "=m"(p)); return gpair(&p); }
K int k_second_call_same_place(void *c) { struct pair p = {1, 2}; int r = 0; for (int i = 0; i < 3; i++) r += gpair(&p); return r; }
SEC("tc") int tc_locked(void *c) { __u32 k = 1; struct locked *v = bpf_map_lookup_elem(&lm, &k); if (!v) return 0; bpf_spin_lock(&v->lock); v->count = gtypedef(1); bpf_spin_unlock(&v->lock); return 0; }
SEC("tc") int tc_unlocked(void *c) { __u32 k = 1; struct locked *v = bpf_map_lookup_elem(&lm, &k); if (!v) return 0; bpf_spin_lock(&v->lock); v->count = 1; bpf_spin_unlock(&v->lock); return gtypedef(1); }
SEC("tc") int tc_int_lock(void *c) { __u32 k = 1; struct locked *v = bpf_map_lookup_elem(&lm, &k); return v ? ginit(&v->count) : 0; }
SEC("tc") int tc_long_lock(void *c) { __u32 k = 1; struct locked *v = bpf_map_lookup_elem(&lm, &k); return v ? glong((void *)v) : 0; }
SEC("tc") int tc_pair_metadata(struct __sk_buff *s) { void *d = (void *)(long)s->data, *e = (void *)(long)s->data_meta; if (e + 16 > d) return 0; return gpair(e); }
SEC("tc") int tc_pair_packet_end(struct __sk_buff *s) { return gpair((void *)(long)s->data_end); }
SEC("tc") int tc_pair_packet_moved(struct __sk_buff *s) { void *d = (void *)(long)s->data, *e = (void *)(long)s->data_end; if (d + 20 > e) return 0; return gpair(d + 4); }
SEC("tc") int tc_pair_packet_too_far(struct __sk_buff *s) { void *d = (void *)(long)s->data, *e = (void *)(long)s->data_end; if (d + 20 > e) return 0; return gpair(d + 5); }
SEC("tc") int tc_pair_socket(struct __sk_buff *s) { struct bpf_sock *k = s->sk; return k ? gpair((void *)k) : 0; }

/* ---- pointers to kernel structs */
struct task_struct;
GLOBAL long gtask(struct task_struct *t __arg_trusted) { return t ? 1 : 2; }
GLOBAL long gtaskornull(struct task_struct *t __arg_trusted __arg_nullable) { return t ? 1 : 2; }
GLOBAL long gtasknonnull(struct task_struct *t __arg_trusted __arg_nonnull) { return t ? 1 : 2; }
GLOBAL long gtrustedlong(long *t __arg_trusted) { return t ? 1 : 2; }
K int k_task(void *c) { return gtask((void *)bpf_get_current_task_btf()); }
K int k_task_moved(void *c) { return gtask((void *)bpf_get_current_task_btf() + 8); }
K int k_task_null(void *c) { return gtask(0); }
K int k_task_context(void *c) { return gtask(c); }
K int k_task_value(void *c) { __u32 k = 1; return gtask(bpf_map_lookup_elem(&m, &k)); }
K int k_task_or_null(void *c) { return gtaskornull((void *)bpf_get_current_task_btf()) + gtaskornull(0); }
K int k_task_or_null_number(void *c) { return gtaskornull((void *)(long)(bpf_get_prandom_u32() & 1)); }
K int k_task_nonnull(void *c) { return gtasknonnull((void *)bpf_get_current_task_btf()); }
K int k_task_registers(void *c) { return gtask((void *)bpf_task_pt_regs((void *)bpf_get_current_task_btf())); }
K int k_trusted_long(void *c) { return gtrustedlong(0); }

/* ---- what is left */
struct empty {};
GLOBAL int gempty(struct empty *p) { return p ? 1 : 2; }
extern void *bpf_dynptr_slice(const struct bpf_dynptr *p, __u32 off, void *buf, __u32 sz) __weak __ksym;
K int k_empty(void *c) { struct pair p = {1, 2}; return gempty((void *)&p); }
K int k_empty_null(void *c) { return gempty(0); }
K int k_empty_number(struct pt_regs *c) { return gempty((void *)c->rdi); }
SEC("tc") int tc_empty_packet_end(struct __sk_buff *s) { return gempty((void *)(long)s->data_end); }
K int k_int_slice_unchecked(void *c) { struct bpf_dynptr d; struct pair p = {1, 2}; bpf_dynptr_from_mem(&p, sizeof(p), 0, &d); return ginit(bpf_dynptr_slice(&d, 0, 0, 4)); }
K int k_int_slice(void *c) { __u32 k = 1; struct pair *v = bpf_map_lookup_elem(&m, &k); struct bpf_dynptr d; if (!v) return 0; bpf_dynptr_from_mem(v, sizeof(*v), 0, &d); return ginit(bpf_dynptr_slice(&d, 0, 0, 4)); }
K int k_int_of_a_dynptr(void *c) { __u32 k = 1; struct pair *v = bpf_map_lookup_elem(&m, &k); struct bpf_dynptr d; if (!v) return 0; bpf_dynptr_from_mem(v, sizeof(*v), 0, &d); return ginit(bpf_dynptr_data(&d, 0, 4)); }
SEC("tc") int tc_sock_for_a_task(struct __sk_buff *s) { struct bpf_sock *k = s->sk; return k ? gtaskornull((void *)bpf_skc_to_tcp_sock(k)) : 0; }
GLOBAL int gtwonullable(struct pair *p, struct pair *q) { return p ? q->b : 1; }
K int k_two_nullable(void *c) { OWN(p) OWN(q) return gtwonullable(&p, &q); }
