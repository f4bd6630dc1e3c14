/* What the native tests trace: counts by itself what it does, on command.
 *   call N      calls counted(i, text) N times, prints the total
 *   thread N    the same from a new thread
 *   heap N      calls counted with another text in the same memory N times, then frees it
 *   usdt N      passes the static probe N times, prints how often it was watched
 *   write N     write(2) of 3 bytes to /dev/null N times
 *   pace N      the same, 200,000 times a second
 *   spin MS     takes so much CPU time in spin()
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))

unsigned short sonde_semaphore __attribute__((section(".probes"))) = 0;
static long total;

/* begins with push, which the kernel emulates */
NOINLINE __attribute__((optimize("O0"))) long counted(long index, const char *text)
{
	__atomic_add_fetch(&total, 1, __ATOMIC_SEQ_CST);
	return index * 2 + (text[0] == 'h');
}

/* begins with an insn that must be single-stepped */
NOINLINE long stepped(long index)
{
	__asm__ volatile("" ::: "memory");
	return index + 7;
}

NOINLINE long probed(long index)
{
	long watched = sonde_semaphore;
	volatile int on_stack = index * 3;

	__asm__ volatile("990: nop\n"
			 ".pushsection .note.stapsdt,\"?\",\"note\"\n"
			 ".balign 4\n.4byte 992f-991f, 994f-993f, 3\n"
			 "991: .asciz \"stapsdt\"\n992: .balign 4\n"
			 "993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte sonde_semaphore\n"
			 ".asciz \"sonde\"\n.asciz \"passed\"\n.asciz \"8@%0 -4@%1 8@$-5\"\n"
			 "994: .balign 4\n.popsection\n"
			 ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
			 ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n"
			 "_.stapsdt.base: .space 1\n.size _.stapsdt.base, 1\n.popsection\n"
			 :
			 : "r"(index), "m"(on_stack));
	return watched;
}

NOINLINE void spin(long millis)
{
	struct timespec now, start;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	do {
		for (volatile int i = 0; i < 100000; i++)
			;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < millis);
}

static long pace(int out, long n)
{
	struct timespec start, now;
	long written = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (long i = 0; i < n; i++) {
		do
			clock_gettime(CLOCK_MONOTONIC, &now);
		while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec - start.tv_nsec < i * 5000);
		written += write(out, "abc", 3);
	}
	return written;
}

static void *in_thread(void *n)
{
	char text[] = "hello from a stack";

	for (long i = 0; i < (long)n; i++) {
		counted(i, text);
		stepped(i);
	}
	return 0;
}

int main(void)
{
	char word[16];
	long n;
	int out = open("/dev/null", O_WRONLY);

	printf("ready %d\n", getpid());
	fflush(stdout);
	while (scanf("%15s %ld", word, &n) == 2) {
		long result = 0;

		if (!strcmp(word, "call")) {
			in_thread((void *)n);
			result = total;
		} else if (!strcmp(word, "thread")) {
			pthread_t thread;

			pthread_create(&thread, 0, in_thread, (void *)n);
			pthread_join(thread, 0);
			result = total;
		} else if (!strcmp(word, "heap")) {
			char *text = malloc(4096);

			for (long i = 0; i < n; i++) {
				sprintf(text, "h%05ld", i);
				counted(i, text);
			}
			memset(text, 'x', 4096);
			free(text);
			result = total;
		} else if (!strcmp(word, "usdt")) {
			for (long i = 0; i < n; i++)
				result += probed(i) != 0;
		} else if (!strcmp(word, "write")) {
			for (long i = 0; i < n; i++)
				result += write(out, "abc", 3);
		} else if (!strcmp(word, "pace")) {
			result = pace(out, n);
		} else if (!strcmp(word, "spin")) {
			spin(n);
		} else {
			return 1;
		}
		printf("%s %ld\n", word, result);
		fflush(stdout);
	}
	return 0;
}
