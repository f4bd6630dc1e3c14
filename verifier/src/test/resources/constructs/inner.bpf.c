/* SPDX-License-Identifier: Apache-2.0 */
/* Maps in maps whose values have a timer at their start, or further on: each inner map is another. */
#include "constructs.h"
struct first { struct bpf_timer t; __u64 n; };
struct later { __u64 n; struct bpf_timer t; };
#define INNER(name, type_of) struct name { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, type_of); }
INNER(first_map, struct first) first1 SEC(".maps");
INNER(later_map, struct later) later1 SEC(".maps");
INNER(plain_map, __u64) plain1 SEC(".maps");
#define OUTER(name, kind, inner_type) struct { __uint(type, kind); __uint(max_entries, 2); __type(key, __u32); __array(values, struct inner_type); } name SEC(".maps")
OUTER(firsts, BPF_MAP_TYPE_ARRAY_OF_MAPS, first_map);
OUTER(laters, BPF_MAP_TYPE_HASH_OF_MAPS, later_map);
OUTER(plains, BPF_MAP_TYPE_ARRAY_OF_MAPS, plain_map);
#define S SEC("tc")
#define TWO(outer) __u32 a = 0, b = 1; void *x = bpf_map_lookup_elem(&outer, &a), *y = bpf_map_lookup_elem(&outer, &b); if (!x || !y) return 0;
#define SAME(name, outer, value) S int name##_same(void *c) { TWO(outer) struct value *v = bpf_map_lookup_elem(x, &a); return v ? bpf_timer_init(&v->t, x, 1) : 0; }
#define OTHER(name, outer, value) S int name##_other(void *c) { TWO(outer) struct value *v = bpf_map_lookup_elem(x, &a); return v ? bpf_timer_init(&v->t, y, 1) : 0; }
#define OUTSIDE(name, outer, value, map) S int name##_outside(void *c) { TWO(outer) struct value *v = bpf_map_lookup_elem(x, &a); return v ? bpf_timer_init(&v->t, &map, 1) : 0; }
SAME(first, firsts, first) OTHER(first, firsts, first) OUTSIDE(first, firsts, first, first1)
SAME(later, laters, later) OTHER(later, laters, later) OUTSIDE(later, laters, later, later1)
S int plain(void *c) { TWO(plains) __u64 *v = bpf_map_lookup_elem(x, &a); return v ? *v : 0; }
S int plain_unchecked(void *c) { TWO(plains) __u32 k = bpf_get_prandom_u32(); __u64 *v = bpf_map_lookup_elem(x, &k); return *v; }
S int plain_outer_unchecked(void *c) { __u32 a = 0; void *x = bpf_map_lookup_elem(&plains, &a); __u64 *v = bpf_map_lookup_elem(x, &a); return v ? *v : 0; }
S int plain_update(void *c) { TWO(plains) __u64 n = 1; return bpf_map_update_elem(x, &a, &n, 0) + bpf_map_update_elem(y, &b, &n, 0); }
S int plain_outer_update(void *c) { __u32 a = 0; return bpf_map_update_elem(&plains, &a, &a, 0); }
static int fired(void *map, __u32 *k, struct first *v) { v->n++; return 0; }
S int first_fires(void *c) { TWO(firsts) struct first *v = bpf_map_lookup_elem(x, &a); if (!v) return 0; bpf_timer_init(&v->t, x, 1); bpf_timer_set_callback(&v->t, fired); return bpf_timer_start(&v->t, 9, 0); }
static int fired_later(void *map, __u32 *k, struct later *v) { v->n++; return 0; }
S int later_fires(void *c) { TWO(laters) struct later *v = bpf_map_lookup_elem(x, &a); if (!v) return 0; bpf_timer_init(&v->t, x, 1); bpf_timer_set_callback(&v->t, fired_later); return bpf_timer_start(&v->t, 9, 0); }
S int first_timer_read(void *c) { TWO(firsts) struct first *v = bpf_map_lookup_elem(x, &a); return v ? *(int *)&v->t : 0; }
