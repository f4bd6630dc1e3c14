/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
struct icmphdr { __u8 type, code; __sum16 checksum; __u32 rest; };
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
char LICENSE[] SEC("license")="GPL";
struct fk { __u32 s,d; __u16 sp,dp; __u8 p; __u8 pad[3]; };
struct fv { __u64 pk, by, ts; };
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 1024); __type(key, struct fk); __type(value, struct fv);} flows SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 256); __type(key, __u32); __type(value, struct fv);} stats SEC(".maps");
struct lk { __u32 len; __u32 a; };
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(map_flags,1); __uint(max_entries, 1024); __type(key, struct lk); __type(value, __u32);} lpm SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 8); __type(key, __u32); __type(value, __u32);} jmp SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size,4); __uint(value_size,4);} ev SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096);} rb SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64);} cfg SEC(".maps");
struct hdr { struct ethhdr *e; struct iphdr *i; struct ipv6hdr *i6; void *l4; __u8 proto; };
struct vlan { __be16 tci, proto; };
static __always_inline int parse(void*d, void*e, struct fk*k){ struct ethhdr*h=d; if((void*)(h+1)>e) return -1; __u16 t=h->h_proto; void*p=h+1;
#pragma unroll
 for(int i=0;i<2;i++) if(t==bpf_htons(ETH_P_8021Q)||t==bpf_htons(ETH_P_8021AD)){ struct vlan*v=p; if((void*)(v+1)>e) return -1; t=v->proto; p=v+1; }
 if(t!=bpf_htons(ETH_P_IP)) return -1; struct iphdr*ip=p; if((void*)(ip+1)>e) return -1; int l=ip->ihl*4; if(l<20) return -1; if(p+l>e) return -1; k->s=ip->saddr;k->d=ip->daddr;k->p=ip->protocol; void*q=p+l;
 if(ip->protocol==IPPROTO_TCP){ struct tcphdr*t=q; if((void*)(t+1)>e) return -1; k->sp=t->source;k->dp=t->dest; } else if(ip->protocol==IPPROTO_UDP){ struct udphdr*u=q; if((void*)(u+1)>e) return -1; k->sp=u->source;k->dp=u->dest;}
 return 0; }
static __always_inline void count(struct fk*k,__u64 len){ struct fv*v=bpf_map_lookup_elem(&flows,k); if(v){ __sync_fetch_and_add(&v->pk,1); __sync_fetch_and_add(&v->by,len); v->ts=bpf_ktime_get_ns(); } else { struct fv n={1,len,0}; bpf_map_update_elem(&flows,k,&n,BPF_ANY);} }
SEC("xdp") int xdp_flow(struct xdp_md*c){ void*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; struct fk k={}; if(parse(d,e,&k)) return XDP_PASS; count(&k,e-d); return XDP_PASS; }
SEC("tc") int tc_flow(struct __sk_buff*c){ void*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; struct fk k={}; if(parse(d,e,&k)) return TC_ACT_OK; count(&k,c->len); return TC_ACT_OK; }
SEC("xdp") int xdp_drop_lpm(struct xdp_md*c){ void*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; struct ethhdr*h=d; struct iphdr*i=d+14; if((void*)(i+1)>e) return XDP_PASS; struct lk k={32,i->saddr}; __u32*v=bpf_map_lookup_elem(&lpm,&k); if(v) return *v; __u32 x=i->protocol; struct fv*s=bpf_map_lookup_elem(&stats,&x); if(s){s->pk++;s->by+=e-d;} return XDP_PASS; }
static __always_inline __u16 fold(__u32 c){ c=(c&0xffff)+(c>>16); c=(c&0xffff)+(c>>16); return ~c; }
SEC("xdp") int xdp_swap(struct xdp_md*c){ void*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; struct ethhdr*h=d; struct iphdr*i=(void*)(h+1); struct icmphdr*ic=(void*)(i+1); if((void*)(ic+1)>e) return XDP_PASS; if(i->protocol!=1||ic->type!=8) return XDP_PASS; __u8 t[6]; __builtin_memcpy(t,h->h_source,6); __builtin_memcpy(h->h_source,h->h_dest,6); __builtin_memcpy(h->h_dest,t,6); __u32 s=i->saddr; i->saddr=i->daddr; i->daddr=s; struct icmphdr o=*ic; ic->type=0; ic->checksum=fold(bpf_csum_diff((void*)&o,8,(void*)ic,8,~ic->checksum)); return XDP_TX; }
SEC("xdp") int xdp_encap(struct xdp_md*c){ if(bpf_xdp_adjust_head(c,-20)) return XDP_DROP; void*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; struct ethhdr*n=d,*o=d+20; struct iphdr*i=(void*)(n+1); if((void*)(o+1)>e||(void*)(i+1)>e) return XDP_DROP; __builtin_memcpy(n,o,14); i->version=4;i->ihl=5;i->tos=0;i->protocol=IPPROTO_IPIP;i->check=0;i->ttl=8; __u32 cs=0; __u16*p=(void*)i; 
#pragma unroll
 for(int k=0;k<10;k++) cs+=*p++; i->check=fold(cs); return XDP_TX; }
SEC("xdp") int xdp_tail(struct xdp_md*c){ bpf_xdp_adjust_tail(c,-4); bpf_tail_call(c,&jmp,2); return XDP_PASS; }
SEC("xdp") int xdp_meta(struct xdp_md*c){ if(bpf_xdp_adjust_meta(c,-8)) return XDP_ABORTED; __u32*m=(void*)(long)c->data_meta; void*d=(void*)(long)c->data; if((void*)(m+2)>d) return XDP_ABORTED; m[0]=1;m[1]=2; return XDP_PASS; }
SEC("xdp") int xdp_redir(struct xdp_md*c){ return bpf_redirect(3,0); }
SEC("xdp") int xdp_fib(struct xdp_md*c){ void*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; struct iphdr*i=d+14; if((void*)(i+1)>e) return XDP_PASS; struct bpf_fib_lookup f={}; f.family=2; f.ipv4_src=i->saddr; f.ipv4_dst=i->daddr; f.ifindex=c->ingress_ifindex; int r=bpf_fib_lookup(c,&f,sizeof f,0); if(r==0){ struct ethhdr*h=d; __builtin_memcpy(h->h_dest,f.dmac,6); __builtin_memcpy(h->h_source,f.smac,6); return bpf_redirect(f.ifindex,0);} return XDP_PASS; }
SEC("xdp") int xdp_perf(struct xdp_md*c){ struct {__u16 a,b;} m={0xdead,c->data_end-c->data}; bpf_perf_event_output(c,&ev,((__u64)64<<32)|BPF_F_CURRENT_CPU,&m,sizeof m); return XDP_PASS; }
SEC("xdp") int xdp_loop(struct xdp_md*c){ void*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; __u32 s=0; __u8*p=d; for(int i=0;i<128;i++){ if(p+1>(__u8*)e) break; s+=*p++; } __u32 k=s&255; struct fv*v=bpf_map_lookup_elem(&stats,&k); if(v) v->pk++; return XDP_PASS; }
SEC("xdp") int xdp_varoff(struct xdp_md*c){ void*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; struct iphdr*i=d+14; if((void*)(i+1)>e) return 1; __u32 l=i->ihl*4; void*q=(void*)i+l; if(q+8>e) return 1; __u16 n=*(__u16*)(q+4); n=bpf_ntohs(n); if(n>1400) return 1; q+=n; if(q+1>e) return 1; return *(__u8*)q; }
SEC("xdp") int xdp_nocheck(struct xdp_md*c){ void*d=(void*)(long)c->data; return *(__u8*)d; }
SEC("xdp") int xdp_shortcheck(struct xdp_md*c){ void*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; if(d+3>e) return 1; return *(__u32*)d; }
SEC("xdp") int xdp_stale(struct xdp_md*c){ void*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; if(d+30>e) return 1; bpf_xdp_adjust_head(c,4); return *(__u8*)d; }
SEC("tc") int tc_vlan(struct __sk_buff*s){ bpf_skb_vlan_push(s,bpf_htons(ETH_P_8021Q),5); bpf_skb_vlan_pop(s); return 0; }
SEC("tc") int tc_nat(struct __sk_buff*s){ void*d=(void*)(long)s->data,*e=(void*)(long)s->data_end; struct iphdr*i=d+14; if((void*)(i+1)+4>e) return 0; __u32 old=i->daddr,nw=0x0100007f; bpf_l4_csum_replace(s,14+20+16,old,nw,BPF_F_PSEUDO_HDR|4); bpf_l3_csum_replace(s,14+10,old,nw,4); bpf_skb_store_bytes(s,14+16,&nw,4,0); return bpf_redirect(s->ifindex,BPF_F_INGRESS); }
SEC("tc") int tc_mark(struct __sk_buff*s){ s->mark=5; s->priority=3; s->cb[0]=s->hash; s->cb[4]=s->tc_classid; s->tc_index=1; s->queue_mapping=2; s->tc_classid=9; s->tstamp=77; return s->vlan_tci+s->wire_len+s->gso_segs+s->gso_size; }
SEC("tc") int tc_badwrite(struct __sk_buff*s){ *(volatile __u32*)&s->len=5; return 0; }
SEC("tc") int tc_tun(struct __sk_buff*s){ struct bpf_tunnel_key k={}; k.tunnel_id=2; k.remote_ipv4=0x0a000001; bpf_skb_set_tunnel_key(s,&k,sizeof k,BPF_F_ZERO_CSUM_TX); bpf_skb_get_tunnel_key(s,&k,sizeof k,0); __u8 o[8]; bpf_skb_get_tunnel_opt(s,o,sizeof o); return k.tunnel_id; }
SEC("tc") int tc_load(struct __sk_buff*s){ __u8 b[34]; if(bpf_skb_load_bytes(s,0,b,sizeof b)<0) return 0; bpf_skb_change_tail(s,100,0); bpf_skb_change_head(s,14,0); bpf_skb_adjust_room(s,20,BPF_ADJ_ROOM_MAC,0); bpf_skb_change_proto(s,bpf_htons(ETH_P_IPV6),0); bpf_skb_change_type(s,0); bpf_clone_redirect(s,1,0); return b[23]+bpf_get_hash_recalc(s)+bpf_get_route_realm(s)+bpf_skb_cgroup_id(s)+bpf_get_cgroup_classid(s); }
SEC("tc") int tc_sock(struct __sk_buff*s){ struct bpf_sock*k=s->sk; if(!k) return 0; return 1; }
SEC("tc") int tc_rb(struct __sk_buff*s){ struct fk*r=bpf_ringbuf_reserve(&rb,sizeof *r,0); if(!r) return 0; void*d=(void*)(long)s->data,*e=(void*)(long)s->data_end; if(parse(d,e,r)) { bpf_ringbuf_discard(r,0); return 0;} bpf_ringbuf_submit(r,0); return 0; }
SEC("tc") int tc_mtu(struct __sk_buff*s){ __u32 m=0; return bpf_check_mtu(s,0,&m,0,0)+bpf_redirect_neigh(3,0,0,0)+bpf_redirect_peer(4,0); }
SEC("socket") int so_proto(struct __sk_buff*s){ __u8 p; if(s->pkt_type!=4) return 0; bpf_skb_load_bytes(s,14+9,&p,1); __u32 k=p; struct fv*v=bpf_map_lookup_elem(&stats,&k); if(v) __sync_fetch_and_add(&v->by,s->len); return 0; }
unsigned long long load_byte(void *skb, unsigned long long off) asm("llvm.bpf.load.byte");
unsigned long long load_half(void *skb, unsigned long long off) asm("llvm.bpf.load.half");
unsigned long long load_word(void *skb, unsigned long long off) asm("llvm.bpf.load.word");
SEC("socket") int so_ldabs(struct __sk_buff*s){ __u32 k=load_byte(s,14+9); __u64*v=bpf_map_lookup_elem(&cfg,&k); if(v) *v+=load_half(s,load_byte(s,14)&15); return load_word(s,26)?-1:0; }
SEC("socket") int so_data(struct __sk_buff*s){ return s->data; }
SEC("socket") int so_cookie(struct __sk_buff*s){ return bpf_get_socket_cookie(s)+bpf_get_socket_uid(s); }
SEC("socket") int so_relative(struct __sk_buff*s){ struct iphdr i; bpf_skb_load_bytes_relative(s,0,&i,sizeof i,BPF_HDR_START_NET); return i.protocol; }
