// SPDX-License-Identifier: Apache-2.0
// slabratetop: which slab caches allocate most.
#include "tool.h"

struct key {
	char name[32];
};

struct value {
	__u64 count;
	__u64 bytes;
};

HASH_MAP(caches, struct key, struct value, 10240);

SEC("kprobe/kmem_cache_alloc")
int allocated(struct pt_regs *ctx)
{
	__u64 cache = PT_REGS_PARM1(ctx), name = 0;
	struct value *value, zero = {};
	struct key key = {};
	__u32 size = 0;

	bpf_probe_read_kernel(&name, sizeof(name), (void *)(cache + 96));
	bpf_probe_read_kernel_str(key.name, sizeof(key.name), (void *)name);
	bpf_probe_read_kernel(&size, sizeof(size), (void *)(cache + 24));
	value = lookup_or_init(&caches, &key, &zero);
	if (value) {
		__sync_fetch_and_add(&value->count, 1);
		__sync_fetch_and_add(&value->bytes, size);
	}
	return 0;
}

GPL;
