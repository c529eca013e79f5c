/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of pipes (murre/pipe.h): a ring of slots, each a page with a range of bytes in it. A slot keeps its page
 * when it has been read empty, so that a pipe in use allocates nothing; an empty ring starts again at slot 0, so that
 * small messages stay on one warm page. The ring lies under a mutex, which is held while bytes are copied from or to
 * programs. The counts that sleepers look at (used, readers, writers) are written under it and read without.
 */
#pragma once
#include <murre/pipe.h>
#include <murre/slab.h>

struct pipe_slot {
	page_ref page;			/* kept while the slot is unused */
	uint32_t start, bytes;
	bool packet;
};

struct pipe_ring {
	struct pipe_slot *slots;
	uint32_t size;			/* a power of two */
	uint32_t tail;			/* oldest slot in use, taken modulo size */
};
DEFINE_GUARDED_MUTEX(pipe_ring, struct pipe_ring, RANK_PIPE)

struct pipe {
	refcount_t refs;
	uint32_t used guarded_by(pipe_ring_role);			/* slots that hold bytes */
	uint32_t readers guarded_by(pipe_ring_role), writers guarded_by(pipe_ring_role);	/* open ends */
	uint32_t reader_opens guarded_by(pipe_ring_role), writer_opens guarded_by(pipe_ring_role);	/* ever: a FIFO's opener waits for the other to move */
	bool polled;			/* someone polls it: edge-triggered watchers hear of every write */
	waitq readable, writable;
	guarded(pipe_ring) ring;
	struct inode *inode;		/* whose inode->pipe this is; borrowed from the files */
};
DEFINE_BOX(pipe, struct pipe)

static inline struct pipe_slot *slot_at(struct pipe_ring *r, uint32_t n)
{
	return &r->slots[n & (r->size - 1)];
}

static inline bool pipe_is_full(const struct pipe *p)
{
	return read_once(p->used) >= read_once(peek(&p->ring)->size);
}

/* pipe.c */
result(size_t) pipe_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs);
result(size_t) pipe_write(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs);
/* pipe_file.c: the verbs but reading and writing. */
#define PIPE_FILE_VERBS .poll = pipe_poll, .ioctl = pipe_ioctl, .fcntl = pipe_fcntl, .release = pipe_file_release
unsigned pipe_poll(struct file *f, struct poll_table *t);
result(long) pipe_ioctl(struct file *f, unsigned cmd, uintptr_t arg, struct can_sleep cs);
result(long) pipe_fcntl(struct file *f, unsigned cmd, uintptr_t arg, struct can_sleep cs);
void pipe_file_release(struct file *f, struct can_sleep cs);
/* An end with these FILE_READ and FILE_WRITE bits is gone: tells the other side if it was the last. */
void pipe_close_end(struct pipe *p, uint32_t mode, struct can_sleep cs);
void pipe_slots_free(struct pipe_slot *slots, uint32_t size);
