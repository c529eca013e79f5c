/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pipes and FIFOs (murre/pipe.h): a ring of slots, each a page with a range of bytes in it. A slot keeps its page when it
 * has been read empty, so that a pipe in use allocates nothing; an empty ring starts again at slot 0, so that small
 * messages stay on one warm page. The ring lies under a mutex, which is held while bytes are copied from or to programs.
 * The counts that sleepers look at (used, readers, writers) are written under it and read without.
 *
 * Source: pipe(2), pipe(7), fifo(7). A write of up to PIPE_BUF bytes takes room in one slot or waits, so it is never
 * split; with O_DIRECT each write of up to a page is a packet that a read takes alone.
 */
#include <murre/jobs.h>
#include <murre/pipe.h>
#include <murre/start.h>
#include <murre/usercopy.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <asm/ioctls.h>
#include <asm/signal.h>

enum { SLOTS_DEFAULT = 16 };
_Static_assert(PIPE_BUF == PAGE_SIZE, "an atomic write fits one slot");

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
	uint32_t used;			/* slots that hold bytes */
	uint32_t readers, writers;	/* open ends */
	uint32_t reader_opens, writer_opens;	/* ever: a FIFO's opener waits for the other to move */
	bool polled;			/* someone polls it: edge-triggered watchers hear of every write */
	waitq readable, writable;
	guarded(pipe_ring) ring;
	struct inode *inode;		/* whose inode->pipe this is; borrowed from the files */
};
DEFINE_BOX(pipe, struct pipe)
DEFINE_BOX_CACHE(pipe, struct pipe);

/* Which pipe an inode has (inode->pipe), and that pipe's last reference going; inodes share a few locks. */
DEFINE_GUARDED(inode_pipe, struct { char unused; }, RANK_FILES)
enum { INODE_LOCKS = 16 };
static guarded(inode_pipe) inode_locks[INODE_LOCKS];
static guarded(inode_pipe) *inode_lock_of(const struct inode *i) { return &inode_locks[i->ino % INODE_LOCKS]; }

unsigned pipe_max_bytes = 1 << 20;
static const struct file_ops pipe_ops;
static struct superblock *pipe_superblock;

static struct pipe_slot *slot_at(struct pipe_ring *r, uint32_t n)
{
	return &r->slots[n & (r->size - 1)];
}

/* Reading. --------------------------------------------------------------------------------------------------------- */

static void slot_done(struct pipe *p, struct pipe_ring *r)
{
	r->tail++;
	write_once(p->used, p->used - 1);
	if (p->used == 0)
		r->tail = 0;
}

/* Copies what is there into the buffer; the count. EFAULT only when nothing was copied. */
static result(size_t) ring_read(struct pipe *p, struct pipe_ring *r, struct io_iter *to, struct can_sleep cs)
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

static bool pipe_is_full(const struct pipe *p)
{
	return read_once(p->used) >= read_once(peek(&p->ring)->size);
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

static result(size_t) pipe_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
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

static result(size_t) pipe_write(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs)
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

/* Other verbs. ----------------------------------------------------------------------------------------------------- */

static unsigned pipe_poll(struct file *f, struct poll_table *t)
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

static result(long) pipe_ioctl(struct file *f, unsigned cmd, uintptr_t arg, struct can_sleep cs)
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

static void slots_free(struct pipe_slot *slots, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		drop(page_ref, slots[i].page);
	bytes_put(slots);
}

/* Moves the ring into one of another size; slots in use come first. */
static void ring_replace(struct pipe *p, struct pipe_ring *r, struct pipe_slot *slots, uint32_t size)
{
	for (uint32_t i = 0; i < p->used; i++) {
		slots[i] = *slot_at(r, r->tail + i);
		slot_at(r, r->tail + i)->page = none(page_ref);
	}
	slots_free(r->slots, r->size);
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

static result(long) pipe_fcntl(struct file *f, unsigned cmd, uintptr_t arg, struct can_sleep cs)
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
static void pipe_close_end(struct pipe *p, uint32_t mode, struct can_sleep cs)
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

static void pipe_file_release(struct file *f, struct can_sleep cs)
{
	pipe_close_end(f->private, f->mode, cs);
	pipe_release(f->private);
}

static const struct file_ops pipe_ops = {
	.read = pipe_read, .write = pipe_write, .poll = pipe_poll, .ioctl = pipe_ioctl, .fcntl = pipe_fcntl,
	.release = pipe_file_release,
};

/* Life. ------------------------------------------------------------------------------------------------------------ */

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

void pipe_release(struct pipe *p)
{
	if (!pipe_put(p))
		return;
	slots_free(peek(&p->ring)->slots, peek(&p->ring)->size);
	pipe_box_free_(p);
}

static pipe_ref pipe_share(struct pipe *p)
{
	refcount_inc(&p->refs);
	return handle_from(pipe_ref, p);
}

static result(file_ref) end_open(struct pipe *p, struct inode *i, uint32_t flags)
{
	RETURNS(file_ref);
	own(pipe_ref, counted, pipe_share(p));
	own(file_ref, f, TRY(file_pseudo("pipe", inode_share(i), &pipe_ops, p, flags)));

	(void)give(counted);		/* the file's from here on */
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

	at(draft)->ino = inode_number_next();
	own(inode_ref, i, inode_publish(give(draft)));
	at(p)->reader_opens = 1;
	at(p)->writer_opens = 1;
	own(file_ref, reader, TRY(end_open(at(p), at(i), O_RDONLY | flags)));
	own(file_ref, writer, TRY(end_open(at(p), at(i), O_WRONLY | flags)));
	/* Whoever opens it through /proc/PID/fd finds the same pipe. */
	at(i)->pipe = at(p);
	at(p)->inode = at(i);
	ends->reader = give(reader);
	ends->writer = give(writer);
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

static const struct file_ops fifo_ops = {
	.read = fifo_read, .write = fifo_write, .poll = pipe_poll, .ioctl = pipe_ioctl, .fcntl = pipe_fcntl,
	.release = pipe_file_release,
};

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
