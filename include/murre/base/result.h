/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * result(T): a value or a positive errno, returned in one or two registers. The compiler insists that it is looked at, and its
 * value is reached only through TRY, value_or and expect.
 *
 *	result(file_ref) file_dup(fd_t fd)
 *	{
 *		RETURNS(file_ref);
 *		own(file_ref, f, TRY(fd_get(current_files(), fd)));
 *		...
 *		return OK(file_ref, give(f));
 *	}
 *
 * T is one identifier (a typedef); DEFINE_RESULT(T) once, beside the type.
 */
#pragma once
#include <murre/base/compiler.h>
#include <murre/base/types.h>
#include <linux/errno.h>

#define result(T) struct T##_result
/*
 * How a result travels is known to the few macros of this block alone. A kernel has one register for it where it can, with
 * minus the errno in the last 4095 numbers, as the calls' own ABI has: for what is no wider than an int (the value is not
 * extended by its sign), and for what DEFINE_RESULT_WORD promises never to be one of these numbers (pointers, handles, sizes of
 * something that exists, results of calls). Other values get a second register. The checker and the analysers, which follow
 * values through fields, see an errno and a value; debug kernels check the promise.
 */
#if defined(MURRE_CHECK) || defined(MURRE_ANALYZE)
#define DEFINE_RESULT(T) struct [[nodiscard]] T##_result { int res_err_; T res_ok_; }
#define DEFINE_RESULT_WORD(T) DEFINE_RESULT(T)
#define OK(T, ...) ((struct T##_result){ .res_ok_ = __VA_ARGS__ })
#define RESULT_FAILED_(type, e) ((type){ .res_err_ = (e) })
#define RESULT_PASSED_ON_(type, r) RESULT_FAILED_(type, (r).res_err_)
#define result_failed_(r) unlikely((r).res_err_)
#define result_errno_(r) ((r).res_err_)
#define result_value_(r) ((r).res_ok_)
#define as_register(r) ({ __auto_type ar_ = (r); ar_.res_err_ ? -(long)ar_.res_err_ : ar_.res_ok_; })
#else
#define DEFINE_RESULT(T) struct [[nodiscard]] T##_result { long res_err_; T res_ok_[sizeof(T) > sizeof(int)]; }
#define DEFINE_RESULT_WORD(T) struct [[nodiscard]] T##_result { long res_err_; T res_ok_[sizeof(T) > sizeof(long)]; }
#define OK(T, ...) ({ \
	struct T##_result ok_ = { .res_err_ = 0 }; \
	T ok_v_ = __VA_ARGS__; \
	__builtin_memcpy(sizeof(ok_.res_ok_) ? (void *)ok_.res_ok_ : (void *)&ok_.res_err_, &ok_v_, sizeof(T)); \
	invariant(!result_failed_(ok_) || __builtin_types_compatible_p(T, long)); \
	ok_; })
#define RESULT_FAILED_(type, e) ((type){ .res_err_ = -(long)(e) })
#define RESULT_PASSED_ON_(type, r) ((type){ .res_err_ = (r).res_err_ })
#define result_failed_(r) unlikely((unsigned long)(r).res_err_ >= -4095ul)
#define result_errno_(r) (result_failed_(r) ? (int)-(r).res_err_ : 0)
#define result_value_(r) ({ \
	typeof((r).res_ok_[0]) value_; \
	__builtin_memcpy(&value_, sizeof((r).res_ok_) ? (const void *)(r).res_ok_ : (const void *)&(r).res_err_, sizeof(value_)); \
	value_; })
/* What a call's result is for its program: the value, or minus the errno. */
#define as_register(r) ({ result(long) ar_ = (r); ar_.res_err_; })
#endif

typedef struct {} unit;				/* the value of a function that has none */

DEFINE_RESULT(unit);
DEFINE_RESULT_WORD(long);
DEFINE_RESULT(int);
DEFINE_RESULT(bool);
DEFINE_RESULT_WORD(size_t);
DEFINE_RESULT(loff_t);
DEFINE_RESULT(uint64_t);
DEFINE_RESULT(uintptr_t);
DEFINE_RESULT(fd_t);
typedef void *void_ptr;
DEFINE_RESULT_WORD(void_ptr);

/* What the function at hand returns: result(long) unless it opens with RETURNS(T). Forgetting it does not compile. */
typedef result(long) ret_t;
#define RETURNS(T) [[maybe_unused]] typedef struct T##_result ret_t

#define DONE RESULT_FAILED_(result(unit), 0)
#define FAIL(e) RESULT_FAILED_(ret_t, e)

/* The value of expr, or return its error from the function at hand. */
#define TRY(expr) ({ \
	checked_as("carrier") __auto_type try_ = (expr); \
	if (result_failed_(try_)) \
		return RESULT_PASSED_ON_(ret_t, try_); \
	result_value_(try_); })

/* The errno of a result, 0 when it holds a value. Drops the value: not for handles. */
#define error_of(expr) ({ checked_as("carrier") __auto_type eo_ = (expr); result_errno_(eo_); })
/* The value, or `other` when it failed. For a handle: value_or(r, none(file_ref)). */
#define value_or(expr, other) ({ \
	checked_as("carrier") __auto_type vo_ = (expr); \
	result_failed_(vo_) ? (typeof(result_value_(vo_)))(other) : result_value_(vo_); })
/* The value and the errno, where both arms are handled: attempt(v, err, expr); if (err) ... else use v. */
#define attempt(name, err, expr) \
	checked_as("attempt") __auto_type name##_att_ = (expr); \
	[[maybe_unused]] int err = result_errno_(name##_att_); \
	[[maybe_unused]] checked_as("attempted") __auto_type name = result_value_(name##_att_)
/* The same for a handle, which ends with the scope. */
#define attempt_own(type, name, err, expr) \
	checked_as("attempt") __auto_type name##_att_ = (expr); \
	[[maybe_unused]] int err = result_errno_(name##_att_); \
	own(type, name, OWNED_IF_OK_(type, name##_att_))
/* The same for what has an own_NAME() of its own. */
#define attempt_as(own_name, type, name, err, expr) \
	checked_as("attempt") __auto_type name##_att_ = (expr); \
	[[maybe_unused]] int err = result_errno_(name##_att_); \
	own_name(name, OWNED_IF_OK_(type, name##_att_))
#if defined(MURRE_CHECK) || defined(MURRE_ANALYZE)
#define OWNED_IF_OK_(type, r) result_value_(r)
#else
#define OWNED_IF_OK_(type, r) (result_failed_(r) ? (type){} : result_value_(r))
#endif
/* The value of something that cannot fail here; the reason is text for the panic report. */
#define expect(expr, why) ({ \
	checked_as("carrier") __auto_type ex_ = (expr); \
	if (result_failed_(ex_)) \
		expect_failed(why, result_errno_(ex_)); \
	result_value_(ex_); })
_Noreturn void expect_failed(const char *why, int err);

/* The result of an operation from its errno, 0: done. */
static inline result(unit) unit_result(int err) { return RESULT_FAILED_(result(unit), err); }

#pragma GCC poison res_err_ res_ok_

/* Internal "errors" that never reach a program: a call that a signal broke off, and what is to happen to it. */
enum {
	ERESTARTSYS = 512,		/* restart if SA_RESTART, else EINTR */
	ERESTARTNOINTR = 513,		/* always restart */
	ERESTARTNOHAND = 514,		/* restart only if no handler ran, else EINTR */
	ERESTART_RESTARTBLOCK = 516,	/* restart through restart_syscall(2) with a saved deadline */
};
