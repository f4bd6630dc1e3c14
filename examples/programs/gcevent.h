/* SPDX-License-Identifier: Apache-2.0 */
/* Made by: sonde header jdk.GarbageCollection */
#pragma once
#include "sonde.h"

/* JFR event jdk.GarbageCollection, Java 17: SEC("jfr/jdk.GarbageCollection") */
struct sonde_jfr_jdk_GarbageCollection {
	__u64 _common; /* not to be read */
	__s64 startTime; /* 8: ns, the clock of bpf_ktime_get_ns */
	__s64 duration; /* 16: ns */
	__s32 gcId; /* 24: GC Identifier */
	char name[64]; /* 28: Name */
	char cause[64]; /* 92: Cause */
	__s64 sumOfPauses; /* 160: ns */
	__s64 longestPause; /* 168: ns */
} __attribute__((preserve_access_index));
