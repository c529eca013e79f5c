/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * result(T): a value or a positive errno, returned in two registers. The compiler insists that it is looked at, and its
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
#define DEFINE_RESULT(T) struct [[nodiscard]] T##_result { int res_err_; T res_ok_; }

typedef struct {} unit;				/* the value of a function that has none */

DEFINE_RESULT(unit);
DEFINE_RESULT(long);
DEFINE_RESULT(int);
DEFINE_RESULT(bool);
DEFINE_RESULT(size_t);
DEFINE_RESULT(loff_t);
DEFINE_RESULT(uint64_t);
DEFINE_RESULT(uintptr_t);
DEFINE_RESULT(fd_t);
typedef void *void_ptr;
DEFINE_RESULT(void_ptr);

/* What the function at hand returns: result(long) unless it opens with RETURNS(T). Forgetting it does not compile. */
typedef result(long) ret_t;
#define RETURNS(T) [[maybe_unused]] typedef struct T##_result ret_t

#define OK(T, ...) ((struct T##_result){ .res_ok_ = __VA_ARGS__ })
#define DONE ((result(unit)){ .res_err_ = 0 })
#define FAIL(e) ((ret_t){ .res_err_ = (e) })

/* The value of expr, or return its error from the function at hand. */
#define TRY(expr) ({ \
	checked_as("carrier") __auto_type try_ = (expr); \
	if (unlikely(try_.res_err_)) \
		return FAIL(try_.res_err_); \
	try_.res_ok_; })

/* The errno of a result, 0 when it holds a value. Drops the value: not for handles. */
#define error_of(expr) ({ checked_as("carrier") __auto_type eo_ = (expr); eo_.res_err_; })
/* The value, or `other` when it failed. For a handle: value_or(r, none(file_ref)). */
#define value_or(expr, other) ({ checked_as("carrier") __auto_type vo_ = (expr); unlikely(vo_.res_err_) ? (typeof(vo_.res_ok_))(other) : vo_.res_ok_; })
/* The value and the errno, where both arms are handled: attempt(v, err, expr); if (err) ... else use v. */
#define attempt(name, err, expr) \
	checked_as("carrier") __auto_type name##_att_ = (expr); \
	[[maybe_unused]] int err = name##_att_.res_err_; \
	[[maybe_unused]] checked_as("attempted") __auto_type name = name##_att_.res_ok_
/* The same for a handle, which ends with the scope. */
#define attempt_own(type, name, err, expr) \
	checked_as("carrier") __auto_type name##_att_ = (expr); \
	[[maybe_unused]] int err = name##_att_.res_err_; \
	own(type, name, name##_att_.res_ok_)
/* The value of something that cannot fail here; the reason is text for the panic report. */
#define expect(expr, why) ({ \
	checked_as("carrier") __auto_type ex_ = (expr); \
	if (unlikely(ex_.res_err_)) \
		expect_failed(why, ex_.res_err_); \
	ex_.res_ok_; })
_Noreturn void expect_failed(const char *why, int err);

/* The result of an operation from its errno, 0: done. */
static inline result(unit) unit_result(int err) { return (result(unit)){ .res_err_ = err }; }

#pragma GCC poison res_err_ res_ok_

/* Internal "errors" that never reach a program: a call that a signal broke off, and what is to happen to it. */
enum {
	ERESTARTSYS = 512,		/* restart if SA_RESTART, else EINTR */
	ERESTARTNOINTR = 513,		/* always restart */
	ERESTARTNOHAND = 514,		/* restart only if no handler ran, else EINTR */
	ERESTART_RESTARTBLOCK = 516,	/* restart through restart_syscall(2) with a saved deadline */
};
