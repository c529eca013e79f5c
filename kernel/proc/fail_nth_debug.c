/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/PID/fail-nth and /proc/PID/task/TID/fail-nth of the debug kernel: a thread's plan for fault injection
 * (murre/inject.h). Its verbs take no memory and are not counted themselves, so that a plan may be written, tried and
 * read back through one descriptor. The name is Linux's (Documentation/fault-injection); the text is not, for there the
 * number counts failures of all kinds.
 */
#include <murre/inject.h>
#include <murre/string.h>
#include <murre/text.h>
#include "pid_files.h"

enum { PLAN_BYTES_MAX = 32, REPORT_BYTES_MAX = 512 };

static void pause_end(unit *unused) { failure_plan_resume(); }
static unit pause_begin(void)
{
	failure_plan_pause();
	return (unit){};
}
#define PLAN_PAUSED() [[maybe_unused]] defer(pause_end, unit, paused, pause_begin())

/* Who may make a program fail is who may look into it, also when the descriptor was handed on. */
result(unit) fail_nth_may_open(const proc_subject *s, struct can_sleep cs)
{
	return pid_may_look(subject_thread(s));
}

static result(size_t) fail_nth_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	PLAN_PAUSED();
	struct thread *t = subject_thread(proc_file_subject(f));
	char text[REPORT_BYTES_MAX];
	struct text_out out = text_out_to(text, sizeof(text));
	size_t done;

	TRY(pid_may_look(t));
	failure_plan_print(&t->task, &out);
	if (*pos < 0 || (size_t)*pos >= out.len)
		return OK(size_t, 0);
	done = TRY(io_put(to, text + *pos, min(to->left, out.len - *pos), cs));
	*pos += done;
	return OK(size_t, done);
}

static result(size_t) fail_nth_write(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	PLAN_PAUSED();
	struct thread *t = subject_thread(proc_file_subject(f));
	char text[PLAN_BYTES_MAX] = {};
	size_t n = from->left;

	TRY(pid_may_look(t));
	if (n >= sizeof(text))
		return FAIL(EINVAL);
	if (n && TRY(io_get(from, text, n, cs)) != n)
		return FAIL(EFAULT);
	if (strlen(text) != n)
		return FAIL(EINVAL);
	TRY(failure_plan_set(&t->task, text));
	return OK(size_t, n);
}

const struct file_ops fail_nth_file_ops = { .read = fail_nth_read, .write = fail_nth_write, .seek = proc_seek };
