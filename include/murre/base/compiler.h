/* SPDX-License-Identifier: GPL-2.0-only */
/* What the compiler is told: hints, attributes and the few tricks that everything else is written with. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define always_inline inline __attribute__((always_inline))
#define never_inline __attribute__((noinline))
#define cold_path __attribute__((cold, noinline))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define packed_struct __attribute__((packed))
#define aligned_to(n) __attribute__((aligned(n)))
#define in_section(name) __attribute__((section(name), used))
/* Code and data that only the start of the kernel needs; its memory is freed before the first program runs. */
#define start_code __attribute__((section(".text.start"), cold))
#define start_data __attribute__((section(".data.start")))
/* Data that is written while the kernel starts and read-only from then on. */
#define read_only_after_start __attribute__((section(".data.ro_after_start")))
/* A local array that is filled before it is read; spares the zeroing. Say why beside it. */
#define not_zeroed __attribute__((uninitialized))
/* Looks at memory whatever it is: the debug kernel's checks of addresses leave this function out. */
#define unwatched __attribute__((no_sanitize("kernel-address")))

#define array_size(a) (sizeof(a) / sizeof((a)[0]))
#define static_assert_size(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has an unexpected size")

#define min(a, b) ({ __auto_type min_a_ = (a); __auto_type min_b_ = (b); min_a_ < min_b_ ? min_a_ : min_b_; })
#define max(a, b) ({ __auto_type max_a_ = (a); __auto_type max_b_ = (b); max_a_ > max_b_ ? max_a_ : max_b_; })

#define align_down(x, a) ((x) & ~((typeof(x))(a) - 1))
#define align_up(x, a) align_down((x) + (typeof(x))(a) - 1, a)
#define is_aligned(x, a) (((x) & ((typeof(x))(a) - 1)) == 0)

/* One access, not torn, not repeated, not removed; for data that others write without our lock. */
#define read_once(x) (*(const volatile typeof(x) *)&(x))
#define write_once(x, v) (*(volatile typeof(x) *)&(x) = (v))
#define compiler_barrier() __asm__ volatile("" ::: "memory")

/* Only for the handle core, mm/ and arch/; others use EMBEDDED(). */
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

/* EMBEDDED(outer, inner, member): struct outer *outer_of_inner(struct inner *) for an inner that lives in an outer. */
#define EMBEDDED(outer, inner, member) \
	static inline struct outer *outer##_of_##inner(struct inner *inner_ptr) \
	{ \
		return container_of(inner_ptr, struct outer, member); \
	}

/* What the handle checker (tools/handlecheck) is told about a type or a declaration; nothing for the kernel itself. */
#ifdef MURRE_CHECK
#define checked_as(role) __attribute__((murre_checked(role)))
#else
#define checked_as(role)
#endif

/* A declaration: the block that it stands in may break a rule, for the reason given. Counted by `make check`. */
#ifdef MURRE_CHECK
#define unsafe_because(reason) unsafe_because_at_(reason, __COUNTER__)
#define unsafe_because_at_(reason, n) unsafe_because_as_(reason, n)
#define unsafe_because_as_(reason, n) \
	[[maybe_unused]] static const char unsafe_because_##n##_[sizeof(reason) > 1 ? 1 : -1] checked_as("unsafe")
#else
#define unsafe_because(reason) _Static_assert(sizeof(reason) > 1, "a reason")
#endif
