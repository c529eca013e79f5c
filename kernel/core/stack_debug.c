/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How deep kernel stacks are used. A stack is painted before its task runs; what is no longer paint was used. After each
 * call the words just below the deepest place seen so far tell whether it is worth a full look. The deepest use of each
 * call number is kept with the program that had it, under no lock: a figure lost to another CPU at the same moment is
 * made again. The lowest bytes of a stack are a margin that nobody may need: touching it is a panic long before the
 * guard page is reached by a less lucky path.
 */
#include <murre/log.h>
#include <murre/shadow.h>
#include <murre/string.h>
#include <murre/task.h>
#include <murre/watch.h>

#define PAINT 0x57ac57ac57ac57acul
enum { WINDOW_WORDS = 48, MARGIN_BYTES = 1024 };

static struct stack_depth depths[STACK_CALLS_MAX + 1];	/* [0]: no call */

static void paint(uintptr_t from, uintptr_t to)
{
	for (uint64_t *w = (uint64_t *)from; w < (uint64_t *)to; w++)
		*(volatile uint64_t *)w = PAINT;
}

/* The lowest word of [from, to) that is not paint, or to. */
static uintptr_t used_from(uintptr_t from, uintptr_t to)
{
	while (from < to && *(volatile uint64_t *)from == PAINT)
		from += sizeof(uint64_t);
	return from;
}

void stack_paint(uintptr_t lowest) { paint(lowest, lowest + KERNEL_STACK_SIZE); }
void stack_link_repaint(uintptr_t lowest) { paint(lowest, lowest + sizeof(uint64_t)); }

void stack_repaint(uintptr_t lowest)
{
	uintptr_t end = lowest + KERNEL_STACK_SIZE;

	shadow_unpoison((void *)lowest, KERNEL_STACK_SIZE);
	paint(used_from(lowest, end), end);
}

static void note(const struct task *t, int call, size_t bytes)
{
	struct stack_depth *d = &depths[call >= 0 && call < STACK_CALLS_MAX ? call + 1 : 0];

	if (bytes <= d->bytes)
		return;
	d->bytes = bytes;
	string_copy(d->program, sizeof(d->program), t->name);
}

void stack_margin_check(const struct task *t)
{
	uintptr_t lowest = t->kernel_stack;

	if (!lowest || used_from(lowest, lowest + MARGIN_BYTES) == lowest + MARGIN_BYTES)
		return;
	report_open();
	panic("stack of %s: fewer than %d of %lu bytes were left", t->name, MARGIN_BYTES, KERNEL_STACK_SIZE);
}

/* All of the stack is looked at; returns the deepest place. */
static uintptr_t look(const struct task *t, int call)
{
	uintptr_t end = t->kernel_stack + KERNEL_STACK_SIZE;
	uintptr_t deepest = used_from(t->kernel_stack, end);

	note(t, call, end - deepest);
	stack_margin_check(t);
	return deepest;
}

void stack_depth_note(int call)
{
	struct task *t = current();
	uintptr_t lowest = t->kernel_stack;

	if (!lowest)
		return;
	if (!t->stack_deepest)
		t->stack_deepest = look(t, call);
	uintptr_t window = max(t->stack_deepest - WINDOW_WORDS * sizeof(uint64_t), lowest);
	if (used_from(window, t->stack_deepest) < t->stack_deepest)
		t->stack_deepest = look(t, call);
}

void stack_depth_note_end(const struct task *t)
{
	uintptr_t end = t->kernel_stack + KERNEL_STACK_SIZE;
	uintptr_t deepest = used_from(t->kernel_stack, end);

	if (!t->stack_deepest || deepest < t->stack_deepest)
		note(t, -1, end - deepest);
	stack_margin_check(t);
}

bool stack_depth_nth(unsigned rank, int *call, struct stack_depth *out)
{
	bool taken[array_size(depths)] = {};

	for (;; rank--) {
		unsigned deepest = 0;

		for (unsigned i = 0; i < array_size(depths); i++)
			if (!taken[i] && (taken[deepest] || depths[i].bytes > depths[deepest].bytes))
				deepest = i;
		if (taken[deepest] || !depths[deepest].bytes)
			return false;
		taken[deepest] = true;
		*call = (int)deepest - 1;
		*out = depths[deepest];
		if (!rank)
			return true;
	}
}
