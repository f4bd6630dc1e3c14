// SPDX-License-Identifier: Apache-2.0
// vfsstat: how often the file system's entry points are called.
#include "tool.h"

enum { READ, WRITE, FSYNC, OPEN, CREATE, MAX };

__u64 stats[MAX] = {};

static __always_inline int count(int which)
{
	__atomic_add_fetch(&stats[which], 1, __ATOMIC_RELAXED);
	return 0;
}

#define COUNTER(function, which) \
	SEC("kprobe/" #function) \
	int function(struct pt_regs *ctx) \
	{ \
		return count(which); \
	}

COUNTER(vfs_read, READ)
COUNTER(vfs_write, WRITE)
COUNTER(vfs_fsync, FSYNC)
COUNTER(vfs_open, OPEN)
COUNTER(vfs_create, CREATE)

GPL;
