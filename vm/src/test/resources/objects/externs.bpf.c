// SPDX-License-Identifier: Apache-2.0
// What an object may leave to others: kernel configuration, kernel variables, kfuncs.
#include "sonde.h"

enum libbpf_tristate {
	TRI_NO = 0,
	TRI_YES = 1,
	TRI_MODULE = 2,
};

extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool CONFIG_BPF_SYSCALL __kconfig __weak;
extern enum libbpf_tristate CONFIG_IPV6 __kconfig __weak;
extern char CONFIG_MODULES __kconfig __weak;
extern char CONFIG_CC_VERSION_TEXT[32] __kconfig __weak;
extern __u64 CONFIG_HZ __kconfig __weak;
extern __u32 CONFIG_NOBODY_HAS_THIS __kconfig __weak;

extern const void no_such_variable __ksym __weak;
extern int bpf_no_such_kfunc(int x) __ksym __weak;

SEC("socket")
long ask(void *ctx)
{
	long answer = LINUX_KERNEL_VERSION + CONFIG_HZ + CONFIG_NOBODY_HAS_THIS;
	if (CONFIG_BPF_SYSCALL && CONFIG_IPV6 == TRI_YES && CONFIG_MODULES == 'y')
		answer += CONFIG_CC_VERSION_TEXT[3];
	if (&no_such_variable)
		answer++;
	if (bpf_no_such_kfunc)
		answer += bpf_no_such_kfunc(1);
	return answer;
}

char LICENSE[] SEC("license") = "GPL";
