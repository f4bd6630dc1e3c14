/* What the native tests trace: counts by itself what it does, on command.
 *   call N      calls counted(i, text) N times, prints the total
 *   thread N    the same from a new thread
 *   heap N      calls counted with another text in the same memory N times, then frees it
 *   usdt N      passes the static probe N times, prints how often it was watched
 *   write N     write(2) of 3 bytes to /dev/null N times
 *   pace N      the same, 200,000 times a second
 *   spin MS     takes so much CPU time in spin()
 *   guard N     calls guarded(i), which begins with endbr64 and push, N times
 *   begin N     calls the N-th of the functions begin_0, ..., prints the least ns of a call
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

/* a function for each kind of first insn; what follows leaves the stack as it was */
#define BEGIN(n, insn)                                                              \
	__asm__(".text\n.globl begin_" #n "\n.type begin_" #n ", @function\n"            \
		"begin_" #n ":\n" insn "\n.size begin_" #n ", . - begin_" #n "\n");         \
	void begin_##n(void)

BEGIN(0, "nop\n ret");
BEGIN(1, "push %rbp\n pop %rbp\n ret");
BEGIN(2, "push %r12\n pop %r12\n ret");
BEGIN(3, "jmp 1f\n nop\n 1: ret");
BEGIN(4, "call 1f\n ret\n 1: ret");
BEGIN(5, "jz 1f\n nop\n 1: ret");
BEGIN(6, ".byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n ret");
BEGIN(7, ".byte 0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n ret");
BEGIN(8, "lea 8(%rsp), %rax\n ret");
BEGIN(9, "endbr64\n ret");
BEGIN(10, "sub $8, %rsp\n add $8, %rsp\n ret");
BEGIN(11, "mov $1, %eax\n ret");
BEGIN(12, "xor %eax, %eax\n ret");
BEGIN(13, "ret");
BEGIN(14, ".byte 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n ret"); /* refused: a cs prefix */

__asm__(".text\n.globl guarded\n.type guarded, @function\n"
	"guarded: endbr64\n push %rbp\n lea 1(%rdi), %rax\n pop %rbp\n ret\n.size guarded, . - guarded\n");
long guarded(long index);

static void (*const begins[])(void) = { begin_0, begin_1, begin_2,  begin_3,  begin_4,  begin_5,  begin_6,
					begin_7, begin_8, begin_9, begin_10, begin_11, begin_12, begin_13 };

static long least_nanos(void (*function)(void))
{
	long least = 1L << 40;

	for (int i = 0; i < 400; i++) {
		struct timespec from, to;

		clock_gettime(CLOCK_MONOTONIC, &from);
		for (int j = 0; j < 5; j++)
			function();
		clock_gettime(CLOCK_MONOTONIC, &to);
		long nanos = (to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec - from.tv_nsec;

		least = nanos < least ? nanos : least;
	}
	return least / 5;
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
		} else if (!strcmp(word, "guard")) {
			for (long i = 0; i < n; i++)
				result += guarded(i) == i + 1;
		} else if (!strcmp(word, "begin")) {
			result = least_nanos(begins[n]);
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
