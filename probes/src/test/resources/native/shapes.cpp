// What the tests of C++ names trace: "shapes N" calls each function N times, prints N.
#include <cstdio>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

namespace shapes {

class Circle {
public:
	NOINLINE long area(int radius);
	NOINLINE long area(double radius);
	NOINLINE static long count(long of);
};

long Circle::area(int radius)
{
	__asm__ volatile("" ::: "memory");
	return 3L * radius * radius;
}

long Circle::area(double radius)
{
	__asm__ volatile("" ::: "memory");
	return static_cast<long>(3 * radius * radius);
}

long Circle::count(long of)
{
	__asm__ volatile("" ::: "memory");
	return of + 1;
}

template <typename T> NOINLINE T twice(T value)
{
	__asm__ volatile("" ::: "memory");
	return value + value;
}

} // namespace shapes

int main()
{
	char word[16];
	long n;
	volatile long kept = 0;
	shapes::Circle circle;

	std::printf("ready %d\n", getpid());
	std::fflush(stdout);
	while (std::scanf("%15s %ld", word, &n) == 2) {
		for (long i = 0; i < n; i++) {
			kept += circle.area(static_cast<int>(i));
			kept += circle.area(static_cast<double>(i));
			kept += shapes::Circle::count(i);
			kept += shapes::twice<long>(i);
		}
		std::printf("%s %ld\n", word, n);
		std::fflush(stdout);
	}
}
