/* SPDX-License-Identifier: Apache-2.0 */
/* Packets taken apart: tags, options, extension headers, names, lengths that the packet says. */
#include "network.h"

MAP(seen, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 256);

struct flow {
	__u32 saddr, daddr;
	__u16 sport, dport;
	__u8 proto;
	__u8 pad[3];
};

MAP(flows, BPF_MAP_TYPE_LRU_HASH, struct flow, __u64, 4096);

static __always_inline void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&seen, &what);

	if (n)
		*n += 1;
}

SEC("xdp")
int tags_and_addresses(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	__be16 proto = ether(&c);

	if (proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = ipv4(&c);

		if (ip)
			count(ip->protocol);
	} else if (proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = take(&c, sizeof(*ip));

		if (ip)
			count(ip->nexthdr);
	}
	return XDP_PASS;
}

/* hop-by-hop, routing, fragment, destination options: each says what follows and how long it is */
static __always_inline int extensions(struct cursor *c, __u8 next)
{
	for (int i = 0; i < 6; i++) {
		struct {
			__u8 next, len;
		} *ext;
		__u32 skip;

		switch (next) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
			ext = take(c, sizeof(*ext));
			if (!ext)
				return -1;
			skip = (ext->len + 1) * 8 - sizeof(*ext);
			next = ext->next;
			if (!take(c, skip))
				return -1;
			break;
		case IPPROTO_FRAGMENT:
			ext = take(c, 8);
			if (!ext)
				return -1;
			next = ext->next;
			break;
		default:
			return next;
		}
	}
	return -1;
}

SEC("xdp")
int extension_headers(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	struct ipv6hdr *ip;
	int proto;

	if (ether(&c) != bpf_htons(ETH_P_IPV6))
		return XDP_PASS;
	ip = take(&c, sizeof(*ip));
	if (!ip)
		return XDP_DROP;
	proto = extensions(&c, ip->nexthdr);
	if (proto < 0)
		return XDP_DROP;
	count(proto & 0xff);
	return XDP_PASS;
}

SEC("tc")
int extension_headers_tc(struct __sk_buff *skb)
{
	struct cursor c = OF(skb);
	struct ipv6hdr *ip;

	if (ether(&c) != bpf_htons(ETH_P_IPV6))
		return TC_ACT_OK;
	ip = take(&c, sizeof(*ip));
	return ip && extensions(&c, ip->nexthdr) == IPPROTO_TCP ? TC_ACT_OK : TC_ACT_SHOT;
}

/* A TCP header says how long it is; its options are of one byte, or say how long they are. */
SEC("xdp")
int tcp_options(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	struct iphdr *ip;
	struct tcphdr *tcp;
	__u8 *option, *last;
	__u32 len;

	if (ether(&c) != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	ip = ipv4(&c);
	if (!ip || ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	tcp = take(&c, sizeof(*tcp));
	if (!tcp)
		return XDP_DROP;
	len = tcp->doff * 4;
	if (len < sizeof(*tcp))
		return XDP_DROP;
	option = (__u8 *)(tcp + 1);
	last = (__u8 *)tcp + len;
	if ((void *)last > c.end)
		return XDP_DROP;
	for (int i = 0; i < 20; i++) {
		__u8 kind, size;

		if (option + 1 > last || (void *)(option + 1) > c.end)
			break;
		kind = option[0];
		if (kind == 0)
			break;
		if (kind == 1) {
			option++;
			continue;
		}
		if ((void *)(option + 2) > c.end)
			break;
		size = option[1];
		if (size < 2)
			return XDP_DROP;
		if (kind == 2 && size == 4) {
			if ((void *)(option + 4) > c.end)
				return XDP_DROP;
			count(option[3]);
			return XDP_PASS;
		}
		option += size;
	}
	return XDP_PASS;
}

/* The same with a copy: offsets into the skb, no pointers. */
SEC("tc")
int tcp_options_copied(struct __sk_buff *skb)
{
	__u32 at = ETH_HLEN + sizeof(struct iphdr) + sizeof(struct tcphdr);
	__u8 option[4];

	for (int i = 0; i < 10; i++) {
		if (bpf_skb_load_bytes(skb, at, option, sizeof(option)) < 0)
			break;
		if (option[0] == 0)
			break;
		if (option[0] == 1) {
			at++;
			continue;
		}
		if (option[0] == 8 && option[1] == 10) {
			skb->mark = option[2] << 8 | option[3];
			break;
		}
		if (option[1] < 2)
			break;
		at += option[1];
	}
	return TC_ACT_OK;
}

/* Labels of a name, each with its length before it. */
SEC("xdp")
int dns_name(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	struct iphdr *ip;
	struct udphdr *udp;
	__u8 *name, *byte;
	__u32 hash = 5381, left = 0;

	if (ether(&c) != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	ip = ipv4(&c);
	if (!ip || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	udp = take(&c, sizeof(*udp));
	if (!udp || udp->dest != bpf_htons(53) || !take(&c, 12))
		return XDP_PASS;
	name = c.at;
	for (int i = 0; i < 64; i++) {
		byte = name + i;
		if ((void *)(byte + 1) > c.end)
			return XDP_DROP;
		if (left == 0) {
			left = *byte;
			if (left == 0)
				break;
		} else {
			hash = hash * 33 + *byte;
			left--;
		}
	}
	count(hash & 255);
	return XDP_PASS;
}

struct walk {
	void *data, *end;
	__u32 sum;
	__u32 at;
};

struct sums {
	__u32 total;
	__u32 turns;
};

static long add_index(__u32 index, struct sums *s)
{
	s->total += index;
	s->turns++;
	return s->turns > 100;
}

SEC("xdp")
int loop_with_callback(struct xdp_md *ctx)
{
	struct sums s = {};

	bpf_loop(200, add_index, &s, 0);
	count(s.total & 0xff);
	return XDP_PASS;
}

struct scan {
	struct __sk_buff *skb;
	__u32 offset;
	__u32 found;
};

static long scan_skb(__u32 index, struct scan *scan)
{
	__u8 byte;

	if (bpf_skb_load_bytes(scan->skb, scan->offset + index, &byte, 1))
		return 1;
	if (byte != 0x47)
		return 0;
	scan->found = index;
	return 1;
}

SEC("tc")
int scan_in_callback(struct __sk_buff *skb)
{
	struct scan scan = {.skb = skb, .offset = 34};

	bpf_loop(1500, scan_skb, &scan, 0);
	skb->cb[0] = scan.found;
	return TC_ACT_OK;
}

/* An offset that the packet says, masked, then tested. */
SEC("xdp")
int masked_offset(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u8 *p = data;
	__u32 off;

	if (data + 64 > end)
		return XDP_DROP;
	off = p[20] & 0x1f;
	return p[off + 32 - 1] ? XDP_PASS : XDP_DROP;
}

/* wrong: the mask lets it reach byte 64 */
SEC("xdp")
int masked_offset_too_far(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u8 *p = data;
	__u32 off;

	if (data + 64 > end)
		return XDP_DROP;
	off = p[20] & 0x1f;
	barrier_var(off);
	return p[off + 33] ? XDP_PASS : XDP_DROP;
}

/* wrong: a length of the packet is believed */
SEC("xdp")
int length_is_believed(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	struct iphdr *ip;

	if (ether(&c) != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	ip = take(&c, sizeof(*ip));
	if (!ip)
		return XDP_PASS;
	return *((__u8 *)ip + ip->ihl * 4) == 6 ? XDP_PASS : XDP_DROP;
}

/* Functions on packet pointers, not inlined. */
static __attribute__((noinline)) int ports(void *l4, void *end, struct flow *flow)
{
	__u16 *pair = l4;

	if ((void *)(pair + 2) > end)
		return -1;
	flow->sport = pair[0];
	flow->dport = pair[1];
	return 0;
}

SEC("xdp")
int flow_by_function(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	struct flow flow = {};
	struct iphdr *ip;
	__u64 *bytes, first;

	if (ether(&c) != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	ip = ipv4(&c);
	if (!ip)
		return XDP_PASS;
	flow.saddr = ip->saddr;
	flow.daddr = ip->daddr;
	flow.proto = ip->protocol;
	if (ports(c.at, c.end, &flow))
		return XDP_PASS;
	first = c.end - c.at;
	bytes = bpf_map_lookup_elem(&flows, &flow);
	if (bytes)
		__sync_fetch_and_add(bytes, first);
	else
		bpf_map_update_elem(&flows, &flow, &first, BPF_NOEXIST);
	return XDP_PASS;
}

/* A global function gets the context and tests the packet itself. */
__attribute__((noinline)) int payload_begins_with(struct xdp_md *ctx, __u32 off, __u32 magic)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (off > 128)
		return 0;
	data += off;
	if (data + 4 > end)
		return 0;
	return *(__u32 *)data == magic;
}

SEC("xdp")
int global_on_context(struct xdp_md *ctx)
{
	return payload_begins_with(ctx, 42, 0x12345678) ? XDP_DROP : XDP_PASS;
}

/* Encapsulated: VXLAN's inner frame is a frame. */
SEC("xdp")
int inner_frame(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	struct iphdr *ip;
	struct udphdr *udp;

	for (int depth = 0; depth < 2; depth++) {
		if (ether(&c) != bpf_htons(ETH_P_IP))
			return XDP_PASS;
		ip = ipv4(&c);
		if (!ip || ip->protocol != IPPROTO_UDP)
			return XDP_PASS;
		udp = take(&c, sizeof(*udp));
		if (!udp || udp->dest != bpf_htons(4789) || !take(&c, 8))
			return XDP_PASS;
		count(depth);
	}
	return XDP_PASS;
}

/* A fragment of jumbo frames: the linear part may be short. */
SEC("xdp.frags")
int fragments(struct xdp_md *ctx)
{
	__u32 len = bpf_xdp_get_buff_len(ctx);
	__u8 head[16];

	if (len < sizeof(head) || bpf_xdp_load_bytes(ctx, len - sizeof(head), head, sizeof(head)))
		return XDP_DROP;
	head[0] ^= head[15];
	return bpf_xdp_store_bytes(ctx, 0, head, sizeof(head)) ? XDP_DROP : XDP_PASS;
}
