/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of operations, callbacks and what they are handed. */
#include <murre/event.h>
#include <murre/file.h>
#include <murre/slab.h>
#include <murre/time.h>

struct tap { refcount_t refs; struct timer timer; uint64_t bytes; file_ref under; };
DEFINE_BOX(tap, struct tap)
EMBEDDED(tap, timer, timer)

static result(size_t) tap_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct tap *t = f->private;
	size_t n = TRY(file_read(at(t->under), to, pos, cs));

	t->bytes += n;
	return OK(size_t, n);
}

static void tap_release(struct file *f, struct can_sleep cs)
{
	struct tap *t = f->private;

	timer_cancel(&t->timer);
	drop(file_ref, t->under);
}

static unsigned tap_poll(struct file *f, struct poll_table *table)
{
	struct tap *t = f->private;
	const struct file_ops *ops = at(t->under)->ops;

	return ops->poll ? ops->poll(at(t->under), table) : 0;
}

static const struct file_ops tap_ops = { .read = tap_read, .release = tap_release, .poll = tap_poll };

static void tap_rings(struct timer *timer)
{
	struct tap *t = tap_of_timer(timer);

	t->bytes = 0;
	timer_arm(timer, nsec_add(clock_now(), nsec_from_sec(1)));
}

result(file_ref) tap_open(fd_t fd)
{
	RETURNS(file_ref);
	own(file_ref, under, TRY(fd_get(current_files(), fd)));
	own(tap_box, t, TRY(tap_box_new()));

	timer_init(&at(t)->timer, tap_rings);
	own(file_ref, f, TRY(file_anonymous("[tap]", &tap_ops, at(t), 0)));
	put_in(unbox(t)->under, give(under));
	return OK(file_ref, give(f));
}

result(unit) chosen_verb(struct file *f, bool all, struct can_sleep cs)
{
	result(unit) (*verb)(struct file *, loff_t, loff_t, bool, struct can_sleep) = f->ops->sync;

	return verb ? verb(f, 0, INT64_MAX, !all, cs) : unit_result(EINVAL);
}
