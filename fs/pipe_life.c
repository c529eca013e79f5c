/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of pipes: made with the two files of pipe(2) or by the first who opens a FIFO, counted by open files, freed
 * with the last. inode->pipe lets those who open a FIFO, or a pipe again through /proc, find it; it is cleared with the
 * pipe's last reference, under a lock that a few inodes share. Source: pipe(2), fifo(7).
 */
#include <murre/start.h>
#include <linux/magic.h>
#include "pipe_ring.h"

enum { SLOTS_DEFAULT = 16 };

DEFINE_BOX_CACHE(pipe, struct pipe);

/* Which pipe an inode has (inode->pipe), and that pipe's last reference going; inodes share a few locks. */
DEFINE_GUARDED(inode_pipe, struct { char unused; }, RANK_FILES)
enum { INODE_LOCKS = 16 };
static guarded(inode_pipe) inode_locks[INODE_LOCKS];
static guarded(inode_pipe) *inode_lock_of(const struct inode *i) { return &inode_locks[i->ino % INODE_LOCKS]; }

static struct superblock *pipe_superblock;
static const struct file_ops pipe_ops = { .read = pipe_read, .write = pipe_write, PIPE_FILE_VERBS };

result(pipe_ref) pipe_new(void)
{
	RETURNS(pipe_ref);
	own(pipe_box, p, TRY(pipe_box_new()));
	own(bytes_box, slots, TRY(bytes_box_new(SLOTS_DEFAULT * sizeof(struct pipe_slot))));

	refcount_init(&at(p)->refs, 1);
	waitq_init(&at(p)->readable);
	waitq_init(&at(p)->writable);
	*peek(&at(p)->ring) = (struct pipe_ring){ .slots = unbox(slots), .size = SLOTS_DEFAULT };
	return OK(pipe_ref, handle_from(pipe_ref, unbox(p)));
}

static bool pipe_put(struct pipe *p)
{
	if (!p->inode)
		return refcount_dec(&p->refs);
	hold(inode_pipe, t, inode_lock_of(p->inode));
	if (!refcount_dec(&p->refs))
		return false;
	p->inode->pipe = NULL;
	return true;
}

handles_are_counted(pipe_ref, struct pipe, refs);

void pipe_release(struct pipe *p)
{
	if (!pipe_put(p))
		return;
	pipe_slots_free(peek(&p->ring)->slots, peek(&p->ring)->size);
	pipe_box_free(p);
}

static pipe_ref pipe_share(struct pipe *p)
{
	refcount_inc(&p->refs);
	return handle_from(pipe_ref, p);
}

static result(file_ref) end_open(struct pipe *p, struct inode *i, uint32_t flags) needs_lock(pipe_ring_role)
{
	RETURNS(file_ref);
	own(pipe_ref, counted, pipe_share(p));
	own(file_ref, f, TRY(file_pseudo("pipe", inode_share(i), &pipe_ops, p, flags)));

	(void)into_raw(give(counted));		/* the file's from here on */
	at(f)->mode |= FILE_CAN_DIRECT;
	if (at(f)->mode & FILE_READ)
		p->readers++;
	if (at(f)->mode & FILE_WRITE)
		p->writers++;
	return OK(file_ref, give(f));
}

result(unit) pipe_open(uint32_t flags, struct pipe_ends *ends)
{
	RETURNS(unit);
	own(pipe_ref, p, TRY(pipe_new()));
	own(inode_draft, draft, TRY(inode_new(pipe_superblock, NULL, S_IFIFO | 0600)));

	unshared(pipe_ring_role);
	unshared(inode_pipe_role);
	at(draft)->ino = inode_number_next();
	own(inode_ref, i, inode_publish(give(draft)));
	at(p)->reader_opens = 1;
	at(p)->writer_opens = 1;
	own(file_ref, reader, TRY(end_open(at(p), at(i), O_RDONLY | flags)));
	own(file_ref, writer, TRY(end_open(at(p), at(i), O_WRONLY | flags)));
	/* Whoever opens it through /proc/PID/fd finds the same pipe. */
	at(i)->pipe = at(p);
	at(p)->inode = at(i);
	put_in(ends->reader, give(reader));
	put_in(ends->writer, give(writer));
	return DONE;
}

/* FIFOs. ----------------------------------------------------------------------------------------------------------- */

static bool is_fifo(const struct inode *i) { return i->sb != pipe_superblock; }

static pipe_ref fifo_find_pipe(struct inode *i)
{
	hold(inode_pipe, t, inode_lock_of(i));
	return i->pipe ? pipe_share(i->pipe) : none(pipe_ref);
}

/* The pipe of those who have the FIFO open, or a new one. */
static result(pipe_ref) fifo_pipe(struct inode *i)
{
	RETURNS(pipe_ref);
	own(pipe_ref, found, fifo_find_pipe(i));

	if (!is_none(found))
		return OK(pipe_ref, give(found));
	own(pipe_ref, fresh, TRY(pipe_new()));
	hold(inode_pipe, t, inode_lock_of(i));
	if (i->pipe)
		return OK(pipe_ref, pipe_share(i->pipe));
	i->pipe = at(fresh);
	i->pipe->inode = i;
	return OK(pipe_ref, give(fresh));
}

/* Counts the new end; ENXIO: a writer that may not wait for a reader. *alone: the other side has to come yet. A pipe
 * without a name, opened through /proc/PID/fd, is opened as it is: its other side may be gone for good. */
static result(unit) fifo_count_end(struct pipe *p, struct file *f, bool *alone, struct can_sleep cs)
{
	RETURNS(unit);
	uint32_t mode = f->mode & (FILE_READ | FILE_WRITE);
	hold_mutex(pipe_ring, r, &p->ring);

	if (is_fifo(f->inode) && mode == FILE_WRITE && (f->flags & O_NONBLOCK) && !p->readers)
		return FAIL(ENXIO);
	if (mode & FILE_READ) {
		write_once(p->readers, p->readers + 1);
		write_once(p->reader_opens, p->reader_opens + 1);
	}
	if (mode & FILE_WRITE) {
		write_once(p->writers, p->writers + 1);
		write_once(p->writer_opens, p->writer_opens + 1);
	}
	*alone = is_fifo(f->inode) && ((mode == FILE_READ && !p->writers) || (mode == FILE_WRITE && !p->readers));
	f->version = !*alone ? 0 : mode == FILE_READ ? p->writer_opens : p->reader_opens;
	return DONE;
}

/* The other side may come and go before we run: what counts is that its opens moved from where we saw them. */
static result(unit) fifo_wait_partner(struct pipe *p, struct file *f, struct can_sleep cs)
{
	const uint32_t *opens = f->mode & FILE_READ ? &p->writer_opens : &p->reader_opens;

	return wait_event_interruptible(&p->readable, read_once(*opens) != f->version, cs);
}

/* FIFOs have times that one can see. */
static result(size_t) fifo_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	size_t done = TRY(pipe_read(f, to, pos, cs));

	inode_touch_access(f->inode, f->path.mount);
	return OK(size_t, done);
}

static result(size_t) fifo_write(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	size_t done = TRY(pipe_write(f, from, pos, cs));

	inode_touch_modify(f->inode);
	return OK(size_t, done);
}

static const struct file_ops fifo_ops = { .read = fifo_read, .write = fifo_write, PIPE_FILE_VERBS };

result(unit) fifo_open(struct inode *i, struct file *f, struct can_sleep cs)
{
	RETURNS(unit);
	bool alone;
	own(pipe_ref, p, TRY(fifo_pipe(i)));

	TRY(fifo_count_end(at(p), f, &alone, cs));
	wake_up_all(&at(p)->readable, 0);
	if (alone && !(f->flags & O_NONBLOCK)) {
		int err = error_of(fifo_wait_partner(at(p), f, cs));

		if (err) {
			pipe_close_end(at(p), f->mode, cs);
			return FAIL(err);
		}
		f->version = 0;
	}
	f->mode |= FILE_CAN_DIRECT | FILE_NO_POS_LOCK;
	f->ops = &fifo_ops;
	f->private = unbox(p);
	return DONE;
}

/* The filesystem of pipes without a name. -------------------------------------------------------------------------- */

static void pipefs_statfs(struct superblock *s, struct statfs_k *st)
{
	*st = (struct statfs_k){ .type = PIPEFS_MAGIC, .block_size = PAGE_SIZE, .name_max = NAME_BYTES_MAX };
}

static const struct superblock_ops pipefs_ops = { .statfs = pipefs_statfs };
static struct fs_type pipefs = { .name = "pipefs", .internal = true };

START_TASK(pipe_start, needs(fs_start))
{
	own(superblock_ref, s, expect(superblock_new(&pipefs, &pipefs_ops, 0), "memory for pipefs at start"));

	fs_type_register(&pipefs);
	pipe_superblock = unbox(s);
}
