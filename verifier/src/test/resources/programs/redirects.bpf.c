/* SPDX-License-Identifier: Apache-2.0 */
/* Where packets go: maps of devices, processors and sockets, routes, tail calls, limits, counters. */
#include "network.h"

MAP(ports, BPF_MAP_TYPE_DEVMAP, __u32, __u32, 64);
MAP(hashed, BPF_MAP_TYPE_DEVMAP_HASH, __u32, struct bpf_devmap_val, 64);
MAP(cpus, BPF_MAP_TYPE_CPUMAP, __u32, struct bpf_cpumap_val, 64);
MAP(xsks, BPF_MAP_TYPE_XSKMAP, __u32, __u32, 64);
MAP(cpu_ids, BPF_MAP_TYPE_ARRAY, __u32, __u32, 64);
MAP(cpu_count, BPF_MAP_TYPE_ARRAY, __u32, __u32, 1);
MAP(stages, BPF_MAP_TYPE_PROG_ARRAY, __u32, __u32, 4);
MAP(turn, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u32, 1);

struct route {
	__u32 bits;
	__u32 addr;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, struct route);
	__type(value, __u32);
} routes SEC(".maps");

SEC("xdp")
int by_queue(struct xdp_md *ctx)
{
	return bpf_redirect_map(&xsks, ctx->rx_queue_index, XDP_PASS);
}

/* What the AF_XDP libraries load: only where somebody listens. */
SEC("xdp")
int by_queue_if_there(struct xdp_md *ctx)
{
	__u32 queue = ctx->rx_queue_index;

	if (bpf_map_lookup_elem(&xsks, &queue))
		return bpf_redirect_map(&xsks, queue, 0);
	return XDP_PASS;
}

SEC("xdp")
int queue_of_socket(struct xdp_md *ctx)
{
	__u32 queue = ctx->rx_queue_index;
	struct bpf_xdp_sock *xs = bpf_map_lookup_elem(&xsks, &queue);

	return xs ? xs->queue_id : XDP_PASS;
}

/* wrong: a socket's fields are only read */
SEC("xdp")
int writes_socket(struct xdp_md *ctx)
{
	__u32 queue = ctx->rx_queue_index;
	struct bpf_xdp_sock *xs = bpf_map_lookup_elem(&xsks, &queue);

	if (xs)
		xs->queue_id = 1;
	return XDP_PASS;
}

SEC("xdp")
int broadcast(struct xdp_md *ctx)
{
	return bpf_redirect_map(&ports, 0, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS);
}

SEC("xdp")
int to_neighbour(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	struct ethhdr *eth = c.at;
	struct bpf_fib_lookup fib = {};
	struct iphdr *ip;
	struct bpf_devmap_val *port;

	if (ether(&c) != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	ip = ipv4(&c);
	if (!ip || ip->ttl <= 1)
		return XDP_PASS;
	fib.family = 2;
	fib.tos = ip->tos;
	fib.l4_protocol = ip->protocol;
	fib.tot_len = bpf_ntohs(ip->tot_len);
	fib.ipv4_src = ip->saddr;
	fib.ipv4_dst = ip->daddr;
	fib.ifindex = ctx->ingress_ifindex;
	if (bpf_fib_lookup(ctx, &fib, sizeof(fib), 0) != BPF_FIB_LKUP_RET_SUCCESS)
		return XDP_PASS;
	port = bpf_map_lookup_elem(&hashed, &fib.ifindex);
	if (!port)
		return XDP_PASS;
	__builtin_memcpy(eth->h_dest, fib.dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, fib.smac, ETH_ALEN);
	return bpf_redirect_map(&hashed, port->ifindex, 0);
}

/* wrong: programs do not write maps of devices */
SEC("xdp")
int writes_port(struct xdp_md *ctx)
{
	__u32 key = 1;
	__u32 *port = bpf_map_lookup_elem(&ports, &key);

	if (port)
		*port = 2;
	return XDP_PASS;
}

/* wrong: as above, by the helper */
SEC("xdp")
int updates_port(struct xdp_md *ctx)
{
	__u32 key = 1;

	return bpf_map_update_elem(&ports, &key, &key, 0);
}

/* wrong: a hash is no place to redirect to */
SEC("xdp")
int redirects_to_array(struct xdp_md *ctx)
{
	return bpf_redirect_map(&cpu_ids, 0, 0);
}

/* Frames of one flow stay on one processor. */
SEC("xdp")
int spread(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	__u32 zero = 0, index, *count, *cpu;
	struct iphdr *ip;

	if (ether(&c) != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	ip = ipv4(&c);
	if (!ip)
		return XDP_PASS;
	count = bpf_map_lookup_elem(&cpu_count, &zero);
	if (!count || !*count)
		return XDP_ABORTED;
	index = (ip->saddr ^ ip->daddr ^ ip->protocol) * 0x9e3779b1u % *count;
	cpu = bpf_map_lookup_elem(&cpu_ids, &index);
	if (!cpu || *cpu >= 64)
		return XDP_ABORTED;
	return bpf_redirect_map(&cpus, *cpu, 0);
}

SEC("xdp")
int round_robin(struct xdp_md *ctx)
{
	__u32 zero = 0, *next = bpf_map_lookup_elem(&turn, &zero), *count, *cpu, now;

	count = bpf_map_lookup_elem(&cpu_count, &zero);
	if (!next || !count)
		return XDP_ABORTED;
	now = *next;
	*next = now + 1 < *count ? now + 1 : 0;
	cpu = bpf_map_lookup_elem(&cpu_ids, &now);
	return cpu ? bpf_redirect_map(&cpus, *cpu, 0) : XDP_ABORTED;
}

SEC("xdp/devmap")
int at_the_port(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	struct ethhdr *eth = take(&c, sizeof(*eth));

	if (!eth)
		return XDP_DROP;
	eth->h_source[5] = ctx->egress_ifindex;
	return XDP_PASS;
}

SEC("xdp/cpumap")
int at_the_cpu(struct xdp_md *ctx)
{
	return ctx->rx_queue_index & 1 ? XDP_PASS : XDP_DROP;
}

/* wrong: only a program of a device map is told where the packet goes */
SEC("xdp")
int egress_unasked(struct xdp_md *ctx)
{
	return ctx->egress_ifindex;
}

SEC("xdp")
int longest_prefix(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	struct route key = {.bits = 32};
	struct iphdr *ip;
	__u32 *verdict;

	if (ether(&c) != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	ip = ipv4(&c);
	if (!ip)
		return XDP_PASS;
	key.addr = ip->saddr;
	verdict = bpf_map_lookup_elem(&routes, &key);
	return verdict ? *verdict : XDP_PASS;
}

SEC("tc")
int next_stage(struct __sk_buff *skb)
{
	skb->cb[0]++;
	bpf_tail_call(skb, &stages, skb->cb[0] & 3);
	return TC_ACT_SHOT;
}

/* ---- limits ---- */

struct bucket {
	struct bpf_spin_lock lock;
	__u32 pad;
	__u64 tokens;
	__u64 at;
};

MAP(buckets, BPF_MAP_TYPE_HASH, __u32, struct bucket, 1024);

struct plain_bucket {
	__u64 tokens;
	__u64 at;
};

MAP(plain, BPF_MAP_TYPE_LRU_HASH, __u32, struct plain_bucket, 1024);

SEC("tc")
int limited_under_lock(struct __sk_buff *skb)
{
	struct bucket *bucket, fresh = {};
	__u64 now = bpf_ktime_get_ns(), grown;
	__u32 key = skb->hash;
	int verdict = TC_ACT_SHOT;

	bucket = bpf_map_lookup_elem(&buckets, &key);
	if (!bucket) {
		fresh.tokens = 1 << 20;
		fresh.at = now;
		bpf_map_update_elem(&buckets, &key, &fresh, BPF_NOEXIST);
		return TC_ACT_OK;
	}
	bpf_spin_lock(&bucket->lock);
	grown = (now - bucket->at) >> 10;
	bucket->at = now;
	bucket->tokens += grown;
	if (bucket->tokens > 1 << 20)
		bucket->tokens = 1 << 20;
	if (bucket->tokens >= skb->len) {
		bucket->tokens -= skb->len;
		verdict = TC_ACT_OK;
	}
	bpf_spin_unlock(&bucket->lock);
	return verdict;
}

/* wrong: one way out keeps the lock */
SEC("tc")
int keeps_the_lock(struct __sk_buff *skb)
{
	__u32 key = skb->hash;
	struct bucket *bucket = bpf_map_lookup_elem(&buckets, &key);

	if (!bucket)
		return TC_ACT_OK;
	bpf_spin_lock(&bucket->lock);
	if (bucket->tokens < skb->len)
		return TC_ACT_SHOT;
	bucket->tokens -= skb->len;
	bpf_spin_unlock(&bucket->lock);
	return TC_ACT_OK;
}

SEC("xdp")
int limited_by_atomics(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	struct plain_bucket *bucket, fresh = {.tokens = 1000};
	struct iphdr *ip;
	__u32 key;

	if (ether(&c) != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	ip = ipv4(&c);
	if (!ip)
		return XDP_PASS;
	key = ip->saddr;
	bucket = bpf_map_lookup_elem(&plain, &key);
	if (!bucket) {
		fresh.at = bpf_ktime_get_ns();
		bpf_map_update_elem(&plain, &key, &fresh, BPF_ANY);
		return XDP_PASS;
	}
	if ((__s64)bucket->tokens <= 0)
		return XDP_DROP;
	__sync_fetch_and_add(&bucket->tokens, -1);
	return XDP_PASS;
}

/* ---- connections ---- */

struct tuple {
	__be32 addr[2];
	__be16 port[2];
	__u32 proto;
};

struct connection {
	__u64 seen;
	__u32 packets[2];
	__u8 flags[2];
	__u8 closing;
};

MAP(connections, BPF_MAP_TYPE_LRU_HASH, struct tuple, struct connection, 4096);

SEC("tc")
int tracked(struct __sk_buff *skb)
{
	struct cursor c = OF(skb);
	struct tuple tuple = {};
	struct connection *known, fresh = {};
	struct iphdr *ip;
	struct tcphdr *tcp;
	bool reverse;
	__u8 flags;

	if (ether(&c) != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	ip = ipv4(&c);
	if (!ip || ip->protocol != IPPROTO_TCP)
		return TC_ACT_OK;
	tcp = take(&c, sizeof(*tcp));
	if (!tcp)
		return TC_ACT_SHOT;
	reverse = ip->saddr > ip->daddr;
	tuple.addr[reverse] = ip->saddr;
	tuple.addr[!reverse] = ip->daddr;
	tuple.port[reverse] = tcp->source;
	tuple.port[!reverse] = tcp->dest;
	tuple.proto = ip->protocol;
	flags = ((__u8 *)tcp)[13];
	known = bpf_map_lookup_elem(&connections, &tuple);
	if (!known) {
		if (!tcp->syn)
			return TC_ACT_SHOT;
		fresh.seen = bpf_ktime_get_ns();
		fresh.flags[reverse] = flags;
		bpf_map_update_elem(&connections, &tuple, &fresh, BPF_NOEXIST);
		return TC_ACT_OK;
	}
	known->seen = bpf_ktime_get_ns();
	known->packets[reverse]++;
	known->flags[reverse] |= flags;
	if (tcp->rst || (tcp->fin && ++known->closing == 2))
		bpf_map_delete_elem(&connections, &tuple);
	return TC_ACT_OK;
}

/* ---- sockets ---- */

static __always_inline int has_socket(void *ctx, struct bpf_sock_tuple *tuple)
{
	struct bpf_sock *sk = bpf_sk_lookup_tcp(ctx, tuple, sizeof(tuple->ipv4), BPF_F_CURRENT_NETNS, 0);
	int state;

	if (!sk)
		return -1;
	state = sk->state;
	bpf_sk_release(sk);
	return state;
}

SEC("tc")
int socket_there(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct bpf_sock_tuple *tuple = data + ETH_HLEN + offsetof(struct iphdr, saddr);

	if ((void *)tuple + sizeof(tuple->ipv4) > end)
		return TC_ACT_SHOT;
	return has_socket(skb, tuple) < 0 ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("xdp")
int socket_there_xdp(struct xdp_md *ctx)
{
	struct bpf_sock_tuple tuple = {};

	tuple.ipv4.dport = bpf_htons(80);
	return has_socket(ctx, &tuple) < 0 ? XDP_DROP : XDP_PASS;
}

/* wrong: never released */
SEC("tc")
int socket_leaks(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_udp(skb, &tuple, sizeof(tuple.ipv4), 0, 0);

	return sk ? sk->family : 0;
}

/* wrong: read after it was released */
SEC("tc")
int socket_after_release(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_udp(skb, &tuple, sizeof(tuple.ipv4), 0, 0);

	if (!sk)
		return 0;
	bpf_sk_release(sk);
	return sk->family;
}

/* wrong: another view of it does not outlive it */
SEC("tc")
int view_after_release(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), 0, 0);
	struct bpf_tcp_sock *tp;

	if (!sk)
		return 0;
	tp = bpf_tcp_sock(sk);
	bpf_sk_release(sk);
	return tp ? tp->snd_cwnd : 0;
}

/* wrong: may not be there */
SEC("tc")
int socket_unchecked(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk->family;
}

SEC("tc")
int fields_of_sockets(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk, *full;
	struct bpf_tcp_sock *tp;

	if (!sk)
		return 0;
	full = bpf_sk_fullsock(sk);
	if (!full)
		return 0;
	tp = bpf_tcp_sock(full);
	if (!tp)
		return full->src_port + full->dst_ip6[3];
	return tp->srtt_us + (__u32)tp->bytes_acked + full->priority + sk->state;
}

/* wrong: priority is only of a full socket */
SEC("tc")
int field_of_the_wrong_view(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk ? sk->priority : 0;
}

SEC("tc")
int assigned(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	long answer;

	if (!sk)
		return TC_ACT_SHOT;
	if (sk->state == 10) { /* listening */
		bpf_sk_release(sk);
		return TC_ACT_SHOT;
	}
	answer = bpf_sk_assign(skb, sk, 0);
	bpf_sk_release(sk);
	return answer ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("xdp")
int syn_cookie(struct xdp_md *ctx)
{
	struct cursor c = OF(ctx);
	struct iphdr *ip;
	struct tcphdr *tcp;

	if (ether(&c) != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	ip = take(&c, sizeof(*ip));
	if (!ip || ip->ihl != 5 || ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	tcp = take(&c, sizeof(*tcp));
	if (!tcp)
		return XDP_DROP;
	if (tcp->ack)
		return bpf_tcp_raw_check_syncookie_ipv4(ip, tcp) ? XDP_DROP : XDP_PASS;
	return bpf_tcp_raw_gen_syncookie_ipv4(ip, tcp, sizeof(*tcp)) < 0 ? XDP_DROP : XDP_TX;
}
