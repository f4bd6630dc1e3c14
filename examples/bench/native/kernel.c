/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times one benchmark program in the kernel, by BPF_PROG_TEST_RUN: kernel INSNS_FILE DATA_FILE
 * prints "r0 ns_per_run", or why it cannot. An lddw of kind 1 is one of the only map, an array of
 * one element. Time is net of that of an empty program, which is the loop of the test run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
typedef unsigned long long u64;
static char log_text[1 << 20];
static int bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof *attr);
}
static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}
static int load(struct bpf_insn *insns, int count)
{
	union bpf_attr attr = {};
	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insns = (u64)(long)insns;
	attr.insn_cnt = count;
	attr.license = (u64)(long)"GPL";
	int fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0) {
		attr.log_buf = (u64)(long)log_text;
		attr.log_size = sizeof log_text;
		attr.log_level = 1;
		bpf(BPF_PROG_LOAD, &attr);
		printf("refused: %s\n", strerror(errno));
		fprintf(stderr, "%.2000s\n", log_text);
		exit(1);
	}
	return fd;
}
static double run(int program, int repeat, unsigned *result)
{
	static unsigned char packet[64];
	union bpf_attr attr = {};
	attr.test.prog_fd = program;
	attr.test.data_in = (u64)(long)packet;
	attr.test.data_size_in = sizeof packet;
	attr.test.repeat = repeat;
	double start = now();
	if (bpf(BPF_PROG_TEST_RUN, &attr)) {
		printf("test run: %s\n", strerror(errno));
		exit(1);
	}
	*result = attr.test.retval;
	return (now() - start) / repeat;
}
static double best(int program, unsigned *result)
{
	double least = 1e18, took = run(program, 1000, result);
	for (int window = 0; window < 60; window++) {
		took = run(program, (int)(4e6 / took) + 1, result);
		if (took < least)
			least = took;
	}
	return least;
}
int main(int argc, char **argv)
{
	static struct bpf_insn insns[65536];
	static unsigned char data[4096];
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	setrlimit(RLIMIT_MEMLOCK, &all);
	FILE *file = argc > 2 ? fopen(argv[1], "rb") : 0, *input = argc > 2 ? fopen(argv[2], "rb") : 0;
	if (!file || !input || fread(data, 1, sizeof data, input) != sizeof data)
		return 2;
	int count = fread(insns, sizeof *insns, 65536, file);
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4096,
			       .max_entries = 1};
	int map = bpf(BPF_MAP_CREATE, &attr);
	if (map < 0) {
		printf("map: %s\n", strerror(errno));
		return 1;
	}
	int key = 0;
	union bpf_attr update = {.map_fd = map, .key = (u64)(long)&key, .value = (u64)(long)data};
	bpf(BPF_MAP_UPDATE_ELEM, &update);
	for (int i = 0; i < count; i++)
		if (insns[i].code == 0x18) {
			if (insns[i].src_reg == 1)
				insns[i].imm = map;
			i++;
		}
	struct bpf_insn empty[] = {{0xb7, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
	unsigned result, nothing;
	int program = load(insns, count), none = load(empty, 2);
	double took = best(program, &result);
	printf("%u %.3f\n", result, took - best(none, &nothing));
	return 0;
}
