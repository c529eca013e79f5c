/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing to a pipe. */
#include "../twin.h"
#include "fs/pipe_ring.h"
#define pipe_write original_pipe_write
#include <fs/pipe.c>
#undef pipe_write

long raw_pipe_write(struct file *f, struct io_iter *from, loff_t *pos) TWIN(pipe_write);

typedef RAW_GUARD(struct pipe_ring, struct mutex) raw_ring;
static inline raw_ring *ring_of(struct pipe *p) { return (raw_ring *)(void *)&p->ring; }
static inline struct page *slot_page(const struct pipe_slot *s) { return at(s->page); }

static long raw_slot_prepare(struct pipe_slot *s)
{
	struct page *p;

	if (likely(slot_page(s)))
		return 0;
	p = raw_page_alloc(0, PAGE_FOR_USER, PAGE_KERNEL);
	if (IS_ERROR(p))
		return (long)p;
	s->page = handle_from(page_ref, p);
	return 0;
}

static long raw_ring_append(struct pipe *p, struct pipe_ring *r, struct io_iter *from)
{
	size_t n = from->left % PAGE_SIZE;
	struct pipe_slot *s;
	long got;

	if (p->used == 0 || n == 0)
		return 0;
	s = slot_at(r, r->tail + p->used - 1);
	if (s->packet || s->start + s->bytes + n > PAGE_SIZE)
		return 0;
	got = raw_io_get(from, (char *)page_bytes(slot_page(s)) + s->start + s->bytes, n);
	if (unlikely(got < 0))
		return got;
	if ((size_t)got != n)
		return -EFAULT;
	s->bytes += n;
	return (long)n;
}

static long raw_ring_fill_slot(struct pipe *p, struct pipe_ring *r, struct io_iter *from, bool packet)
{
	struct pipe_slot *s = slot_at(r, r->tail + p->used);
	size_t n = min(from->left, PAGE_SIZE);
	long got = raw_slot_prepare(s);

	if (unlikely(got))
		return got;
	got = raw_io_get(from, page_bytes(slot_page(s)), n);
	if (unlikely(got < 0))
		return got;
	if ((size_t)got != n)
		return -EFAULT;
	s->start = 0;
	s->bytes = n;
	s->packet = packet;
	write_once(p->used, p->used + 1);
	return (long)n;
}

static long raw_ring_write(struct pipe *p, struct pipe_ring *r, struct io_iter *from, bool packet, bool first)
{
	long done = 0, n;

	if (first && !packet) {
		done = raw_ring_append(p, r, from);
		if (unlikely(done < 0))
			return done;
	}
	while (from->left && p->used < r->size) {
		n = raw_ring_fill_slot(p, r, from, packet);
		if (unlikely(n < 0))
			return done ? done : n;
		done += n;
	}
	return done;
}

static struct turn raw_write_turn(struct pipe *p, struct io_iter *from, bool packet, bool first)
{
	raw_ring *ring = ring_of(p);
	struct turn t = {};
	bool was_empty;
	long n;

	raw_mutex_lock(&ring->l);
	was_empty = p->used == 0;
	if (unlikely(p->readers == 0)) {
		t.other_side_gone = true;
		raw_mutex_unlock(&ring->l);
		return t;
	}
	n = raw_ring_write(p, &ring->data, from, packet, first);
	if (unlikely(n < 0))
		t.failed = (int)-n;
	else
		t.done = (size_t)n;
	t.wake_others = p->used && (was_empty || p->polled);
	t.more = p->used < ring->data.size;
	raw_mutex_unlock(&ring->l);
	return t;
}

static long raw_partly(size_t done, int err) { return done ? (long)done : -err; }

long raw_pipe_write(struct file *f, struct io_iter *from, loff_t *pos)
{
	struct can_sleep cs = MAY_SLEEP;
	struct pipe *p = f->private;
	bool slept = false;
	size_t done = 0;

	while (likely(from->left)) {
		struct turn t = raw_write_turn(p, from, f->flags & O_DIRECT, done == 0);

		done += t.done;
		if (t.wake_others)
			wake_up(&p->readable, EPOLLIN | EPOLLRDNORM);
		if (slept && t.more)
			wake_up(&p->writable, EPOLLOUT | EPOLLWRNORM);
		if (unlikely(t.other_side_gone)) {
			job_ops->raise(SIGPIPE);
			return raw_partly(done, EPIPE);
		}
		if (unlikely(t.failed))
			return raw_partly(done, t.failed);
		if (from->left == 0)
			break;
		if (f->flags & O_NONBLOCK)
			return raw_partly(done, EAGAIN);
		int broken_off = error_of(wait_event_exclusive(&p->writable, !pipe_is_full(p) || !read_once(p->readers), cs));
		if (broken_off)
			return raw_partly(done, broken_off);
		slept = true;
	}
	return (long)done;
}
