// SPDX-License-Identifier: Apache-2.0
// How long H2's SQL statements take, as a log2 histogram in ns, and how many of each kind ran.
#include "h2.h"

#define SLOTS 48 /* up to 2^48 ns: three days */

struct histogram {
	__u64 slots[SLOTS];
	__u64 sum;
};

enum statement_kind {
	OTHER,
	SELECT,
	INSERT,
	UPDATE,
	DELETE,
};

struct statement_key {
	enum statement_kind kind;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct histogram);
} latency SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16);
	__type(key, struct statement_key);
	__type(value, __u64);
} statements SEC(".maps");

/* the first six letters of the statement, lower case, first letter in the lowest byte */
#define WORD(a, b, c, d, e, f) \
	((__u64)a | (__u64)b << 8 | (__u64)c << 16 | (__u64)d << 24 | (__u64)e << 32 | (__u64)f << 40)

static __always_inline enum statement_kind kind_of(struct sonde_method *ctx)
{
	union {
		char text[8];
		__u64 word;
	} head = {};

	if (sonde_java_string(h2_sql(ctx), head.text, 7) < 6)
		return OTHER;
	switch (head.word | 0x202020202020) {
	case WORD('s', 'e', 'l', 'e', 'c', 't'):
		return SELECT;
	case WORD('i', 'n', 's', 'e', 'r', 't'):
		return INSERT;
	case WORD('u', 'p', 'd', 'a', 't', 'e'):
		return UPDATE;
	case WORD('d', 'e', 'l', 'e', 't', 'e'):
		return DELETE;
	default:
		return OTHER;
	}
}

static __always_inline void count(enum statement_kind kind)
{
	struct statement_key key = {.kind = kind};
	__u64 one = 1;
	__u64 *counted = bpf_map_lookup_elem(&statements, &key);

	if (counted)
		*counted += 1; /* this CPU's own value */
	else
		bpf_map_update_elem(&statements, &key, &one, BPF_ANY);
}

static __always_inline int measure(struct sonde_method *ctx)
{
	__u64 duration = ctx->duration_ns;
	__u32 slot = sonde_log2(duration);
	__u32 zero = 0;
	struct histogram *histogram = bpf_map_lookup_elem(&latency, &zero);

	if (histogram) {
		if (slot >= SLOTS)
			slot = SLOTS - 1;
		histogram->slots[slot] += 1;
		histogram->sum += duration;
	}
	count(kind_of(ctx));
	return 0;
}

H2_EVERY_STATEMENT(latency_of, measure)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
