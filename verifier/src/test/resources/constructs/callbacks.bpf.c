/* SPDX-License-Identifier: Apache-2.0 */
#include "constructs.h"
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16); __type(key,__u32); __type(value, __u64);} hm SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 16); __type(key,__u32); __type(value, __u64);} am SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_HASH); __uint(max_entries, 16); __type(key,__u32); __type(value, __u64);} pm SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 16); __uint(map_flags,1); __type(key,__u64); __type(value, __u64);} lpm SEC(".maps");
struct ctxs { __u64 sum; __u32 n; char buf[32]; };
#define S SEC("kprobe/do_nanosleep")
static long each(void*m,__u32*k,__u64*v,struct ctxs*c){ c->sum+=*v; c->n++; return 0; }
static long each_wkey(void*m,__u32*k,__u64*v,struct ctxs*c){ *k=1; return 0; }
static long each_del(void*m,__u32*k,__u64*v,struct ctxs*c){ bpf_map_delete_elem(m,k); return *v>100; }
static long each_idx(void*m,__u32*k,__u64*v,struct ctxs*c){ if(c->n<32) c->buf[c->n]=1; c->n++; return 0; }
static long each_unb(void*m,__u32*k,__u64*v,struct ctxs*c){ c->buf[c->n]=1; c->n++; return 0; }
S int fe_ok(void*x){ struct ctxs c={}; bpf_for_each_map_elem(&hm,each,&c,0); return c.sum; }
S int fe_arr(void*x){ struct ctxs c={}; bpf_for_each_map_elem(&am,each,&c,0); return c.sum; }
S int fe_pcpu(void*x){ struct ctxs c={}; bpf_for_each_map_elem(&pm,each,&c,0); return c.sum; }
S int fe_lpm(void*x){ struct ctxs c={}; bpf_for_each_map_elem(&lpm,each,&c,0); return c.sum; }
S int fe_wkey(void*x){ struct ctxs c={}; bpf_for_each_map_elem(&hm,each_wkey,&c,0); return c.sum; }
S int fe_del(void*x){ struct ctxs c={}; bpf_for_each_map_elem(&hm,each_del,&c,0); return c.sum; }
S int fe_idx(void*x){ struct ctxs c={}; bpf_for_each_map_elem(&hm,each_idx,&c,0); return c.buf[3]; }
S int fe_unb(void*x){ struct ctxs c={}; bpf_for_each_map_elem(&hm,each_unb,&c,0); return c.buf[3]; }
S int fe_null(void*x){ bpf_for_each_map_elem(&hm,each,0,0); return 0; }
static long lp(__u32 i,struct ctxs*c){ if(i>=32) return 1; c->buf[i]=i; return 0; }
static long lp_unb(__u32 i,struct ctxs*c){ c->buf[i]=i; return 0; }
static long lp_nest(__u32 i,struct ctxs*c){ bpf_loop(4,lp,c,0); return 0; }
static long lp_map(__u32 i,void*c){ __u32 k=i; __u64*v=bpf_map_lookup_elem(&hm,&k); if(v) __sync_fetch_and_add(v,1); return 0; }
S int l_ok(void*x){ struct ctxs c={}; bpf_loop(100,lp,&c,0); return c.buf[1]; }
S int l_var(void*x){ struct ctxs c={}; bpf_loop(bpf_get_prandom_u32(),lp,&c,0); return c.buf[1]; }
S int l_unb(void*x){ struct ctxs c={}; bpf_loop(100,lp_unb,&c,0); return c.buf[1]; }
S int l_nest(void*x){ struct ctxs c={}; bpf_loop(100,lp_nest,&c,0); return c.buf[1]; }
S int l_map(void*x){ bpf_loop(100,lp_map,0,0); return 0; }
S int l_zero(void*x){ struct ctxs c={}; bpf_loop(0,lp_unb,&c,0); return c.buf[1]; }
S int l_flags(void*x){ struct ctxs c={}; bpf_loop(10,lp,&c,1); return c.buf[1]; }
static long lp_bad(__u32 i,struct ctxs*c){ return i; }
S int l_bad(void*x){ struct ctxs c={}; bpf_loop(10,lp_bad,&c,0); return c.buf[1]; }
