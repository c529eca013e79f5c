/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text files of procfs. What a file says is made as a whole when it is read at position 0 and kept under a mutex until
 * it is read from there again, so that one pass of a reader, in pieces of any size, sees one moment.
 */
#include <linux/fs.h>
#include "proc.h"

/* Texts start with a buffer of this size, which doubles while they do not fit. */
enum { TEXT_BYTES_FIRST = 1024, TEXT_BYTES_MAX = 64 << 20 };

DEFINE_GUARDED_MUTEX(proc_text, struct { bytes_box buffer; size_t length; }, RANK_FILE_POSITION + 1)
struct proc_reader { guarded(proc_text) text; };
DEFINE_BOX(proc_reader, struct proc_reader)
DEFINE_BOX_CACHE(proc_reader, struct proc_reader);

const proc_subject *proc_file_subject(const struct file *f) { return &node_of(f->inode)->subject; }
const struct proc_entry *proc_file_entry(const struct file *f) { return node_of(f->inode)->entry; }

/* Reading. --------------------------------------------------------------------------------------------------------- */

static result(unit) node_show(const struct proc_node *n, struct text_out *out, struct can_sleep cs)
{
	if (!proc_subject_alive(&n->subject))
		return unit_result(ESRCH);
	if (n->entry->show)
		return n->entry->show(&n->subject, out, cs);
	return n->entry->show_entry(n->entry, &n->subject, out, cs);
}

static result(unit) text_make(const struct proc_node *n, proc_text_locked t, struct can_sleep cs)
{
	RETURNS(unit);

	for (size_t bytes = TEXT_BYTES_FIRST; bytes <= TEXT_BYTES_MAX; bytes *= 2) {
		own(bytes_box, buffer, TRY(bytes_box_new(bytes)));
		struct text_out out = text_out_to(at(buffer), bytes);

		TRY(node_show(n, &out, cs));
		if (out.overflowed)
			continue;
		drop(bytes_box, in(t)->buffer);
		in(t)->buffer = give(buffer);
		in(t)->length = out.len;
		return DONE;
	}
	return FAIL(ENOMEM);
}

/* The file's text, made on the first read; the reader lives as long as the file. */
static result(void_ptr) reader_of(struct file *f)
{
	RETURNS(void_ptr);
	void *none_yet = NULL;

	if (rcu_load(f->private))
		return OK(void_ptr, f->private);
	own(proc_reader_box, r, TRY(proc_reader_box_new()));
	if (__atomic_compare_exchange_n(&f->private, &none_yet, at(r), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		(void)unbox(r);
	return OK(void_ptr, f->private);
}

static result(size_t) text_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct proc_node *n = node_of(f->inode);

	if (!n->entry->show && !n->entry->show_entry)
		return FAIL(EIO);		/* write-only, opened for reading by the administrator */
	struct proc_reader *r = TRY(reader_of(f));
	hold_mutex(proc_text, t, &r->text);

	if (*pos == 0 || is_none(in(t)->buffer))
		TRY(text_make(n, t, cs));
	if (*pos < 0 || (size_t)*pos >= in(t)->length)
		return OK(size_t, 0);
	size_t done = TRY(io_put(to, (char *)at(in(t)->buffer) + *pos, min(to->left, in(t)->length - *pos), cs));
	*pos += done;
	return OK(size_t, done);
}

/* Writing. --------------------------------------------------------------------------------------------------------- */

static result(size_t) node_write(const struct proc_node *n, const char *text, size_t bytes, struct can_sleep cs)
{
	RETURNS(size_t);

	if (!proc_subject_alive(&n->subject))
		return FAIL(ESRCH);
	if (n->entry->write)
		return n->entry->write(&n->subject, text, bytes, cs);
	return n->entry->write_entry(n->entry, text, bytes, cs);
}

static result(size_t) text_write(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct proc_node *n = node_of(f->inode);
	size_t bytes = from->left;

	if (!n->entry->write && !n->entry->write_entry)
		return FAIL(EIO);		/* read-only, opened for writing by the administrator */
	if (bytes >= PAGE_SIZE)
		return FAIL(EINVAL);
	own(bytes_box, text, TRY(bytes_box_new(bytes + 1)));
	if (bytes && TRY(io_get(from, at(text), bytes, cs)) != bytes)
		return FAIL(EFAULT);
	size_t done = TRY(node_write(n, at(text), bytes, cs));
	*pos += done;
	return OK(size_t, done);
}

/* Other verbs. ----------------------------------------------------------------------------------------------------- */

result(loff_t) proc_seek(struct file *f, loff_t offset, int whence, struct can_sleep cs)
{
	RETURNS(loff_t);

	if (whence == SEEK_CUR)
		offset = TRY(offset_add(offset, f->pos));
	else if (whence != SEEK_SET)
		return FAIL(EINVAL);
	if (offset < 0)
		return FAIL(EINVAL);
	f->pos = offset;
	return OK(loff_t, offset);
}

static void text_release(struct file *f, struct can_sleep cs)
{
	struct proc_reader *r = f->private;

	if (!r)
		return;
	drop(bytes_box, peek(&r->text)->buffer);
	proc_reader_box_free(r);
}

const struct file_ops proc_text_file_ops = {
	.read = text_read, .write = text_write, .seek = proc_seek, .release = text_release,
};
