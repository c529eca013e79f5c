/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors for processes. A pidfd holds the process it was made for, dead or alive; it is readable once the process is
 * dead. The process behind one is used by pidfd_send_signal(2), waitid(2) with P_PIDFD. pidfd_open(2).
 */
#include <murre/text.h>
#include <linux/eventpoll.h>
#include "proc.h"

static const struct file_ops pidfd_ops;

result(file_ref) pidfd_new(struct process *p, uint32_t flags)
{
	RETURNS(file_ref);
	own(process_ref, held, process_share(p));
	own(file_ref, f, TRY(file_anonymous("[pidfd]", &pidfd_ops, at(held), O_RDWR | flags)));

	(void)into_raw(give(held));	/* the file's from here on */
	return OK(file_ref, give(f));
}

result(process_ref) pidfd_process(struct file *f)
{
	RETURNS(process_ref);

	if (f->ops != &pidfd_ops)
		return FAIL(EBADF);
	return OK(process_ref, process_share(f->private));
}

static unsigned pidfd_poll(struct file *f, struct poll_table *t)
{
	struct process *p = f->private;

	poll_wait(t, &p->exit_wait);
	return process_is_dead(p) ? EPOLLIN | EPOLLRDNORM : 0;
}

static void pidfd_release(struct file *f, struct can_sleep cs)
{
	end_raw(process_ref, f->private);
}

static void pidfd_show(struct file *f, struct text_out *out)
{
	struct process *p = f->private;
	int nr = read_once(family_peek(p)->reaped) ? -1 : p->pid->nr.nr;

	text_print(out, "Pid:\t%d\nNSpid:\t%d\n", nr, nr);
}

static const struct file_ops pidfd_ops = { .poll = pidfd_poll, .release = pidfd_release, .show_fdinfo = pidfd_show };
