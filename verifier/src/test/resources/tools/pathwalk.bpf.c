// SPDX-License-Identifier: Apache-2.0
// pathwalk: the names of a path from its end to the root, in a loop over kernel pointers.
#include "tool.h"

#define NAME_BYTES 32
#define MAX_NAMES 16

struct path {
	__u32 depth;
	__u32 pid;
	char names[MAX_NAMES][NAME_BYTES];
};

PERCPU_ARRAY_MAP(paths, struct path, 1);
RING_MAP(events, 1 << 20);

SEC("kprobe/vfs_unlink")
int unlink(struct pt_regs *ctx)
{
	__u64 dentry = PT_REGS_PARM2(ctx), parent = 0;
	struct path *path;
	__u32 zero = 0, i;

	path = bpf_map_lookup_elem(&paths, &zero);
	if (!path)
		return 0;
	path->pid = current_pid();
	path->depth = 0;
	for (i = 0; i < MAX_NAMES; i++) {
		if (bpf_probe_read_kernel_str(path->names[i], NAME_BYTES, (void *)(dentry + 56)) < 0)
			break;
		path->depth = i + 1;
		if (bpf_probe_read_kernel(&parent, sizeof(parent), (void *)(dentry + 24)))
			break;
		if (!parent || parent == dentry)
			break;
		dentry = parent;
	}
	bpf_ringbuf_output(&events, path, sizeof(*path), 0);
	return 0;
}

GPL;
