/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eventfd(2): a 64-bit counter as a file. The counter is changed by compare and exchange alone; sleepers look at it
 * without a lock. It lives as long as its file.
 */
#include <murre/event.h>
#include <murre/slab.h>
#include <murre/text.h>

#define COUNT_MAX (UINT64_MAX - 1)

struct eventfd {
	uint64_t count;
	bool semaphore;
	waitq changed;			/* readers wait for more than 0, writers for room */
};
DEFINE_BOX(eventfd, struct eventfd)
DEFINE_BOX_CACHE(eventfd, struct eventfd);

/* Takes what one read takes; 0: nothing there. */
static uint64_t eventfd_take(struct eventfd *e)
{
	uint64_t old = read_once(e->count), taken;

	do {
		if (old == 0)
			return 0;
		taken = e->semaphore ? 1 : old;
	} while (!__atomic_compare_exchange_n(&e->count, &old, old - taken, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return taken;
}

static bool eventfd_add(struct eventfd *e, uint64_t n)
{
	uint64_t old = read_once(e->count);

	do {
		if (old > COUNT_MAX - n)
			return false;
	} while (!__atomic_compare_exchange_n(&e->count, &old, old + n, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return true;
}

static result(size_t) eventfd_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct eventfd *e = f->private;
	uint64_t taken;

	if (to->left < sizeof(taken))
		return FAIL(EINVAL);
	while (!(taken = eventfd_take(e))) {
		if (f->flags & O_NONBLOCK)
			return FAIL(EAGAIN);
		TRY(wait_event_interruptible(&e->changed, read_once(e->count) != 0, cs));
	}
	wake_up(&e->changed, EPOLLOUT);
	if (TRY(io_put(to, &taken, sizeof(taken), cs)) != sizeof(taken))
		return FAIL(EFAULT);
	return OK(size_t, sizeof(taken));
}

static result(size_t) eventfd_write(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct eventfd *e = f->private;
	uint64_t n;

	if (from->left < sizeof(n))
		return FAIL(EINVAL);
	if (TRY(io_get(from, &n, sizeof(n), cs)) != sizeof(n))
		return FAIL(EFAULT);
	if (n == UINT64_MAX)
		return FAIL(EINVAL);
	while (!eventfd_add(e, n)) {
		if (f->flags & O_NONBLOCK)
			return FAIL(EAGAIN);
		TRY(wait_event_interruptible(&e->changed, read_once(e->count) <= COUNT_MAX - n, cs));
	}
	wake_up(&e->changed, EPOLLIN);
	return OK(size_t, sizeof(n));
}

static unsigned eventfd_poll(struct file *f, struct poll_table *t)
{
	struct eventfd *e = f->private;

	poll_wait(t, &e->changed);
	uint64_t count = read_once(e->count);
	return (count ? EPOLLIN : 0) | (count < COUNT_MAX ? EPOLLOUT : 0);
}

result(loff_t) event_seek(struct file *f, loff_t offset, int whence, struct can_sleep cs)
{
	return OK(loff_t, 0);
}

static void eventfd_show_fdinfo(struct file *f, struct text_out *out)
{
	struct eventfd *e = f->private;

	text_print(out, "eventfd-count: %16lx\n", read_once(e->count));
}

static void eventfd_release(struct file *f, struct can_sleep cs)
{
	eventfd_box_free(f->private);
}

static const struct file_ops eventfd_ops = {
	.read = eventfd_read, .write = eventfd_write, .poll = eventfd_poll, .seek = event_seek,
	.show_fdinfo = eventfd_show_fdinfo, .release = eventfd_release,
};

result(file_ref) eventfd_new(unsigned initial, unsigned flags)
{
	RETURNS(file_ref);
	own(eventfd_box, e, TRY(eventfd_box_new()));

	*at(e) = (struct eventfd){ .count = initial, .semaphore = flags & EFD_SEMAPHORE };
	waitq_init(&at(e)->changed);
	own(file_ref, f, TRY(file_anonymous("[eventfd]", &eventfd_ops, at(e), O_RDWR | (flags & O_NONBLOCK))));
	(void)unbox(e);			/* the file's from here on */
	return OK(file_ref, give(f));
}
