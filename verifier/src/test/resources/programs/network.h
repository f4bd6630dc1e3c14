/* SPDX-License-Identifier: Apache-2.0 */
/* What the packet programs of this directory share. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define barrier_var(x) asm volatile("" : "+r"(x))
#define MAP(name, kind, K, V, n) \
	struct { \
		__uint(type, kind); \
		__uint(max_entries, n); \
		__type(key, K); \
		__type(value, V); \
	} name SEC(".maps")

char LICENSE[] SEC("license") = "GPL";

struct vlan {
	__be16 tci;
	__be16 proto;
};

/* Where a parser is in a packet. */
struct cursor {
	void *at;
	void *end;
};

static __always_inline struct cursor begin(void *data, void *end)
{
	struct cursor c = {data, end};

	return c;
}

#define OF(ctx) begin((void *)(long)(ctx)->data, (void *)(long)(ctx)->data_end)

/* Takes SIZE bytes, or nothing. */
static __always_inline void *take(struct cursor *c, __u32 size)
{
	void *from = c->at;

	if (from + size > c->end)
		return NULL;
	c->at = from + size;
	return from;
}

static __always_inline __be16 ether(struct cursor *c)
{
	struct ethhdr *eth = take(c, sizeof(*eth));
	__be16 proto;

	if (!eth)
		return 0;
	proto = eth->h_proto;
	for (int i = 0; i < 3; i++) {
		struct vlan *tag;

		if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD))
			break;
		tag = take(c, sizeof(*tag));
		if (!tag)
			return 0;
		proto = tag->proto;
	}
	return proto;
}

static __always_inline struct iphdr *ipv4(struct cursor *c)
{
	struct iphdr *ip = take(c, sizeof(*ip));
	__u32 options;

	if (!ip || ip->ihl < 5)
		return NULL;
	options = (ip->ihl - 5) * 4;
	return take(c, options) ? ip : NULL;
}

static __always_inline __u16 folded(__u64 sum)
{
	for (int i = 0; i < 4; i++)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}
