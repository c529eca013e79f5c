/* SPDX-License-Identifier: GPL-2.0-only */
/* read(2) and write(2). */
#include "../../twin.h"
#include <murre/syscall.h>
#define sys_read original_read
#define sys_write original_write
#include <kernel/sys/rw.c>
#undef sys_read
#undef sys_write

long raw_sys_read(int fd, unsigned long buf, size_t count) TWIN(sys_read);
long raw_sys_write(int fd, unsigned long buf, size_t count) TWIN(sys_write);

static always_inline long raw_buffer_take(struct io_iter *it, const struct file *f, uint32_t mode, unsigned long buf, size_t count)
{
	if (unlikely(!(f->mode & mode)))
		return -EBADF;
	if (unlikely(!user_range_ok(buf, count)))
		return -EFAULT;
	return raw_io_iter_user(it, buf, count < IO_BYTES_MAX ? count : IO_BYTES_MAX);
}

long raw_sys_read(int fd, unsigned long buf, size_t count)
{
	unsigned long loan = raw_fd_loan(fd);
	struct io_iter to not_zeroed;
	struct file *f;
	long done;

	if (IS_ERROR(loan))
		return (long)loan;
	f = (struct file *)(loan & ~1ul);
	done = raw_buffer_take(&to, f, FILE_READ, buf, count);
	if (likely(!done))
		done = raw_file_read(f, &to, NULL);
	if (unlikely(loan & 1))
		raw_file_put(f);
	return done;
}

long raw_sys_write(int fd, unsigned long buf, size_t count)
{
	unsigned long loan = raw_fd_loan(fd);
	struct io_iter from not_zeroed;
	struct file *f;
	long done;

	if (IS_ERROR(loan))
		return (long)loan;
	f = (struct file *)(loan & ~1ul);
	done = raw_buffer_take(&from, f, FILE_WRITE, buf, count);
	if (likely(!done))
		done = raw_file_write(f, &from, NULL);
	if (unlikely(loan & 1))
		raw_file_put(f);
	return done;
}
