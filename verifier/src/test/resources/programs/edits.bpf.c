/* SPDX-License-Identifier: Apache-2.0 */
/* Packets changed: checksums, addresses, headers pushed and popped, marks. */
#include "network.h"

struct nat {
	__u32 addr;
	__u16 port;
	__u16 pad;
	__u64 packets;
};

MAP(by_address, BPF_MAP_TYPE_HASH, __u32, struct nat, 1024);
MAP(by_vip, BPF_MAP_TYPE_ARRAY, __u32, struct nat, 16);

#define IP_DST (ETH_HLEN + offsetof(struct iphdr, daddr))
#define IP_SUM (ETH_HLEN + offsetof(struct iphdr, check))
#define TCP_DST (ETH_HLEN + sizeof(struct iphdr) + offsetof(struct tcphdr, dest))
#define TCP_SUM (ETH_HLEN + sizeof(struct iphdr) + offsetof(struct tcphdr, check))

SEC("tc")
int destination_nat(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	struct tcphdr *tcp = (void *)(ip + 1);
	struct nat *to;
	__u32 addr;
	__u16 port;

	if ((void *)(tcp + 1) > end || ip->ihl != 5 || ip->protocol != IPPROTO_TCP)
		return TC_ACT_OK;
	addr = ip->daddr;
	port = tcp->dest;
	to = bpf_map_lookup_elem(&by_address, &addr);
	if (!to)
		return TC_ACT_OK;
	bpf_l4_csum_replace(skb, TCP_SUM, addr, to->addr, BPF_F_PSEUDO_HDR | 4);
	bpf_l4_csum_replace(skb, TCP_SUM, port, to->port, 2);
	bpf_l3_csum_replace(skb, IP_SUM, addr, to->addr, 4);
	bpf_skb_store_bytes(skb, IP_DST, &to->addr, 4, 0);
	bpf_skb_store_bytes(skb, TCP_DST, &to->port, 2, 0);
	__sync_fetch_and_add(&to->packets, 1);
	return TC_ACT_OK;
}

/* wrong: the header pointer does not outlive the store */
SEC("tc")
int stale_after_store(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	__u8 ttl = 64;

	if ((void *)(ip + 1) > end)
		return TC_ACT_OK;
	bpf_skb_store_bytes(skb, ETH_HLEN + 8, &ttl, 1, BPF_F_RECOMPUTE_CSUM);
	return ip->protocol;
}

SEC("tc")
int decrement_ttl(struct __sk_buff *skb)
{
	void *data, *end;
	struct iphdr *ip;
	__u16 old, new;

	if (bpf_skb_pull_data(skb, ETH_HLEN + sizeof(*ip)))
		return TC_ACT_SHOT;
	data = (void *)(long)skb->data;
	end = (void *)(long)skb->data_end;
	ip = data + ETH_HLEN;
	if ((void *)(ip + 1) > end)
		return TC_ACT_SHOT;
	if (ip->ttl <= 1)
		return TC_ACT_SHOT;
	old = *(__u16 *)&ip->ttl;
	ip->ttl--;
	new = *(__u16 *)&ip->ttl;
	return bpf_l3_csum_replace(skb, IP_SUM, old, new, 2) ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("xdp")
int ipip_encapsulate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data, *moved;
	struct iphdr *ip = data + sizeof(*eth), *outer;
	struct nat *to;
	__u32 key, len;
	__u16 *word;
	__u64 sum = 0;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	key = ip->daddr & 15;
	to = bpf_map_lookup_elem(&by_vip, &key);
	if (!to || !to->addr)
		return XDP_PASS;
	len = bpf_ntohs(ip->tot_len);
	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*outer)))
		return XDP_DROP;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	eth = data;
	outer = data + sizeof(*eth);
	moved = data + sizeof(*outer);
	if ((void *)(moved + 1) > end || (void *)(outer + 1) > end)
		return XDP_DROP;
	__builtin_memmove(eth, moved, sizeof(*eth));
	__builtin_memset(outer, 0, sizeof(*outer));
	outer->version = 4;
	outer->ihl = 5;
	outer->ttl = 64;
	outer->protocol = IPPROTO_IPIP;
	outer->tot_len = bpf_htons(len + sizeof(*outer));
	outer->daddr = to->addr;
	word = (__u16 *)outer;
	for (int i = 0; i < 10; i++)
		sum += word[i];
	outer->check = folded(sum);
	return XDP_TX;
}

SEC("xdp")
int ipip_decapsulate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	struct ethhdr copy;

	if ((void *)(ip + 1) > end || ip->ihl != 5 || ip->protocol != IPPROTO_IPIP)
		return XDP_PASS;
	__builtin_memcpy(&copy, data, sizeof(copy));
	if (bpf_xdp_adjust_head(ctx, sizeof(*ip)))
		return XDP_DROP;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + sizeof(copy) > end)
		return XDP_DROP;
	__builtin_memcpy(data, &copy, sizeof(copy));
	return XDP_PASS;
}

SEC("xdp")
int push_vlan(struct xdp_md *ctx)
{
	void *data, *end;
	struct vlan *tag;

	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*tag)))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + ETH_HLEN + sizeof(*tag) > end)
		return XDP_ABORTED;
	__builtin_memmove(data, data + sizeof(*tag), 2 * ETH_ALEN);
	tag = data + 2 * ETH_ALEN;
	tag->tci = bpf_htons(ETH_P_8021Q);
	tag->proto = bpf_htons(42);
	return XDP_PASS;
}

/* Metadata from the driver's program to the classifier. */
struct meta {
	__u32 mark;
	__u32 hash;
};

SEC("xdp")
int write_meta(struct xdp_md *ctx)
{
	struct meta *meta;
	void *data;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*meta)))
		return XDP_PASS;
	data = (void *)(long)ctx->data;
	meta = (void *)(long)ctx->data_meta;
	if ((void *)(meta + 1) > data)
		return XDP_PASS;
	meta->mark = 42;
	meta->hash = ctx->rx_queue_index;
	return XDP_PASS;
}

SEC("tc")
int read_meta(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	struct meta *meta = (void *)(long)skb->data_meta;

	if ((void *)(meta + 1) > data)
		return TC_ACT_OK;
	skb->mark = meta->mark;
	skb->priority = meta->hash;
	return TC_ACT_OK;
}

/* wrong: metadata is tested against the packet's end */
SEC("tc")
int meta_against_end(struct __sk_buff *skb)
{
	void *end = (void *)(long)skb->data_end;
	struct meta *meta = (void *)(long)skb->data_meta;

	if ((void *)(meta + 1) > end)
		return TC_ACT_OK;
	skb->mark = meta->mark;
	return TC_ACT_OK;
}

/* An echo request becomes its reply. */
SEC("xdp")
int echo(struct xdp_md *ctx)
{
	struct icmp {
		__u8 type, code;
		__u16 sum;
		__u32 rest;
	} *icmp, old;
	struct cursor c = OF(ctx);
	struct ethhdr *eth = c.at;
	struct iphdr *ip;
	__u8 mac[ETH_ALEN];
	__u32 addr;

	if (ether(&c) != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	ip = ipv4(&c);
	if (!ip || ip->protocol != IPPROTO_ICMP)
		return XDP_PASS;
	icmp = take(&c, sizeof(*icmp));
	if (!icmp || icmp->type != 8)
		return XDP_PASS;
	__builtin_memcpy(mac, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, mac, ETH_ALEN);
	addr = ip->saddr;
	ip->saddr = ip->daddr;
	ip->daddr = addr;
	old = *icmp;
	icmp->type = 0;
	icmp->sum = folded(bpf_csum_diff((void *)&old, sizeof(old), (void *)icmp, sizeof(*icmp),
					 (__u16)~old.sum));
	return XDP_TX;
}

/* Cuts what an ICMP error quotes. */
SEC("xdp")
int cut_tail(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	int len = end - data;

	if (len <= 98)
		return XDP_PASS;
	if (bpf_xdp_adjust_tail(ctx, 98 - len))
		return XDP_DROP;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	return data + 98 <= end && ((__u8 *)data)[97] == 0 ? XDP_TX : XDP_DROP;
}

SEC("tc")
int room_for_a_tunnel(struct __sk_buff *skb)
{
	struct {
		struct iphdr ip;
		struct udphdr udp;
	} outer = {};

	if (bpf_skb_adjust_room(skb, sizeof(outer), BPF_ADJ_ROOM_MAC,
				BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP))
		return TC_ACT_SHOT;
	outer.ip.version = 4;
	outer.ip.ihl = 5;
	outer.ip.protocol = IPPROTO_UDP;
	outer.udp.dest = bpf_htons(6080);
	return bpf_skb_store_bytes(skb, ETH_HLEN, &outer, sizeof(outer), BPF_F_INVALIDATE_HASH)
		? TC_ACT_SHOT : TC_ACT_OK;
}

/* Sums of any length up to 512, four bytes at a time. */
SEC("tc")
int sum_of_any_length(struct __sk_buff *skb)
{
	__u8 bytes[128] = {};
	__u32 len = skb->len & 127;
	__s64 sum;

	if (len < 4)
		return TC_ACT_OK;
	if (bpf_skb_load_bytes(skb, 0, bytes, len))
		return TC_ACT_OK;
	sum = bpf_csum_diff(NULL, 0, (__be32 *)bytes, len & ~3, 0);
	return sum < 0 ? TC_ACT_SHOT : TC_ACT_OK;
}

/* wrong: a variable length may be 0 */
SEC("tc")
int length_may_be_0(struct __sk_buff *skb)
{
	__u8 bytes[128] = {};

	return bpf_skb_load_bytes(skb, 0, bytes, skb->len & 127);
}

SEC("tc")
int congestion(struct __sk_buff *skb)
{
	return bpf_skb_ecn_set_ce(skb) == 1 ? TC_ACT_OK : TC_ACT_UNSPEC;
}
