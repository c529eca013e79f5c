/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that read, write and seek: read(2), readv(2), lseek(2), sendfile(2), copy_file_range(2). */
#include <murre/base/checked.h>
#include <murre/file.h>
#include <murre/syscall.h>
#include <linux/fs.h>

#define VECTOR_MAX 1024
#define VECTOR_INLINE 8
#define COPY_CHUNK 65536ul

/* One buffer. ------------------------------------------------------------------------------------------------------ */

/* EBADF: not open that way. EFAULT: no program's memory. Longer counts than one call may do are cut. */
static always_inline result(unit) buffer_take(struct io_iter *it, const struct file *f, uint32_t mode, user_addr buf,
					      size_t count)
{
	if (unlikely(!(f->mode & mode)))
		return unit_result(EBADF);
	if (unlikely(!user_range_ok(user_value(buf), count)))
		return unit_result(EFAULT);
	return io_iter_user(it, buf, min(count, IO_BYTES_MAX));
}

SYSCALL(read, fd_t fd, user_addr buf, size_t count)
{
	own_loan(l, TRY(fd_loan(fd)));
	struct io_iter to not_zeroed;		/* buffer_take fills it */

	TRY(buffer_take(&to, loaned(l), FILE_READ, buf, count));
	return OK(long, (long)TRY(file_read(loaned(l), &to, NULL, cs)));
}

SYSCALL(write, fd_t fd, user_addr buf, size_t count)
{
	own_loan(l, TRY(fd_loan(fd)));
	struct io_iter from not_zeroed;		/* buffer_take fills it */

	TRY(buffer_take(&from, loaned(l), FILE_WRITE, buf, count));
	return OK(long, (long)TRY(file_write(loaned(l), &from, NULL, cs)));
}

SYSCALL(pread64, fd_t fd, user_addr buf, size_t count, loff_t pos)
{
	struct io_iter to not_zeroed;		/* buffer_take fills it */

	if (pos < 0)
		return FAIL(EINVAL);
	own_loan(l, TRY(fd_loan(fd)));
	if (!(loaned(l)->mode & FILE_CAN_SEEK))
		return FAIL(ESPIPE);
	TRY(buffer_take(&to, loaned(l), FILE_READ, buf, count));
	return OK(long, (long)TRY(file_read(loaned(l), &to, &pos, cs)));
}

SYSCALL(pwrite64, fd_t fd, user_addr buf, size_t count, loff_t pos)
{
	struct io_iter from;

	if (pos < 0)
		return FAIL(EINVAL);
	own_loan(l, TRY(fd_loan(fd)));
	if (!(loaned(l)->mode & FILE_CAN_SEEK))
		return FAIL(ESPIPE);
	TRY(buffer_take(&from, loaned(l), FILE_WRITE, buf, count));
	return OK(long, (long)TRY(file_write(loaned(l), &from, &pos, cs)));
}

/* Vectors. --------------------------------------------------------------------------------------------------------- */

struct vector {
	struct io_piece few[VECTOR_INLINE];	/* most vectors fit here */
	struct io_piece *pieces;
	bytes_box block;
};
static void vector_end(struct vector *v)
{
	if (!is_none(v->block))
		drop(bytes_box, v->block);
}
static_assert_size(struct io_piece, sizeof(abi_iovec));

/* EINVAL: too many pieces, a negative length. EFAULT: a piece outside user memory. */
static result(unit) vector_read(struct vector *v, struct io_iter *it, user_in_abi_iovec vec, unsigned long count,
				struct can_sleep cs)
{
	RETURNS(unit);
	size_t total = 0;

	if (count > VECTOR_MAX)
		return FAIL(EINVAL);
	v->pieces = v->few;
	if (count > VECTOR_INLINE) {
		put_in(v->block, TRY(bytes_box_new(count * sizeof(struct io_piece))));
		v->pieces = at(v->block);
	}
	TRY(copy_in_array((abi_iovec *)v->pieces, vec, count));
	for (unsigned long n = 0; n < count; n++) {
		struct io_piece *p = &v->pieces[n];

		if ((long)p->bytes < 0)
			return FAIL(EINVAL);
		if (!user_range_ok(p->base, p->bytes))
			return FAIL(EFAULT);
		p->bytes = min(p->bytes, IO_BYTES_MAX - total);
		total += p->bytes;
	}
	*it = io_iter_pieces(v->pieces, count, total);
	return DONE;
}

/* Seeking calls give the position, the others NULL. */
static result(long) read_vector(struct file *f, user_in_abi_iovec vec, unsigned long count, loff_t *pos,
				struct can_sleep cs)
{
	struct vector v not_zeroed ended_by(vector_end);
	struct io_iter to;

	v.block = none(bytes_box);
	TRY(vector_read(&v, &to, vec, count, cs));
	if (to.left == 0 && f->mode & FILE_READ && f->ops->read)
		return OK(long, 0);
	return OK(long, (long)TRY(file_read(f, &to, pos, cs)));
}

static result(long) write_vector(struct file *f, user_in_abi_iovec vec, unsigned long count, loff_t *pos,
				 struct can_sleep cs)
{
	struct vector v not_zeroed ended_by(vector_end);
	struct io_iter from;

	v.block = none(bytes_box);
	TRY(vector_read(&v, &from, vec, count, cs));
	if (from.left == 0 && f->mode & FILE_WRITE && f->ops->write)
		return OK(long, 0);
	return OK(long, (long)TRY(file_write(f, &from, pos, cs)));
}

SYSCALL(readv, fd_t fd, user_in_abi_iovec vec, unsigned long count)
{
	own_loan(l, TRY(fd_loan(fd)));
	return read_vector(loaned(l), vec, count, NULL, cs);
}

SYSCALL(writev, fd_t fd, user_in_abi_iovec vec, unsigned long count)
{
	own_loan(l, TRY(fd_loan(fd)));
	return write_vector(loaned(l), vec, count, NULL, cs);
}

SYSCALL(preadv, fd_t fd, user_in_abi_iovec vec, unsigned long count, unsigned long pos_low, unsigned long pos_high)
{
	loff_t pos = (loff_t)pos_low;

	if (pos < 0)
		return FAIL(EINVAL);
	own_loan(l, TRY(fd_loan(fd)));
	if (!(loaned(l)->mode & FILE_CAN_SEEK))
		return FAIL(ESPIPE);
	return read_vector(loaned(l), vec, count, &pos, cs);
}

SYSCALL(pwritev, fd_t fd, user_in_abi_iovec vec, unsigned long count, unsigned long pos_low, unsigned long pos_high)
{
	loff_t pos = (loff_t)pos_low;

	if (pos < 0)
		return FAIL(EINVAL);
	own_loan(l, TRY(fd_loan(fd)));
	if (!(loaned(l)->mode & FILE_CAN_SEEK))
		return FAIL(ESPIPE);
	return write_vector(loaned(l), vec, count, &pos, cs);
}

/* Positions. ------------------------------------------------------------------------------------------------------- */

SYSCALL(lseek, fd_t fd, loff_t offset, unsigned whence)
{
	own_loan(l, TRY(fd_loan(fd)));
	struct file *f = loaned(l);

	if (whence > SEEK_MAX)
		return FAIL(EINVAL);
	if (!f->ops->seek)
		return FAIL(ESPIPE);
	if (f->mode & FILE_NO_POS_LOCK || refcount_read(&f->refs) == 1)
		return OK(long, TRY(f->ops->seek(f, offset, (int)whence, cs)));
	hold_mutex(file_position, held, &f->pos_mutex);
	return OK(long, TRY(f->ops->seek(f, offset, (int)whence, cs)));
}

/* Copies inside the kernel. ---------------------------------------------------------------------------------------- */

/* Up to n bytes from in at *in_pos to out at *out_pos (NULL: where it stands); positions move by what was written. */
static result(size_t) copy_chunk(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos, void *buf,
				 size_t n,
				 struct can_sleep cs)
{
	RETURNS(size_t);
	struct io_iter to = io_iter_kernel(buf, n);
	loff_t pos = *in_pos;
	size_t got = TRY(file_read(in, &to, &pos, cs));

	if (!got)
		return OK(size_t, 0);
	struct io_iter from = io_iter_kernel(buf, got);
	size_t put = TRY(file_write(out, &from, out_pos, cs));
	*in_pos += (loff_t)put;
	return OK(size_t, put);
}

/* An error counts only when nothing was copied. */
static result(long) copy_files(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos, size_t count,
			       struct can_sleep cs)
{
	size_t chunk = min(count, COPY_CHUNK), done = 0;
	own(bytes_box, buf, TRY(bytes_box_new(max(chunk, 1ul))));

	while (done < count) {
		size_t n = min(chunk, count - done);
		attempt(put, err, copy_chunk(in, in_pos, out, out_pos, at(buf), n, cs));

		if (err && !done)
			return FAIL(err);
		if (err || !put)
			break;
		done += put;
		if (signal_pending())
			break;
	}
	return OK(long, (long)done);
}

static result(long) sendfile(fd_t out_fd, fd_t in_fd, loff_t *pos, size_t count, struct can_sleep cs)
{
	own_loan(in, TRY(fd_loan(in_fd)));
	struct file *from = loaned(in);

	if (!(from->mode & FILE_READ))
		return FAIL(EBADF);
	if (pos && !(from->mode & FILE_CAN_SEEK))
		return FAIL(ESPIPE);
	if ((pos && *pos < 0) || (long)count < 0)
		return FAIL(EINVAL);
	own_loan(out, TRY(fd_loan(out_fd)));
	struct file *to = loaned(out);
	if (!(to->mode & FILE_WRITE))
		return FAIL(EBADF);
	if (to->flags & O_APPEND || !from->ops->read || !(S_ISREG(from->inode->mode) || S_ISBLK(from->inode->mode)))
		return FAIL(EINVAL);
	return copy_files(from, pos ? pos : &from->pos, to, NULL, min(count, IO_BYTES_MAX), cs);
}

SYSCALL(sendfile, fd_t out, fd_t in, user_long offset, size_t count)
{
	long pos;

	if (user_is_null(offset))
		return sendfile(out, in, NULL, count, cs);
	TRY(copy_in(&pos, offset));
	long done = TRY(sendfile(out, in, &pos, count, cs));
	TRY(copy_out(offset, &pos));
	return OK(long, done);
}

/* copy_file_range(2), ERRORS. */
static result(size_t) range_check(const struct file *in, loff_t in_pos, const struct file *out, loff_t out_pos,
				  size_t count)
{
	RETURNS(size_t);

	if (inode_is(in->inode, S_IFDIR) || inode_is(out->inode, S_IFDIR))
		return FAIL(EISDIR);
	if (!inode_is(in->inode, S_IFREG) || !inode_is(out->inode, S_IFREG))
		return FAIL(EINVAL);
	if (!(in->mode & FILE_READ) || !(out->mode & FILE_WRITE) || out->flags & O_APPEND)
		return FAIL(EBADF);
	if (in->inode->sb != out->inode->sb)
		return FAIL(EXDEV);
	if (in_pos < 0 || out_pos < 0)
		return FAIL(EINVAL);
	TRY(offset_add(in_pos, count));
	TRY(offset_add(out_pos, count));
	uint64_t size = inode_size(in->inode);
	count = (uint64_t)in_pos >= size ? 0 : min((uint64_t)count, size - (uint64_t)in_pos);
	loff_t in_end = TRY(offset_add(in_pos, count)), out_end = TRY(offset_add(out_pos, count));
	if (in->inode == out->inode && out_end > in_pos && out_pos < in_end)
		return FAIL(EINVAL);
	return OK(size_t, min(count, IO_BYTES_MAX));
}

SYSCALL(copy_file_range, fd_t in, user_long in_pos, fd_t out, user_long out_pos, size_t count, unsigned flags)
{
	own_loan(in_loan, TRY(fd_loan(in)));
	own_loan(out_loan, TRY(fd_loan(out)));
	struct file *from = loaned(in_loan), *to = loaned(out_loan);
	long from_pos = from->pos, to_pos = to->pos;

	if (!user_is_null(in_pos))
		TRY(copy_in(&from_pos, in_pos));
	if (!user_is_null(out_pos))
		TRY(copy_in(&to_pos, out_pos));
	if (flags)
		return FAIL(EINVAL);
	count = TRY(range_check(from, from_pos, to, to_pos, count));
	long done = TRY(copy_files(from, &from_pos, to, &to_pos, count, cs));
	if (!user_is_null(in_pos))
		TRY(copy_out(in_pos, &from_pos));
	else
		from->pos = from_pos;
	if (!user_is_null(out_pos))
		TRY(copy_out(out_pos, &to_pos));
	else
		to->pos = to_pos;
	return OK(long, done);
}
