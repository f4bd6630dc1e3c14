// SPDX-License-Identifier: Apache-2.0
// The types of core.bpf.c as another machine has them: moved, widened, renamed, gone.
#include "sonde.h"

struct inner {
	long before;
	int b;
	int a;
};

struct moved {
	__u64 new_member[3];
	__u64 second;
	union {
		struct {
			__u32 padding;
			__u32 first;
		};
		__u64 raw;
	};
	struct inner inner;
	__u16 numbers[8];
	__u64 narrow;
	__u32 bits : 9;
	__s32 negative : 5;
	__u32 flags : 10;
	const char *text;
};

typedef struct {
	int before;
	long value;
} unnamed_t;

enum color {
	BLUE = -7,
	RED = 10,
	GREEN = 11,
};

enum color64 {
	HUGE_COLOR = 0x123456789abLL,
};

struct same {
	long before;
	struct inner *next;
	int x;
};

struct other {
	int x;
	int y;
};

struct moved *moved;
unnamed_t *unnamed;
enum color color;
enum color64 color64;
struct same *same;
struct other *other;

SEC("socket")
int keep(void *ctx)
{
	return moved && unnamed && color && color64 && same && other;
}
