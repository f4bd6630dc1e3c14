/* SPDX-License-Identifier: Apache-2.0 */
#include "constructs.h"
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096);} rb SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_USER_RINGBUF); __uint(max_entries, 4096);} urb SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key,__u32); __type(value, char[64]);} am SEC(".maps");
extern void *bpf_dynptr_slice(const struct bpf_dynptr *p, __u32 off, void *buf, __u32 sz) __weak __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *p, __u32 off, void *buf, __u32 sz) __weak __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *p, __u32 s, __u32 e) __weak __ksym;
extern bool bpf_dynptr_is_null(const struct bpf_dynptr *p) __weak __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *p) __weak __ksym;
#define S SEC("tp/syscalls/sys_enter_openat")
S int rb_ok(void*c){ struct bpf_dynptr p; __u64 v=7; bpf_ringbuf_reserve_dynptr(&rb,32,0,&p); bpf_dynptr_write(&p,0,&v,8,0); bpf_ringbuf_submit_dynptr(&p,0); return 0; }
S int rb_leak(void*c){ struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&rb,32,0,&p); return 0; }
S int rb_twice(void*c){ struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&rb,32,0,&p); bpf_ringbuf_submit_dynptr(&p,0); bpf_ringbuf_submit_dynptr(&p,0); return 0; }
S int rb_data(void*c){ struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&rb,32,0,&p); __u64*d=bpf_dynptr_data(&p,0,8); if(d) *d=3; bpf_ringbuf_discard_dynptr(&p,0); return 0; }
S int rb_data_stale(void*c){ struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&rb,32,0,&p); __u64*d=bpf_dynptr_data(&p,0,8); bpf_ringbuf_discard_dynptr(&p,0); if(d) *d=3; return 0; }
S int rb_data_oob(void*c){ struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&rb,32,0,&p); __u64*d=bpf_dynptr_data(&p,0,8); if(d) d[1]=3; bpf_ringbuf_discard_dynptr(&p,0); return 0; }
S int rb_data_null(void*c){ struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&rb,32,0,&p); __u64*d=bpf_dynptr_data(&p,0,8); *d=3; bpf_ringbuf_discard_dynptr(&p,0); return 0; }
S int rb_overwrite(void*c){ struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&rb,32,0,&p); *(volatile __u64*)&p=1; bpf_ringbuf_discard_dynptr(&p,0); return 0; }
S int rb_overread(void*c){ struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&rb,32,0,&p); long x=*(volatile __u64*)&p; bpf_ringbuf_discard_dynptr(&p,0); return x; }
S int rb_reinit(void*c){ struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&rb,32,0,&p); bpf_ringbuf_reserve_dynptr(&rb,32,0,&p); bpf_ringbuf_discard_dynptr(&p,0); return 0; }
S int mem_ok(void*c){ struct bpf_dynptr p; __u32 k=0; char b[8]; void*v=bpf_map_lookup_elem(&am,&k); if(!v) return 0; bpf_dynptr_from_mem(v,64,0,&p); bpf_dynptr_read(b,8,&p,4,0); return b[0]; }
S int mem_stack(void*c){ struct bpf_dynptr p; char b[8]={}; bpf_dynptr_from_mem(b,8,0,&p); return 0; }
S int mem_submit(void*c){ struct bpf_dynptr p; __u32 k=0; void*v=bpf_map_lookup_elem(&am,&k); if(!v) return 0; bpf_dynptr_from_mem(v,64,0,&p); bpf_ringbuf_submit_dynptr(&p,0); return 0; }
S int mem_overwrite(void*c){ struct bpf_dynptr p; __u32 k=0; void*v=bpf_map_lookup_elem(&am,&k); if(!v) return 0; bpf_dynptr_from_mem(v,64,0,&p); char*d=bpf_dynptr_data(&p,0,4); *(volatile __u64*)&p=1; if(d) return *d; return 0; }
S int mem_overwrite2(void*c){ struct bpf_dynptr p; char b[4]; __u32 k=0; void*v=bpf_map_lookup_elem(&am,&k); if(!v) return 0; bpf_dynptr_from_mem(v,64,0,&p); *(volatile __u64*)&p=1; bpf_dynptr_read(b,4,&p,0,0); return 0; }
S int mem_big(void*c){ struct bpf_dynptr p; __u32 k=0; void*v=bpf_map_lookup_elem(&am,&k); if(!v) return 0; bpf_dynptr_from_mem(v,65,0,&p); return 0; }
S int noinit(void*c){ struct bpf_dynptr p; char b[4]; bpf_dynptr_read(b,4,&p,0,0); return 0; }
S int slice_ok(void*c){ struct bpf_dynptr p; __u32 k=0; char b[8]; void*v=bpf_map_lookup_elem(&am,&k); if(!v) return 0; bpf_dynptr_from_mem(v,64,0,&p); char*s=bpf_dynptr_slice(&p,3,b,8); return s?s[7]:0; }
S int slice_write(void*c){ struct bpf_dynptr p; __u32 k=0; char b[8]; void*v=bpf_map_lookup_elem(&am,&k); if(!v) return 0; bpf_dynptr_from_mem(v,64,0,&p); char*s=bpf_dynptr_slice(&p,3,b,8); if(s) s[7]=1; return 0; }
S int slice_rdwr(void*c){ struct bpf_dynptr p; __u32 k=0; char b[8]; void*v=bpf_map_lookup_elem(&am,&k); if(!v) return 0; bpf_dynptr_from_mem(v,64,0,&p); char*s=bpf_dynptr_slice_rdwr(&p,3,0,8); if(s) s[7]=1; return 0; }
S int slice_varsize(void*c){ struct bpf_dynptr p; __u32 k=0; char b[8]; void*v=bpf_map_lookup_elem(&am,&k); if(!v) return 0; bpf_dynptr_from_mem(v,64,0,&p); char*s=bpf_dynptr_slice(&p,3,b,bpf_get_prandom_u32()&7); return s?s[0]:0; }
S int adj(void*c){ struct bpf_dynptr p; __u32 k=0; void*v=bpf_map_lookup_elem(&am,&k); if(!v) return 0; bpf_dynptr_from_mem(v,64,0,&p); bpf_dynptr_adjust(&p,2,8); return bpf_dynptr_size(&p)+bpf_dynptr_is_null(&p); }
static long cb(struct bpf_dynptr *d, void *ctx){ long x=0; bpf_dynptr_read(&x,sizeof x,d,0,0); *(long*)ctx+=x; return 0; }
static long cb_write(struct bpf_dynptr *d, void *ctx){ *(volatile long*)d=1; return 0; }
static long cb_bad(struct bpf_dynptr *d, void *ctx){ return 2; }
static long cb_data(struct bpf_dynptr *d, void *ctx){ char*p=bpf_dynptr_data(d,0,4); return p? *p&1:1; }
static long cb_submit(struct bpf_dynptr *d, void *ctx){ bpf_ringbuf_submit_dynptr(d,0); return 0; }
S int drain(void*c){ long s=0; bpf_user_ringbuf_drain(&urb,cb,&s,0); return s; }
S int drain_write(void*c){ long s=0; bpf_user_ringbuf_drain(&urb,cb_write,&s,0); return s; }
S int drain_bad(void*c){ long s=0; bpf_user_ringbuf_drain(&urb,cb_bad,&s,0); return s; }
S int drain_data(void*c){ long s=0; bpf_user_ringbuf_drain(&urb,cb_data,&s,0); return s; }
S int drain_submit(void*c){ long s=0; bpf_user_ringbuf_drain(&urb,cb_submit,&s,0); return s; }
S int drain_rb(void*c){ long s=0; bpf_user_ringbuf_drain(&rb,cb,&s,0); return s; }
__attribute__((noinline)) int gdyn(struct bpf_dynptr *d){ char b[4]; return bpf_dynptr_read(b,4,d,0,0); }
S int glob_dyn(void*c){ struct bpf_dynptr p; __u32 k=0; void*v=bpf_map_lookup_elem(&am,&k); if(!v) return 0; bpf_dynptr_from_mem(v,64,0,&p); return gdyn(&p); }
static __attribute__((noinline)) int sdyn(struct bpf_dynptr *d){ char b[4]; return bpf_dynptr_read(b,4,d,0,0); }
S int stat_dyn(void*c){ struct bpf_dynptr p; __u32 k=0; void*v=bpf_map_lookup_elem(&am,&k); if(!v) return 0; bpf_dynptr_from_mem(v,64,0,&p); return sdyn(&p); }
S int loop_dyn(void*c){ for(int i=0;i<20;i++){ struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&rb,32,0,&p); bpf_dynptr_write(&p,0,&i,4,0); bpf_ringbuf_submit_dynptr(&p,0);} return 0; }
