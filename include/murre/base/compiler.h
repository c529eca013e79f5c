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

/*
 * Who holds what, as clang's -Wthread-safety proves it (make analyze); nothing to other compilers. A lock is named by an
 * expression. A role is what one holds without an object: interrupts off, preemption off, or the lock of a kind of guard,
 * NAME_role, for fields that it guards from elsewhere. Behind a function's parameters or a member's name.
 */
#if defined(__clang__) && __has_attribute(reentrant_capability)
#define lock_type(kind) __attribute__((capability(kind)))
#define takes_lock(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define drops_lock(...) __attribute__((release_capability(__VA_ARGS__)))
#define needs_lock(...) __attribute__((requires_capability(__VA_ARGS__)))
#define shows_lock(...) __attribute__((assert_capability(__VA_ARGS__), overloadable))
#define guarded_by(...) __attribute__((guarded_by(__VA_ARGS__)))
/* Not proved; say why beside it. */
#define unproved __attribute__((no_thread_safety_analysis))
struct __attribute__((capability("role"), reentrant_capability)) lock_role { char unused; };
#define LOCK_ROLE(name) extern struct lock_role name
/* From here on the function may touch what the role guards: nobody else can see the object yet, or any more. */
#define unshared(role) lock_role_shown_(&role)
static inline void lock_role_shown_(struct lock_role *role) __attribute__((assert_capability(*role)));
static inline unproved void lock_role_shown_(struct lock_role *role) {}
/* A single look without the lock is allowed. */
static inline const volatile void *without_lock_(uintptr_t p) { return (const volatile void *)p; }
#define LOCKS_PROVED 1
#else
#define lock_type(kind)
#define takes_lock(...)
#define drops_lock(...)
#define needs_lock(...)
#define guarded_by(...)
#define unproved
#define LOCK_ROLE(name) struct lock_role
#define unshared(role) ((void)0)
#define without_lock_(p) (p)
#define LOCKS_PROVED 0
#endif
LOCK_ROLE(irqs_off);
LOCK_ROLE(preemption_off);

#define array_size(a) (sizeof(a) / sizeof((a)[0]))
#define static_assert_size(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has an unexpected size")

#define min(a, b) ({ __auto_type min_a_ = (a); __auto_type min_b_ = (b); min_a_ < min_b_ ? min_a_ : min_b_; })
#define max(a, b) ({ __auto_type max_a_ = (a); __auto_type max_b_ = (b); max_a_ > max_b_ ? max_a_ : max_b_; })

#define align_down(x, a) ((x) & ~((typeof(x))(a) - 1))
#define align_up(x, a) align_down((x) + (typeof(x))(a) - 1, a)
#define is_aligned(x, a) (((x) & ((typeof(x))(a) - 1)) == 0)

/* What holds at this place by rules that it cannot see: debug kernels check it, analysers take it for granted. */
#if defined(MURRE_DEBUG) || defined(MURRE_ANALYZE)
_Noreturn void invariant_broken(const char *what, const char *file, int line);
#define invariant(x) ({ if (unlikely(!(x))) invariant_broken(#x, __FILE__, __LINE__); })
#else
#define invariant(x) ((void)0)
#endif

/* What a function hands out ends with fn, as its nth argument: GCC's analyzer follows it. */
#if defined(MURRE_ANALYZE) && !defined(__clang__)
#define freed_by(fn, nth) __attribute__((malloc(fn, nth)))
#else
#define freed_by(fn, nth)
#endif

/* One access, not torn, not repeated, not removed; for data that others write without our lock. */
#define read_once(x) (*(const volatile typeof(x) *)without_lock_((uintptr_t)&(x)))
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

/*
 * What it follows through all calls. may_sleep: sleeps though it takes no cs: the first function of a task, the
 * end of a handle. never_sleeps: called where nothing may sleep (a handler of interrupts, a timer's function); on a field,
 * whatever is stored there.
 */
#define may_sleep checked_as("sleeps")
#define never_sleeps checked_as("atomic")

/* A declaration: the block that it stands in may break a rule, for the reason given. Counted by `make check`. */
#ifdef MURRE_CHECK
#define unsafe_because(reason) unsafe_because_at_(reason, __COUNTER__)
#define unsafe_because_at_(reason, n) unsafe_because_as_(reason, n)
#define unsafe_because_as_(reason, n) \
	[[maybe_unused]] static const char unsafe_because_##n##_[sizeof(reason) > 1 ? 1 : -1] checked_as("unsafe")
#else
#define unsafe_because(reason) _Static_assert(sizeof(reason) > 1, "a reason")
#endif
