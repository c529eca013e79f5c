/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and writing of pipes: pipe(7). A write of up to PIPE_BUF bytes takes room in one slot or waits, so it is
 * never split; with O_DIRECT each write of up to a page is a packet that a read takes alone. pipe_ring.h has the ring
 * and its lock.
 */
#include <murre/jobs.h>
#include <murre/usercopy.h>
#include <linux/limits.h>
#include <asm/signal.h>
#include "pipe_ring.h"

_Static_assert(PIPE_BUF == PAGE_SIZE, "an atomic write fits one slot");

/* Reading. --------------------------------------------------------------------------------------------------------- */

static void slot_done(struct pipe *p, struct pipe_ring *r)
	needs_lock(pipe_ring_role)
{
	r->tail++;
	write_once(p->used, p->used - 1);
	if (p->used == 0)
		r->tail = 0;
}

/* Copies what is there into the buffer; the count. EFAULT only when nothing was copied. */
static result(size_t) ring_read(struct pipe *p, struct pipe_ring *r, struct io_iter *to, struct can_sleep cs)
	needs_lock(pipe_ring_role)
{
	RETURNS(size_t);
	size_t done = 0;

	while (p->used && to->left) {
		struct pipe_slot *s = slot_at(r, r->tail);
		bool packet = s->packet;
		size_t wanted = min((size_t)s->bytes, to->left);

		attempt(n, err, io_put(to, page_bytes(at(s->page)) + s->start, wanted, cs));
		if (unlikely(err))
			return done ? OK(size_t, done) : FAIL(err);
		done += n;
		s->start += n;
		s->bytes -= n;
		if (s->bytes == 0 || packet)
			slot_done(p, r);
		if (n < wanted || packet)
			break;
	}
	return OK(size_t, done);
}

/* One hold of the ring by a reader or a writer, and what is to do after it. */
struct turn {
	size_t done;
	int failed;
	bool wake_others;		/* who waited for the ring to be not full, or not empty, can go on */
	bool more;			/* the next of our own kind could go on, too */
	bool other_side_gone;
};

static struct turn read_turn(struct pipe *p, struct io_iter *to, struct can_sleep cs)
{
	hold_mutex(pipe_ring, r, &p->ring);
	bool was_full = p->used >= in(r)->size;
	attempt(n, err, ring_read(p, in(r), to, cs));

	return (struct turn){
		.done = err ? 0 : n, .failed = err, .wake_others = was_full && p->used < in(r)->size,
		.more = p->used != 0, .other_side_gone = p->writers == 0,
	};
}

result(size_t) pipe_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct pipe *p = f->private;
	bool slept = false;

	if (unlikely(to->left == 0))
		return OK(size_t, 0);
	for (;;) {
		/* An empty pipe need not be locked to see that it is empty. */
		if (read_once(p->used) || !read_once(p->writers)) {
			struct turn t = read_turn(p, to, cs);

			if (t.wake_others)
				wake_up(&p->writable, EPOLLOUT | EPOLLWRNORM);
			if (slept && t.more)
				wake_up(&p->readable, EPOLLIN | EPOLLRDNORM);	/* our wake-up was for one */
			if (likely(t.done))
				return OK(size_t, t.done);
			if (t.failed)
				return FAIL(t.failed);
			if (t.other_side_gone)
				return OK(size_t, 0);
		}
		if (f->flags & O_NONBLOCK)
			return FAIL(EAGAIN);
		TRY(wait_event_exclusive(&p->readable, read_once(p->used) || !read_once(p->writers), cs));
		slept = true;
	}
}

/* Writing. --------------------------------------------------------------------------------------------------------- */

static result(unit) slot_prepare(struct pipe_slot *s)
{
	RETURNS(unit);

	if (unlikely(is_none(s->page)))
		s->page = TRY(page_alloc(0, PAGE_FOR_USER, PAGE_KERNEL));
	return DONE;
}

/* What does not fill a page goes behind the bytes of the newest slot if it fits there as a whole. */
static result(size_t) ring_append(struct pipe *p, struct pipe_ring *r, struct io_iter *from, struct can_sleep cs)
	needs_lock(pipe_ring_role)
{
	RETURNS(size_t);
	size_t n = from->left % PAGE_SIZE;
	struct pipe_slot *s;

	if (p->used == 0 || n == 0)
		return OK(size_t, 0);
	s = slot_at(r, r->tail + p->used - 1);
	if (s->packet || s->start + s->bytes + n > PAGE_SIZE)
		return OK(size_t, 0);
	if (TRY(io_get(from, page_bytes(at(s->page)) + s->start + s->bytes, n, cs)) != n)
		return FAIL(EFAULT);
	s->bytes += n;
	return OK(size_t, n);
}

/* Up to a page into the next free slot. */
static result(size_t) ring_fill_slot(struct pipe *p, struct pipe_ring *r, struct io_iter *from, bool packet,
				     struct can_sleep cs)
	needs_lock(pipe_ring_role)
{
	RETURNS(size_t);
	struct pipe_slot *s = slot_at(r, r->tail + p->used);
	size_t n = min(from->left, PAGE_SIZE);

	TRY(slot_prepare(s));
	if (TRY(io_get(from, page_bytes(at(s->page)), n, cs)) != n)
		return FAIL(EFAULT);
	s->start = 0;
	s->bytes = n;
	s->packet = packet;
	write_once(p->used, p->used + 1);
	return OK(size_t, n);
}

/* As much as there is room for; an error only when nothing was written. */
static result(size_t) ring_write(struct pipe *p, struct pipe_ring *r, struct io_iter *from, bool packet, bool first,
				 struct can_sleep cs)
	needs_lock(pipe_ring_role)
{
	RETURNS(size_t);
	size_t done = first && !packet ? TRY(ring_append(p, r, from, cs)) : 0;

	while (from->left && p->used < r->size) {
		attempt(n, err, ring_fill_slot(p, r, from, packet, cs));
		if (unlikely(err))
			return done ? OK(size_t, done) : FAIL(err);
		done += n;
	}
	return OK(size_t, done);
}

static struct turn write_turn(struct pipe *p, struct io_iter *from, bool packet, bool first, struct can_sleep cs)
{
	hold_mutex(pipe_ring, r, &p->ring);
	bool was_empty = p->used == 0;

	if (unlikely(p->readers == 0))
		return (struct turn){ .other_side_gone = true };
	attempt(n, err, ring_write(p, in(r), from, packet, first, cs));
	return (struct turn){
		.done = err ? 0 : n, .failed = err, .wake_others = p->used && (was_empty || p->polled),
		.more = p->used < in(r)->size,
	};
}

/* What a write that ends early answers. */
static result(size_t) partly(size_t done, int err)
{
	RETURNS(size_t);

	return done ? OK(size_t, done) : FAIL(err);
}

result(size_t) pipe_write(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	struct pipe *p = f->private;
	bool slept = false;
	size_t done = 0;

	while (likely(from->left)) {
		struct turn t = write_turn(p, from, f->flags & O_DIRECT, done == 0, cs);

		done += t.done;
		if (t.wake_others)
			wake_up(&p->readable, EPOLLIN | EPOLLRDNORM);
		if (slept && t.more)
			wake_up(&p->writable, EPOLLOUT | EPOLLWRNORM);	/* our wake-up was for one */
		if (unlikely(t.other_side_gone)) {
			job_ops->raise(SIGPIPE);
			return partly(done, EPIPE);
		}
		if (unlikely(t.failed))
			return partly(done, t.failed);
		if (from->left == 0)
			break;
		if (f->flags & O_NONBLOCK)
			return partly(done, EAGAIN);
		int broken_off = error_of(wait_event_exclusive(&p->writable, !pipe_is_full(p) || !read_once(p->readers), cs));
		if (broken_off)
			return partly(done, broken_off);
		slept = true;
	}
	return OK(size_t, done);
}
