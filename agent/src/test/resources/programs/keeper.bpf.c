// SPDX-License-Identifier: Apache-2.0
// Keeps the handle of each event's argument, and uses that of the event before: it must name nothing.
#include "sonde.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} handles SEC(".maps");

enum { KEPT, GOOD, STALE, WRONG };

static void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&handles, &what);

	if (n)
		__sync_fetch_and_add(n, 1);
}

/* sell(String, int) and browse(String, int) of dev.sonde.testapp.Shop, on many threads */
SEC("method/dev.sonde.testapp.Shop.sell")
int keep(struct sonde_method *ctx)
{
	__u32 at = KEPT;
	__u64 own = PT_REGS_PARM1(&ctx->regs), value = 0;
	__u64 *kept = bpf_map_lookup_elem(&handles, &at);
	char text[16] = {};

	if (!kept)
		return 0;
	if (*kept) {
		__u64 old = *kept;

		count(sonde_java_string(old, text, sizeof(text)) == -22 ? STALE : WRONG);
		count(sonde_java_class_name(old, text, sizeof(text)) == -22 ? STALE : WRONG);
		count(sonde_java_field(old, "hash", &value) == -22 ? STALE : WRONG);
		count(sonde_java_array_length(old) == -22 ? STALE : WRONG);
		if (text[0] || value)
			count(WRONG);
	}
	*kept = own;
	count(sonde_java_string(own, text, sizeof(text)) >= 0 ? GOOD : WRONG);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
