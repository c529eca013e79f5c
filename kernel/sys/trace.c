/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls off the fast path: those that do not exist, which are logged once per program with their name, and those of
 * traced tasks, which are logged with arguments and result (strace=1 on the command line).
 */
#include <arch/trap.h>
#include <asm/unistd.h>
#include <murre/log.h>
#include <murre/start.h>
#include <murre/string.h>
#include <murre/syscall.h>
#include <murre/task.h>
#include "dispatch.h"

enum arg_kind { ARG_NONE, ARG_INT, ARG_LONG, ARG_HEX, ARG_FD, ARG_STRING, ARG_POINTER };

#define KIND(T) _Generic(*(T *)NULL, int: ARG_INT, unsigned: ARG_HEX, long: ARG_LONG, unsigned long: ARG_HEX, \
			 fd_t: ARG_FD, user_cstr: ARG_STRING, default: ARG_POINTER)
#define KINDS_0()
#define KINDS_1(T, a) KIND(T)
#define KINDS_2(T, a, ...) KIND(T), KINDS_1(__VA_ARGS__)
#define KINDS_3(T, a, ...) KIND(T), KINDS_2(__VA_ARGS__)
#define KINDS_4(T, a, ...) KIND(T), KINDS_3(__VA_ARGS__)
#define KINDS_5(T, a, ...) KIND(T), KINDS_4(__VA_ARGS__)
#define KINDS_6(T, a, ...) KIND(T), KINDS_5(__VA_ARGS__)

static const uint8_t kinds[][6] = {
#define S(n, name, check, ...) [__NR_##name] = { KINDS_##n(__VA_ARGS__) },
#include <murre/syscalls.def>
#undef S
};

static const char *const names[] = {
#define SYSCALL_NAME(nr, name) [nr] = #name,
#include <generated/syscall_names.h>
#undef SYSCALL_NAME
};

enum { TRACE_STRING_MAX = 48 };

const char *syscall_name(unsigned long nr)
{
	return nr < array_size(names) && names[nr] ? names[nr] : "?";
}

static may_sleep void print_string(struct text_out *out, user_cstr s)
{
	char text[TRACE_STRING_MAX + 1] = {};
	struct can_sleep cs = MAY_SLEEP;
	int err = error_of(copy_string_from_user(text, sizeof(text), s, cs));

	if (err && err != ENAMETOOLONG) {
		text_print(out, "%#lx", user_value(s));
		return;
	}
	text_char(out, '"');
	for (size_t i = 0; i < TRACE_STRING_MAX && text[i]; i++) {
		if (text[i] >= ' ' && text[i] < 127)
			text_char(out, text[i]);
		else
			text_print(out, "\\%03o", (unsigned char)text[i]);
	}
	text_put(out, "\"...", err ? 4 : 1);
}

static void print_arg(struct text_out *out, enum arg_kind kind, unsigned long v)
{
	switch (kind) {
	case ARG_INT:
	case ARG_FD:
		text_print(out, "%d", (int)v);
		break;
	case ARG_LONG:
		text_print(out, "%ld", v);
		break;
	case ARG_STRING:
		print_string(out, user_from(char, v));
		break;
	case ARG_NONE:
	case ARG_HEX:
	case ARG_POINTER:
		text_print(out, "%#lx", v);
	}
}

static void print_call(struct text_out *out, const struct trap_frame *f, unsigned long nr)
{
	text_print(out, "%s(", syscall_name(nr));
	for (unsigned i = 0; nr < array_size(kinds) && i < 6 && kinds[nr][i] != ARG_NONE; i++) {
		if (i)
			text_put(out, ", ", 2);
		print_arg(out, kinds[nr][i], frame_arg(f, i));
	}
	text_char(out, ')');
}

static long traced_call(struct trap_frame *f, unsigned long nr, syscall_fn body)
{
	char text[200] not_zeroed;		/* written by text_print */
	struct text_out out = text_out_to(text, sizeof(text));
	long value;

	print_call(&out, f, nr);
	log_info("%s[%d] %.*s ...", current()->name, current()->id.nr, (int)out.len, text);
	value = body ? syscall_value(body(f)) : -ENOSYS;
	log_info("%s[%d] %.*s = %ld", current()->name, current()->id.nr, (int)out.len, text, value);
	return value;
}

/* Whether this program's use of the missing call is new: a bit for each hash of name and number. Two that share a bit
 * share one message. */
static bool missing_is_new(unsigned long nr)
{
	static uint64_t seen[256];
	uint64_t hash = nr * 0x9e3779b97f4a7c15ul;
	unsigned bit;

	for (const char *p = current()->name; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 0x100000001b3ul;
	bit = hash >> 50;
	return !(__atomic_fetch_or(&seen[bit / 64], 1ul << bit % 64, __ATOMIC_RELAXED) >> bit % 64 & 1);
}

long syscall_slow(struct trap_frame *f, unsigned long nr)
{
	syscall_fn body = syscall_find(nr);

	if (!body && missing_is_new(nr))
		log_info("%s[%d]: call %ld (%s) does not exist here", current()->name, current()->id.nr, (long)nr, syscall_name(nr));
	if (task_work_pending(WORK_TRACE_SYSCALL))
		return traced_call(f, nr, body);
	return body ? syscall_value(body(f)) : -ENOSYS;
}

START_TASK(trace_start, needs())
{
	const char *word = cmdline_value("strace");

	if (word && strcmp(word, "0") != 0)
		task_work_at_birth = WORK_TRACE_SYSCALL;
}
