// SPDX-License-Identifier: Apache-2.0
// javaobjnew: how many objects and bytes of each class a JVM allocates.
#include "tool.h"

struct key {
	char class_name[64];
};

struct value {
	__u64 count;
	__u64 bytes;
};

HASH_MAP(classes, struct key, struct value, 8192);

SEC("usdt/libjvm:hotspot:object__alloc")
int allocated(struct pt_regs *ctx)
{
	const char *name = (const char *)PT_REGS_PARM2(ctx);
	__u32 length = PT_REGS_PARM3(ctx);
	struct value zero = {}, *value;
	struct key key = {};

	length &= sizeof(key.class_name) - 1;
	if (bpf_probe_read_user(key.class_name, length, name))
		return 0;
	value = lookup_or_init(&classes, &key, &zero);
	if (!value)
		return 0;
	__sync_fetch_and_add(&value->count, 1);
	__sync_fetch_and_add(&value->bytes, PT_REGS_PARM4(ctx) * 8);
	return 0;
}

GPL;
