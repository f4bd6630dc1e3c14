/* SPDX-License-Identifier: Apache-2.0 */
#include "constructs.h"
struct val { int cnt; struct bpf_spin_lock lock; int after; };
struct tval { __u64 c; struct bpf_timer t; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16); __type(key,__u32); __type(value, struct val);} lm SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key,__u32); __type(value, struct tval);} tm SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key,__u32); __type(value, struct tval);} tm2 SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key,__u32); __type(value, struct tval);} nol SEC(".maps");
#define S SEC("tc")
#define L __u32 k=1; struct val*v=bpf_map_lookup_elem(&lm,&k); if(!v) return 0;
S int ok(void*c){ L bpf_spin_lock(&v->lock); v->cnt++; bpf_spin_unlock(&v->lock); return 0; }
SEC("kprobe/x") int trac(void*c){ L bpf_spin_lock(&v->lock); v->cnt++; bpf_spin_unlock(&v->lock); return 0; }
SEC("socket") int sockf(void*c){ L bpf_spin_lock(&v->lock); v->cnt++; bpf_spin_unlock(&v->lock); return 0; }
SEC("xdp") int xd(void*c){ L bpf_spin_lock(&v->lock); v->cnt++; bpf_spin_unlock(&v->lock); return 0; }
S int noun(void*c){ L bpf_spin_lock(&v->lock); v->cnt++; return 0; }
S int twice(void*c){ L bpf_spin_lock(&v->lock); bpf_spin_lock(&v->lock); bpf_spin_unlock(&v->lock); return 0; }
S int nolock(void*c){ L bpf_spin_unlock(&v->lock); return 0; }
S int callin(void*c){ L bpf_spin_lock(&v->lock); v->cnt=bpf_ktime_get_ns(); bpf_spin_unlock(&v->lock); return 0; }
S int direct(void*c){ L *(volatile int*)&v->lock=1; return 0; }
S int directr(void*c){ L return *(volatile int*)&v->lock; }
S int varacc(void*c){ L ((char*)v)[bpf_get_prandom_u32()&7]=1; return 0; }
S int off(void*c){ L bpf_spin_lock((void*)&v->after); bpf_spin_unlock((void*)&v->after); return 0; }
S int differ(void*c){ __u32 a=1,b=2; struct val*v=bpf_map_lookup_elem(&lm,&a),*w=bpf_map_lookup_elem(&lm,&b); if(!v||!w) return 0; bpf_spin_lock(&v->lock); bpf_spin_unlock(&w->lock); return 0; }
S int nobtfmap(void*c){ __u32 k=0; struct tval*v=bpf_map_lookup_elem(&nol,&k); if(!v) return 0; bpf_spin_lock((void*)v); return 0; }
static __attribute__((noinline)) int helper_static(struct val*v){ v->cnt+=3; return v->cnt; }
__attribute__((noinline)) int helper_glob(int v){ return v+1; }
S int callstatic(void*c){ L bpf_spin_lock(&v->lock); helper_static(v); bpf_spin_unlock(&v->lock); return 0; }
S int callglob(void*c){ L bpf_spin_lock(&v->lock); v->cnt=helper_glob(3); bpf_spin_unlock(&v->lock); return 0; }
S int branchy(void*c){ L bpf_spin_lock(&v->lock); if(v->cnt>3) { v->cnt=0; bpf_spin_unlock(&v->lock); return 1;} v->cnt++; bpf_spin_unlock(&v->lock); return 0; }
S int update(void*c){ struct val x={}; __u32 k=3; bpf_map_update_elem(&lm,&k,&x,0); return 0; }
S int helpmem(void*c){ L bpf_map_update_elem(&lm,&k,v,0); return 0; }
#define T __u32 k=0; struct tval*v=bpf_map_lookup_elem(&tm,&k); if(!v) return 0;
static int cbf(void*map,__u32*key,struct tval*v){ v->c++; bpf_timer_start(&v->t,1000,0); return 0; }
static int cbf_bad(void*map,__u32*key,struct tval*v){ return 1; }
static int cbf_oob(void*map,__u32*key,struct tval*v){ return ((char*)v)[24]; }
S int t_ok(void*c){ T bpf_timer_init(&v->t,&tm,1); bpf_timer_set_callback(&v->t,cbf); bpf_timer_start(&v->t,100,0); bpf_timer_cancel(&v->t); return 0; }
SEC("kprobe/x") int t_trac(void*c){ T bpf_timer_init(&v->t,&tm,1); return 0; }
SEC("socket") int t_sock(void*c){ T bpf_timer_init(&v->t,&tm,1); return 0; }
S int t_badret(void*c){ T bpf_timer_init(&v->t,&tm,1); bpf_timer_set_callback(&v->t,cbf_bad); return 0; }
S int t_oob(void*c){ T bpf_timer_init(&v->t,&tm,1); bpf_timer_set_callback(&v->t,cbf_oob); return 0; }
S int t_othermap(void*c){ T bpf_timer_init(&v->t,&tm2,1); return 0; }
S int t_direct(void*c){ T *(volatile long*)&v->t=1; return 0; }
S int t_off(void*c){ T bpf_timer_init((void*)&v->c,&tm,1); return 0; }
S int lockontimer(void*c){ T bpf_spin_lock((void*)&v->t); return 0; }
