/* SPDX-License-Identifier: Apache-2.0 */
#include "constructs.h"
#include <bpf/bpf_endian.h>
struct pair { __u64 a, b; };
__attribute__((noinline)) int gskb(struct __sk_buff *s) { return s->len; }
__attribute__((noinline)) int gpull(struct __sk_buff *s) { return bpf_skb_pull_data(s, 20); }
__attribute__((noinline)) int gmem(struct pair *p) { if(!p) return 0; p->a=3; return p->b; }
SEC("tc") int tc_g(struct __sk_buff*s){ return gskb(s); }
SEC("tc") int tc_pull_stale(struct __sk_buff*s){ void*d=(void*)(long)s->data,*e=(void*)(long)s->data_end; if(d+20>e) return 0; gpull(s); return *(__u8*)d; }
SEC("tc") int tc_pull_ok(struct __sk_buff*s){ gpull(s); void*d=(void*)(long)s->data,*e=(void*)(long)s->data_end; if(d+20>e) return 0; return *(__u8*)d; }
SEC("tc") int tc_pktmem(struct __sk_buff*s){ void*d=(void*)(long)s->data,*e=(void*)(long)s->data_end; if(d+20>e) return 0; return gmem(d); }
SEC("xdp") int x_pktmem(struct xdp_md*s){ void*d=(void*)(long)s->data,*e=(void*)(long)s->data_end; if(d+20>e) return 0; return gmem(d+2); }
SEC("xdp") int x_pktmem_bad(struct xdp_md*s){ void*d=(void*)(long)s->data,*e=(void*)(long)s->data_end; if(d+12>e) return 0; return gmem(d); }
SEC("socket") int sf(struct __sk_buff*s){ return gskb(s); }
