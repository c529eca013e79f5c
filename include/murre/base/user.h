/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses in a program's memory. user(T) is the address of a T there: it cannot be dereferenced, only copied from
 * and to, and the type on both sides must be the same. user_addr is an address of no particular type (a buffer of
 * bytes, an mmap hint). The copies live in murre/usercopy.h.
 */
#pragma once
#include <murre/base/result.h>

typedef struct { uintptr_t usr_addr_; } user_addr;
DEFINE_RESULT(user_addr);

/* By direction: what a program hands in is only read, what it asks for only written, user(T) is both. */
#define user(T) struct T##_user
#define user_in(T) struct T##_user_in
#define user_out(T) struct T##_user_out
#define DEFINE_USER(T) \
	user(T) { uintptr_t usr_addr_; T *usr_type_[0]; char may_be_read[0], may_be_written[0]; }; \
	user_in(T) { uintptr_t usr_addr_; T *usr_type_[0]; char may_be_read[0]; }; \
	user_out(T) { uintptr_t usr_addr_; T *usr_type_[0]; char may_be_written[0]; }

/* A register as a T, for decoding call arguments: every argument type is an integer or a struct of one. */
#define from_register(T, v) ({ union { uint64_t raw; T value; } register_ = { v }; register_.value; })
#define user_from(T, v) ((user(T)){ .usr_addr_ = (v) })
static inline user_addr user_addr_from(uintptr_t v) { return (user_addr){ .usr_addr_ = v }; }
/* The bare number, for arithmetic on addresses that never touches memory (mmap, brk, /proc/PID/maps). */
#define user_value(u) ((uintptr_t)(u).usr_addr_)
#define user_is_null(u) ((u).usr_addr_ == 0)
#define user_cast(T, u) user_from(T, user_value(u))
/* What is read and written, where one of the two will do. */
#define user_as_in(T, u) ((user_in(T)){ .usr_addr_ = user_value(u) })
#define user_as_out(T, u) ((user_out(T)){ .usr_addr_ = user_value(u) })
#define user_plus(u, n) ({ __auto_type up_ = (u); up_.usr_addr_ += (n); up_; })
/* The i-th element of an array of T in user memory; overflow ends in an address that no copy accepts. */
#define user_elem(u, i) ({ \
	__auto_type ue_ = (u); \
	size_t ue_off_; \
	if (__builtin_mul_overflow((size_t)(i), sizeof **ue_.usr_type_, &ue_off_) || \
	    __builtin_add_overflow(ue_.usr_addr_, ue_off_, &ue_.usr_addr_)) \
		ue_.usr_addr_ = UINTPTR_MAX; \
	ue_; })
/* Declarations, not statements: in front of the copy they would hide from GCC that its result is dropped. */
#define user_read_check(u) _Static_assert(sizeof((u).may_be_read) == 0, "direction")
#define user_write_check(u) _Static_assert(sizeof((u).may_be_written) == 0, "direction")
#define user_type_check(kptr, u) \
	_Static_assert(__builtin_types_compatible_p(typeof(*(kptr)), typeof(**(u).usr_type_)), "user type mismatch")

DEFINE_USER(char);
DEFINE_USER(int);
DEFINE_USER(long);
DEFINE_USER(uint8_t);
DEFINE_USER(uint16_t);
DEFINE_USER(uint32_t);
DEFINE_USER(uint64_t);
typedef struct char_user user_cstr;		/* a NUL-terminated string, length unknown until copied */
typedef user_addr user_cstr_ptr;		/* one entry of argv or envp */
DEFINE_USER(uintptr_t);

#pragma GCC poison usr_addr_ usr_type_
