// Of these programs one can be used here; the others want what is not there.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

extern int no_such_kfunc(int value) __ksym;
extern const void no_such_symbol __ksym;

SEC("method/java.lang.Object.hashCode")
int fine(void *ctx)
{
	return 0;
}

SEC("method/java.lang.Object.hashCode")
int wants_kfunc(void *ctx)
{
	return no_such_kfunc(1);
}

SEC("method/java.lang.Object.hashCode")
int wants_symbol(void *ctx)
{
	return (long)&no_such_symbol & 0xff;
}

SEC("fentry/vfs_read")
int elsewhere(void *ctx)
{
	return 0;
}
