// SPDX-License-Identifier: Apache-2.0
// Programs that have a meaning here beside some that do not.
#include "sonde.h"

SEC("fentry/vfs_read")
int on_entry(void *ctx)
{
	return 0;
}

SEC("?ksyscall/read")
int on_syscall(struct pt_regs *ctx)
{
	return PT_REGS_PARM1(ctx) == 0;
}

SEC("tcx/ingress")
int on_packet(struct __sk_buff *ctx)
{
	return ctx->len > 100;
}

SEC("lsm/file_open")
int on_open(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
