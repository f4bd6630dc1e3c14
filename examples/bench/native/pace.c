/* pace RATE SECONDS: once a line has come in, writes 3 bytes to /dev/null RATE times a second. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

int main(int argc, char **argv)
{
	long rate = argc > 2 ? atol(argv[1]) : 200000;
	long total = rate * (argc > 2 ? atol(argv[2]) : 5);
	int out = open("/dev/null", O_WRONLY);
	long start, took;

	if (getchar() == EOF || rate < 1)
		return 1;
	start = nanos();
	for (long i = 0; i < total; i++) {
		while (nanos() - start < i * 1000000000L / rate)
			;
		if (write(out, "abc", 3) != 3)
			return 1;
	}
	took = nanos() - start;
	printf("%ld %ld\n", total, total * 1000000000L / took);
	return 0;
}
