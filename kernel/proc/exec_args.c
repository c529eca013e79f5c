/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arguments and environment on their way to a new program. They are copied from the old program into blocks of memory in
 * the order they will have on the new stack, so that putting them there is one copy per block. Limits are those of
 * execve(2): 128 KiB a string, a quarter of the stack limit in all, at most 6 MiB. Private to the call.
 */
#include <murre/string.h>
#include "exec.h"

enum { STRING_BYTES_MAX = 32 * PAGE_SIZE, TOTAL_BYTES_MIN = 32 * PAGE_SIZE };
#define TOTAL_BYTES_MAX (6ul << 20)
#define STRINGS_MAX 0x7ffffffful

static result(size_t) strings_read(struct exec_args *a, user_in_abi_pointer list, size_t *bytes,
				   struct can_sleep cs);
static result(size_t) string_read(struct exec_args *a, user_cstr s, struct can_sleep cs);
static result(size_t) strings_put(struct exec_args *a, const char *const *list, size_t *bytes);
static result(unit) block_add(struct exec_args *a, size_t room);
static result(unit) total_check(const struct exec_args *a);

/* The first block and the slack behind the interpreter's path, which path lookup may read past its end. */
enum { FIRST_BLOCK_BYTES = PAGE_SIZE - sizeof(struct string_block), PATH_SLACK = 16 };

void exec_args_end(struct exec_args *a)
{
	while (a->first) {
		struct string_block *b = a->first;
		a->first = b->next;
		bytes_put(b);
	}
	end_raw(bytes_box, a->prefix);
	a->prefix = NULL;
}

result(unit) exec_args_read(struct exec_args *a, user_in_abi_pointer argv, user_in_abi_pointer envp,
			    struct can_sleep cs)
{
	RETURNS(unit);

	a->limit = max(min(TOTAL_BYTES_MAX, current_limit(RLIMIT_STACK) / 4), (uint64_t)TOTAL_BYTES_MIN);
	TRY(block_add(a, FIRST_BLOCK_BYTES));
	a->argc = TRY(strings_read(a, argv, &a->argv_bytes, cs));
	/* A program that trusts argv[0] to be there gets one, as Linux has it since 5.18. */
	if (a->argc == 0) {
		a->last->bytes[a->last->used++] = '\0';
		a->argc = a->argv_bytes = 1;
	}
	a->envc = TRY(strings_read(a, envp, &a->envp_bytes, cs));
	return total_check(a);
}

result(unit) exec_args_make(struct exec_args *a, const char *const *argv, const char *const *envp)
{
	RETURNS(unit);

	a->limit = TOTAL_BYTES_MIN;
	TRY(block_add(a, FIRST_BLOCK_BYTES));
	a->argc = TRY(strings_put(a, argv, &a->argv_bytes));
	a->envc = TRY(strings_put(a, envp, &a->envp_bytes));
	return total_check(a);
}

static void prefix_put(struct exec_args *a, const char *s)
{
	size_t n = strlen(s) + 1;

	a->prefix_start -= n;
	a->prefix_count++;
	__builtin_memcpy(a->prefix + a->prefix_start, s, n);
}

result(unit) exec_args_script(struct exec_args *a, const char *interpreter, const char *argument,
			      const char *script)
{
	RETURNS(unit);
	size_t wanted = strlen(interpreter) + strlen(script) + (argument ? strlen(argument) : 0) + 3;

	if (!a->prefix) {
		own(bytes_box, block, TRY(bytes_box_new(SCRIPT_PREFIX_BYTES + PATH_SLACK)));
		a->prefix = unbox(block);
		a->prefix_start = SCRIPT_PREFIX_BYTES;
	}
	if (a->prefix_count) {
		/* The script named before is the interpreter of the line before: its place is taken. */
		a->prefix_start += strlen(a->prefix + a->prefix_start) + 1;
		a->prefix_count--;
	} else {
		a->dropped = true;
		a->dropped_bytes = strlen(a->first->bytes) + 1;
	}
	if (wanted > a->prefix_start)
		return FAIL(E2BIG);
	prefix_put(a, script);
	if (argument)
		prefix_put(a, argument);
	prefix_put(a, interpreter);
	return total_check(a);
}

static result(size_t) strings_read(struct exec_args *a, user_in_abi_pointer list, size_t *bytes,
				   struct can_sleep cs)
{
	RETURNS(size_t);
	size_t n = 0;

	if (user_is_null(list))
		return OK(size_t, 0);
	for (;; n++) {
		abi_pointer p;
		TRY(copy_in(&p, user_elem(list, n)));
		if (!p)
			return OK(size_t, n);
		if (n >= STRINGS_MAX)
			return FAIL(E2BIG);
		*bytes += TRY(string_read(a, user_from(char, p), cs));
		/* Early, so that a hostile list does not fill memory first. */
		if (a->argv_bytes + a->envp_bytes > a->limit)
			return FAIL(E2BIG);
		if (death_pending())
			return FAIL(EINTR);
	}
}

/* Bytes with the NUL. A string that does not fit the block's rest is read anew into a larger one. */
static result(size_t) string_read(struct exec_args *a, user_cstr s, struct can_sleep cs)
{
	RETURNS(size_t);

	for (;;) {
		struct string_block *b = a->last;
		size_t room = min(b->room - b->used, (size_t)STRING_BYTES_MAX);
		if (room == 0) {
			TRY(block_add(a, STRING_BYTES_MAX));
			continue;
		}
		attempt(length, err, copy_string_from_user(b->bytes + b->used, room, s, cs));
		if (!err) {
			b->used += length + 1;
			return OK(size_t, length + 1);
		}
		if (err != ENAMETOOLONG)
			return FAIL(err);
		if (room == STRING_BYTES_MAX)
			return FAIL(E2BIG);
		TRY(block_add(a, STRING_BYTES_MAX + (b->room > PAGE_SIZE ? b->room / 2 : 0)));
	}
}

static result(size_t) strings_put(struct exec_args *a, const char *const *list, size_t *bytes)
{
	RETURNS(size_t);
	size_t n = 0;

	for (; list[n]; n++) {
		size_t length = strlen(list[n]) + 1;
		if (length > a->last->room - a->last->used)
			TRY(block_add(a, max(length, (size_t)FIRST_BLOCK_BYTES)));
		__builtin_memcpy(a->last->bytes + a->last->used, list[n], length);
		a->last->used += length;
		*bytes += length;
	}
	return OK(size_t, n);
}

static result(unit) block_add(struct exec_args *a, size_t room)
{
	RETURNS(unit);
	struct string_block *b = bytes_take(sizeof(*b) + room);

	if (!b)
		return FAIL(ENOMEM);
	b->room = room;
	/* A first string too long for the first block leaves it empty; the first block holds the first string. */
	if (a->last && a->last == a->first && a->first->used == 0) {
		bytes_put(a->first);
		a->first = a->last = NULL;
	}
	if (a->last)
		a->last->next = b;
	else
		a->first = b;
	a->last = b;
	return DONE;
}

static result(unit) total_check(const struct exec_args *a)
{
	RETURNS(unit);
	size_t pointers = (a->argc + a->envc) * sizeof(abi_pointer);
	size_t prefix = a->prefix ? SCRIPT_PREFIX_BYTES - a->prefix_start : 0;

	return a->argv_bytes + a->envp_bytes + prefix + pointers > a->limit ? FAIL(E2BIG) : DONE;
}
