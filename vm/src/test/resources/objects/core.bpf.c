// SPDX-License-Identifier: Apache-2.0
// Every question that CO-RE can ask, one program each, which returns the answer. The types are what
// the program was written for; coretarget.bpf.c has them as another machine has them.
#include "sonde.h"

#define CORE __attribute__((preserve_access_index))
#define PROGRAM(name, expression) \
	SEC("socket") \
	long name(void *ctx) \
	{ \
		return expression; \
	}

struct inner {
	int a;
	int b;
} CORE;

struct moved {
	__u32 first;
	__u64 second;
	struct inner inner;
	__u16 numbers[4];
	__s32 negative : 5;
	__u32 flags : 7;
	__u32 narrow;
	char *text;
	int gone;
} CORE;

struct moved___old {
	int gone;
	int never;
} CORE;

struct absent {
	int x;
} CORE;

typedef struct {
	long value;
} CORE unnamed_t;

enum color {
	RED = 0,
	GREEN = 1,
	GONE_COLOR = 2,
};

enum color64 {
	HUGE_COLOR = 1,
};

struct same {
	int x;
	struct inner *next;
};

struct other {
	int x;
	long y;
};

enum { BYTE_OFFSET, BYTE_SIZE, EXISTS, SIGNED, LSHIFT, RSHIFT };
enum { TYPE_EXISTS, TYPE_SIZE, TYPE_MATCHES };
enum { VALUE_EXISTS, VALUE };

#define FIELD(type, field, question) \
	__builtin_preserve_field_info(((type *)0)->field, question)
#define TYPE(type, question) __builtin_preserve_type_info(*(type *)0, question)
#define ENUM(type, name, question) __builtin_preserve_enum_value(*(type *)name, question)

PROGRAM(offset_first, FIELD(struct moved, first, BYTE_OFFSET))
PROGRAM(offset_second, FIELD(struct moved, second, BYTE_OFFSET))
PROGRAM(offset_inner_b, FIELD(struct moved, inner.b, BYTE_OFFSET))
PROGRAM(offset_number_2, FIELD(struct moved, numbers[2], BYTE_OFFSET))
PROGRAM(offset_unnamed, FIELD(unnamed_t, value, BYTE_OFFSET))
PROGRAM(size_narrow, FIELD(struct moved, narrow, BYTE_SIZE))
PROGRAM(size_numbers, FIELD(struct moved, numbers, BYTE_SIZE))
PROGRAM(exists_second, FIELD(struct moved, second, EXISTS))
PROGRAM(exists_gone, FIELD(struct moved, gone, EXISTS))
PROGRAM(exists_flavored, FIELD(struct moved___old, never, EXISTS))
PROGRAM(exists_absent, FIELD(struct absent, x, EXISTS))
PROGRAM(signed_negative, FIELD(struct moved, negative, SIGNED))
PROGRAM(signed_flags, FIELD(struct moved, flags, SIGNED))
PROGRAM(lshift_flags, FIELD(struct moved, flags, LSHIFT))
PROGRAM(rshift_flags, FIELD(struct moved, flags, RSHIFT))
PROGRAM(offset_flags, FIELD(struct moved, flags, BYTE_OFFSET))
PROGRAM(size_flags, FIELD(struct moved, flags, BYTE_SIZE))
PROGRAM(offset_gone, FIELD(struct moved, gone, BYTE_OFFSET))
PROGRAM(type_exists, TYPE(struct moved, TYPE_EXISTS))
PROGRAM(type_absent, TYPE(struct absent, TYPE_EXISTS))
PROGRAM(type_size, TYPE(struct moved, TYPE_SIZE))
PROGRAM(type_size_absent, TYPE(struct absent, TYPE_SIZE))
PROGRAM(type_id_local, __builtin_btf_type_id(*(struct moved *)0, 0))
PROGRAM(type_id_target, __builtin_btf_type_id(*(struct moved *)0, 1))
PROGRAM(enum_green, ENUM(enum color, GREEN, VALUE))
PROGRAM(enum_green_exists, ENUM(enum color, GREEN, VALUE_EXISTS))
PROGRAM(enum_gone_exists, ENUM(enum color, GONE_COLOR, VALUE_EXISTS))
PROGRAM(enum_gone, ENUM(enum color, GONE_COLOR, VALUE))
PROGRAM(enum_huge, ENUM(enum color64, HUGE_COLOR, VALUE))
#if __clang_major__ >= 15
PROGRAM(matches_same, TYPE(struct same, TYPE_MATCHES))
PROGRAM(matches_other, TYPE(struct other, TYPE_MATCHES))
#endif

SEC("socket")
long load_narrow(struct moved *ctx)
{
	return ctx->narrow;
}

SEC("socket")
long load_text(struct moved *ctx)
{
	return (long)ctx->text;
}

SEC("socket")
long load_gone(struct moved *ctx)
{
	return ctx->gone;
}

char LICENSE[] SEC("license") = "GPL";
