/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel addresses as numbers, and memory that is given its type: the few conversions between pointers that code outside
 * the handle core, mm/ and arch/ may use, by name.
 */
#pragma once
#include <murre/base/compiler.h>

/* For a hash, a comparison or a report; no way leads back. */
static always_inline uintptr_t pointer_value(const volatile void *p) { return (uintptr_t)p; }

/* The nearest multiple of `to`, a power of two, at or above p, at or below it. */
#define pointer_align_up(p, to) ({ typeof(p) up_ = (typeof(p))align_up((uintptr_t)(p), (to)); up_; })
#define pointer_align_down(p, to) ({ typeof(p) down_ = (typeof(p))align_down((uintptr_t)(p), (to)); down_; })

/* The T that lies in a buffer of bytes at p. */
#define overlay(T, p) ({ \
	_Static_assert(sizeof(*(p)) == 1, "a buffer of bytes"); \
	(T *)(void *)(p); })
/* The T in the same block of memory right behind *p. */
#define behind(T, p) ((T *)(void *)((p) + 1))

/* A pointer, of at least two-byte alignment, and a bit in one word. */
typedef struct { uintptr_t tag_word_; } tagged_ptr;
static inline tagged_ptr tagged_make(const void *p, bool bit) { return (tagged_ptr){ (uintptr_t)p | bit }; }
static inline void *tagged_target(tagged_ptr t) { return (void *)(t.tag_word_ & ~1ul); }
static inline bool tagged_bit(tagged_ptr t) { return t.tag_word_ & 1; }
