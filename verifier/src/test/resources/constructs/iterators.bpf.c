/* SPDX-License-Identifier: Apache-2.0 */
#include "constructs.h"

struct bpf_iter_num {
	__u64 opaque[1];
} __attribute__((aligned(8)));

struct bpf_iter_bits {
	__u64 opaque[2];
} __attribute__((aligned(8)));

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;
extern int bpf_iter_bits_new(struct bpf_iter_bits *it, const __u64 *p, __u32 n) __weak __ksym;
extern int *bpf_iter_bits_next(struct bpf_iter_bits *it) __weak __ksym;
extern void bpf_iter_bits_destroy(struct bpf_iter_bits *it) __weak __ksym;
int arr[64]; __u64 total;
SEC("tp/syscalls/sys_enter_openat") int num_ok(void*c){ struct bpf_iter_num it; int*v; long s=0; bpf_iter_num_new(&it,0,64); while((v=bpf_iter_num_next(&it))){ int i=*v; if(i<0||i>=64) continue; s+=arr[i]; } bpf_iter_num_destroy(&it); return s; }
SEC("tp/syscalls/sys_enter_openat") int num_unb(void*c){ struct bpf_iter_num it; int*v; long s=0; bpf_iter_num_new(&it,0,1000000); while((v=bpf_iter_num_next(&it))){ s+=*v; if(s==77) break; total+=s; } bpf_iter_num_destroy(&it); return s; }
SEC("tp/syscalls/sys_enter_openat") int num_leak(void*c){ struct bpf_iter_num it; int*v; long s=0; bpf_iter_num_new(&it,0,64); while((v=bpf_iter_num_next(&it))){ s+=*v; } return s; }
SEC("tp/syscalls/sys_enter_openat") int num_noinit(void*c){ struct bpf_iter_num it={}; int*v; long s=0; while((v=bpf_iter_num_next(&it))){ s+=*v; } return s; }
SEC("tp/syscalls/sys_enter_openat") int num_nocheck(void*c){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,64); int v=*bpf_iter_num_next(&it); bpf_iter_num_destroy(&it); return v; }
SEC("tp/syscalls/sys_enter_openat") int num_oob(void*c){ struct bpf_iter_num it; int*v; long s=0; bpf_iter_num_new(&it,0,64); while((v=bpf_iter_num_next(&it))){ s+=arr[*v]; } bpf_iter_num_destroy(&it); return s; }
SEC("tp/syscalls/sys_enter_openat") int num_double(void*c){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,64); bpf_iter_num_destroy(&it); bpf_iter_num_destroy(&it); return 0; }
SEC("tp/syscalls/sys_enter_openat") int num_write(void*c){ struct bpf_iter_num it; int*v; bpf_iter_num_new(&it,0,64); v=bpf_iter_num_next(&it); if(v) *v=3; bpf_iter_num_destroy(&it); return 0; }
SEC("tp/syscalls/sys_enter_openat") int num_stale(void*c){ struct bpf_iter_num it; int*v; bpf_iter_num_new(&it,0,64); v=bpf_iter_num_next(&it); bpf_iter_num_destroy(&it); return v?*v:0; }
SEC("tp/syscalls/sys_enter_openat") int num_nested(void*c){ struct bpf_iter_num a,b; int*v,*w; long s=0; bpf_iter_num_new(&a,0,10); while((v=bpf_iter_num_next(&a))){ bpf_iter_num_new(&b,0,*v); while((w=bpf_iter_num_next(&b))) s+=*w; bpf_iter_num_destroy(&b);} bpf_iter_num_destroy(&a); return s; }
SEC("tp/syscalls/sys_enter_openat") int bits_ok(void*c){ struct bpf_iter_bits it; __u64 w=0xf0f; int*v; long s=0; bpf_iter_bits_new(&it,&w,1); while((v=bpf_iter_bits_next(&it))) s+=*v; bpf_iter_bits_destroy(&it); return s; }
SEC("tp/syscalls/sys_enter_openat") int num_state(void*c){ struct bpf_iter_num it; int*v; int idx=0; long s=0; bpf_iter_num_new(&it,0,64); while((v=bpf_iter_num_next(&it))){ idx++; if(idx<64) s+=arr[idx]; } bpf_iter_num_destroy(&it); return s; }
SEC("tp/syscalls/sys_enter_openat") int num_loopin(void*c){ struct bpf_iter_num it; int*v; long s=0; bpf_iter_num_new(&it,0,64); while((v=bpf_iter_num_next(&it))){ for(int j=0;j<*v && j<100;j++) s+=arr[j&63]; } bpf_iter_num_destroy(&it); return s; }
