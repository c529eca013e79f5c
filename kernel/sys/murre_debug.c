/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debug kernel's files in /proc/murre: stacks shows how deep kernel stacks have been used by each call, the deepest
 * first; provoke runs the self-test that is named to it.
 */
#include <murre/log.h>
#include <murre/procfs.h>
#include <murre/provoke.h>
#include <murre/start.h>
#include <murre/string.h>
#include <murre/task.h>
#include <murre/watch.h>
#include "dispatch.h"

enum { CALLS_SHOWN = 16 };

static result(unit) stacks_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	struct stack_depth d;
	int call;

	text_print(out, "size %lu\n", KERNEL_STACK_SIZE);
	for (unsigned i = 0; i < CALLS_SHOWN && stack_depth_nth(i, &call, &d); i++)
		text_print(out, "%zu %s %s\n", d.bytes, call < 0 ? "(faults and kernel tasks)" : syscall_name((unsigned long)call),
			   d.program);
	return DONE;
}

static result(unit) provoke_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	const struct provocation *p;

	for (unsigned i = 0; (p = provocation_nth(i)) != NULL; i++)
		text_print(out, "%s\n", p->name);
	return DONE;
}

static result(size_t) provoke_write(const proc_subject *s, const char *text, size_t n, struct can_sleep cs)
{
	RETURNS(size_t);
	size_t length = n && text[n - 1] == '\n' ? n - 1 : n;
	const struct provocation *p;

	for (unsigned i = 0; (p = provocation_nth(i)) != NULL; i++) {
		if (strlen(p->name) != length || memcmp(p->name, text, length) != 0)
			continue;
		p->run(cs);
		log_err("provocation %s went unnoticed", p->name);
		return OK(size_t, n);
	}
	return FAIL(EINVAL);
}

static const struct proc_entry rows[] = {
	PROC_FILE("stacks", 0444, .show = stacks_show),
	PROC_FILE("provoke", 0600, .show = provoke_show, .write = provoke_write),
};

START_TASK(proc_murre_start, needs(proc_start))
{
	proc_register("murre", rows, array_size(rows));
}
