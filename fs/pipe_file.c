/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What else an end of a pipe can do: readiness, FIONREAD, its capacity (F_SETPIPE_SZ), and closing, which tells the
 * other side. pipe_ring.h has the ring and its lock.
 */
#include <murre/usercopy.h>
#include <linux/fs.h>
#include <asm/ioctls.h>
#include "pipe_ring.h"

unsigned pipe_max_bytes = 1 << 20;

unsigned pipe_poll(struct file *f, struct poll_table *t)
{
	struct pipe *p = f->private;
	unsigned events = 0;

	write_once(p->polled, true);
	if (f->mode & FILE_READ) {
		poll_wait(t, &p->readable);
		if (read_once(p->used))
			events |= EPOLLIN | EPOLLRDNORM;
		if (!read_once(p->writers) && f->version != read_once(p->writer_opens))
			events |= EPOLLHUP;
	}
	if (f->mode & FILE_WRITE) {
		poll_wait(t, &p->writable);
		if (!pipe_is_full(p))
			events |= EPOLLOUT | EPOLLWRNORM;
		if (!read_once(p->readers))
			events |= EPOLLERR;
	}
	return events;
}

result(long) pipe_ioctl(struct file *f, unsigned cmd, uintptr_t arg, struct can_sleep cs)
{
	struct pipe *p = f->private;
	int bytes = 0;

	if (cmd != FIONREAD)
		return FAIL(ENOTTY);
	{
		hold_mutex(pipe_ring, r, &p->ring);
		for (uint32_t i = 0; i < p->used; i++)
			bytes += slot_at(in(r), in(r)->tail + i)->bytes;
	}
	TRY(copy_out(user_from(int, arg), &bytes));
	return OK(long, 0);
}

void pipe_slots_free(struct pipe_slot *slots, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		drop(page_ref, slots[i].page);
	end_raw(bytes_box, slots);
}

/* Moves the ring into one of another size; slots in use come first. */
static void ring_replace(struct pipe *p, struct pipe_ring *r, struct pipe_slot *slots, uint32_t size)
	needs_lock(pipe_ring_role)
{
	for (uint32_t i = 0; i < p->used; i++) {
		struct pipe_slot *from = slot_at(r, r->tail + i);

		slots[i] = (struct pipe_slot){ .start = from->start, .bytes = from->bytes, .packet = from->packet };
		put_in(slots[i].page, give(from->page));
	}
	pipe_slots_free(r->slots, r->size);
	r->slots = slots;
	r->tail = 0;
	write_once(r->size, size);
}

static result(long) pipe_resize(struct pipe *p, unsigned bytes, struct can_sleep cs)
{
	uint32_t size = 1;

	if (bytes > 1u << 31)
		return FAIL(EINVAL);
	while (size < pages_for(bytes))
		size *= 2;
	{
		hold_mutex(pipe_ring, r, &p->ring);
		if (size > in(r)->size && size * PAGE_SIZE > pipe_max_bytes && !capable(CAP_SYS_RESOURCE))
			return FAIL(EPERM);
		if (size < p->used)
			return FAIL(EBUSY);
		if (size != in(r)->size) {
			own(bytes_box, slots, TRY(bytes_box_new(size * sizeof(struct pipe_slot))));
			ring_replace(p, in(r), unbox(slots), size);
		}
	}
	wake_up_all(&p->writable, EPOLLOUT | EPOLLWRNORM);
	return OK(long, size * PAGE_SIZE);
}

result(long) pipe_fcntl(struct file *f, unsigned cmd, uintptr_t arg, struct can_sleep cs)
{
	struct pipe *p = f->private;

	switch (cmd) {
	case F_GETPIPE_SZ:
		return OK(long, read_once(peek(&p->ring)->size) * PAGE_SIZE);
	case F_SETPIPE_SZ:
		return pipe_resize(p, arg > UINT32_MAX ? UINT32_MAX : arg, cs);
	}
	return FAIL(EINVAL);
}

/* A side that loses its last opener tells the other: end of file, or a broken pipe. */
void pipe_close_end(struct pipe *p, uint32_t mode, struct can_sleep cs)
{
	bool tell;

	{
		hold_mutex(pipe_ring, r, &p->ring);
		if (mode & FILE_READ)
			write_once(p->readers, p->readers - 1);
		if (mode & FILE_WRITE)
			write_once(p->writers, p->writers - 1);
		tell = !p->readers != !p->writers;
	}
	if (tell) {
		wake_up_all(&p->readable, EPOLLIN | EPOLLRDNORM | EPOLLERR | EPOLLHUP);
		wake_up_all(&p->writable, EPOLLOUT | EPOLLWRNORM | EPOLLERR | EPOLLHUP);
	}
}

void pipe_file_release(struct file *f, struct can_sleep cs)
{
	pipe_close_end(f->private, f->mode, cs);
	end_raw(pipe_ref, f->private);
}
