/* SPDX-License-Identifier: Apache-2.0 */
/* Programs on sockets: classic loads, bytes copied out, flows hashed, samples sent to user space. */
#include "network.h"

unsigned long long load_byte(void *skb, unsigned long long off) asm("llvm.bpf.load.byte");
unsigned long long load_half(void *skb, unsigned long long off) asm("llvm.bpf.load.half");
unsigned long long load_word(void *skb, unsigned long long off) asm("llvm.bpf.load.word");

MAP(by_proto, BPF_MAP_TYPE_ARRAY, __u32, long, 256);
MAP(stages, BPF_MAP_TYPE_PROG_ARRAY, __u32, __u32, 8);

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct key {
	__u32 src, dst;
	__u32 ports;
	__u8 proto;
};

struct pair {
	long packets, bytes;
};

MAP(pairs, BPF_MAP_TYPE_HASH, __u32, struct pair, 1024);

SEC("socket")
int bytes_by_protocol(struct __sk_buff *skb)
{
	__u32 index = load_byte(skb, ETH_HLEN + offsetof(struct iphdr, protocol));
	long *bytes;

	if (skb->pkt_type != 4) /* outgoing */
		return 0;
	bytes = bpf_map_lookup_elem(&by_proto, &index);
	if (bytes)
		__sync_fetch_and_add(bytes, skb->len);
	return 0;
}

static __always_inline bool dissect(struct __sk_buff *skb, struct key *key)
{
	__u64 at = ETH_HLEN, proto = load_half(skb, 12), first;

	if (proto == ETH_P_8021AD) {
		proto = load_half(skb, at + 2);
		at += 4;
	}
	if (proto == ETH_P_8021Q) {
		proto = load_half(skb, at + 2);
		at += 4;
	}
	if (proto != ETH_P_IP)
		return false;
	if (load_half(skb, at + 6) & 0x3fff)
		key->proto = 0;
	else
		key->proto = load_byte(skb, at + 9);
	key->src = load_word(skb, at + 12);
	key->dst = load_word(skb, at + 16);
	first = load_byte(skb, at);
	at += (first & 15) << 2;
	switch (key->proto) {
	case IPPROTO_IPIP:
		return load_byte(skb, at) == 0x45;
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		key->ports = load_word(skb, at);
		return true;
	default:
		return true;
	}
}

SEC("socket")
int pairs_of_hosts(struct __sk_buff *skb)
{
	struct key key = {};
	struct pair *known;
	__u32 host;

	if (!dissect(skb, &key))
		return 0;
	host = key.dst;
	known = bpf_map_lookup_elem(&pairs, &host);
	if (known) {
		__sync_fetch_and_add(&known->packets, 1);
		__sync_fetch_and_add(&known->bytes, skb->len);
	} else {
		struct pair fresh = {1, skb->len};

		bpf_map_update_elem(&pairs, &host, &fresh, BPF_ANY);
	}
	return 0;
}

SEC("socket")
int stages_by_protocol(struct __sk_buff *skb)
{
	skb->cb[0] = ETH_HLEN;
	switch (load_half(skb, 12)) {
	case ETH_P_IP:
		bpf_tail_call(skb, &stages, 1);
		break;
	case ETH_P_IPV6:
		bpf_tail_call(skb, &stages, 2);
		break;
	default:
		bpf_tail_call(skb, &stages, skb->cb[0]);
	}
	return 0;
}

/* A classic load needs the context where it was. */
SEC("socket")
int classic_after_call(struct __sk_buff *skb)
{
	__u32 first = load_word(skb, 0);
	__u32 random = bpf_get_prandom_u32();

	return first ^ random ^ load_word(skb, 4 + (random & 63));
}

SEC("socket")
int request_line(struct __sk_buff *skb)
{
	char line[8] = {};
	__u8 first, offset;
	__u32 at;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &first, 1))
		return 0;
	at = ETH_HLEN + (first & 15) * 4;
	if (bpf_skb_load_bytes(skb, at + 12, &offset, 1))
		return 0;
	at += offset >> 4 << 2;
	if (bpf_skb_load_bytes(skb, at, line, 7))
		return 0;
	if (line[0] == 'G' && line[1] == 'E' && line[2] == 'T' && line[3] == ' ')
		return -1;
	return 0;
}

/* Samples of any length, in steps that halve. */
SEC("socket")
int sample(struct __sk_buff *skb)
{
	struct {
		__u32 len, copied;
		__u8 bytes[256];
	} *event;
	__u32 at = 0;

	event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);
	if (!event)
		return 0;
	event->len = skb->len;
#pragma unroll
	for (int step = 128; step >= 16; step /= 2) {
		if (at + step <= event->len && at + step <= sizeof(event->bytes)) {
			if (bpf_skb_load_bytes(skb, at, event->bytes + at, step))
				break;
			at += step;
		}
	}
	event->copied = at;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* wrong: one way out forgets the record */
SEC("socket")
int sample_leaks(struct __sk_buff *skb)
{
	__u64 *event = bpf_ringbuf_reserve(&ring, 8, 0);

	if (!event)
		return 0;
	if (bpf_skb_load_bytes(skb, 0, event, 8))
		return 0;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("socket")
int sent_whole(struct __sk_buff *skb)
{
	struct {
		__u64 at;
		__u32 mark, hash;
	} head = {bpf_ktime_get_ns(), skb->mark, skb->hash};

	bpf_perf_event_output(skb, &samples, (__u64)skb->len << 32 | BPF_F_CURRENT_CPU, &head, sizeof(head));
	return skb->len;
}

SEC("socket")
int context_fields(struct __sk_buff *skb)
{
	return skb->vlan_tci + skb->protocol + skb->ifindex + skb->queue_mapping + skb->napi_id
		+ skb->gso_segs + (skb->cb[1] = skb->priority);
}

/* wrong: a socket filter has no packet pointers */
SEC("socket")
int packet_pointer(struct __sk_buff *skb)
{
	return skb->data_end - skb->data;
}

/* wrong: and changes no mark */
SEC("socket")
int changes_mark(struct __sk_buff *skb)
{
	skb->mark = 1;
	return 0;
}
