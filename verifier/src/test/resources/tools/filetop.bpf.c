// SPDX-License-Identifier: Apache-2.0
// filetop: which files are read and written most.
#include "tool.h"

struct file_id {
	__u64 inode;
	__u32 dev;
	__u32 pid;
	__u32 tid;
};

struct file_stat {
	__u64 reads;
	__u64 read_bytes;
	__u64 writes;
	__u64 write_bytes;
	__u32 pid;
	__u32 tid;
	char name[32];
	char comm[TASK_COMM_LEN];
	char type;
};

const volatile _Bool regular_only = 1;

static struct file_stat no_stat = {};

HASH_MAP(entries, struct file_id, struct file_stat, 10240);

static int entry(struct pt_regs *ctx, __u64 count, _Bool write)
{
	__u64 file = PT_REGS_PARM1(ctx), dentry = 0, inode = 0;
	struct file_id key = {};
	struct file_stat *stat;
	__u16 mode = 0;

	if (bpf_probe_read_kernel(&inode, sizeof(inode), (void *)(file + 32)))
		return 0;
	bpf_probe_read_kernel(&mode, sizeof(mode), (void *)inode);
	if (regular_only && (mode & 0170000) != 0100000)
		return 0;
	key.dev = inode >> 20;
	key.inode = inode;
	key.pid = current_pid();
	key.tid = current_tid();
	stat = bpf_map_lookup_elem(&entries, &key);
	if (!stat) {
		bpf_map_update_elem(&entries, &key, &no_stat, BPF_ANY);
		stat = bpf_map_lookup_elem(&entries, &key);
		if (!stat)
			return 0;
		stat->pid = key.pid;
		stat->tid = key.tid;
		bpf_get_current_comm(&stat->comm, sizeof(stat->comm));
		bpf_probe_read_kernel(&dentry, sizeof(dentry), (void *)(file + 24));
		bpf_probe_read_kernel_str(&stat->name, sizeof(stat->name), (void *)(dentry + 56));
		stat->type = (mode & 0170000) == 0100000 ? 'R' : 'O';
	}
	if (write) {
		stat->writes++;
		stat->write_bytes += count;
	} else {
		stat->reads++;
		stat->read_bytes += count;
	}
	return 0;
}

SEC("kprobe/vfs_read")
int on_read(struct pt_regs *ctx)
{
	return entry(ctx, PT_REGS_PARM3(ctx), 0);
}

SEC("kprobe/vfs_write")
int on_write(struct pt_regs *ctx)
{
	return entry(ctx, PT_REGS_PARM3(ctx), 1);
}

GPL;
