/* SPDX-License-Identifier: GPL-2.0-only */
/* open(2): the call. */
#include "../../twin.h"
#include <murre/path.h>
#include <murre/syscall.h>
#include "kernel/sys/path.h"
#define open_call original_open_call
#include <kernel/sys/path.c>
#undef open_call

long raw_open_call(int dir, unsigned long path, int flags, unsigned mode) TWIN(open_call);
long raw_path_buf_read(struct path_buf *b, unsigned long path, bool allow_empty) TWIN(path_buf_read);
struct file *raw_file_open(int dirfd, const char *path, uint32_t flags, mode_bits mode, unsigned resolve) TWIN(file_open);

static never_inline long raw_open_path(int dir, unsigned long path, uint32_t flags, mode_bits mode, unsigned resolve)
{
	struct fd_table *files = current()->files;
	struct path_buf p not_zeroed;
	struct file *f;
	long fd;

	if (flags & TMPFILE_BIT && ((flags & (O_TMPFILE | O_CREAT)) != O_TMPFILE || !(flags & O_ACCMODE)))
		return -EINVAL;
	p.block = none(bytes_box);
	fd = raw_path_buf_read(&p, path, false);
	if (unlikely(fd))
		goto put_text;
	fd = raw_number_take(files, 0, flags & O_CLOEXEC);
	if (unlikely(fd < 0))
		goto put_text;
	f = raw_file_open(dir, p.text, flags, mode, resolve);
	if (IS_ERROR(f)) {
		raw_number_put(files, (int)fd);
		fd = (long)f;
		goto put_text;
	}
	raw_number_fill(files, (int)fd, f);
put_text:
	if (unlikely(at(p.block)))
		bytes_put(at(p.block));
	return fd;
}

long raw_open_call(int dir, unsigned long path, int flags_, unsigned mode)
{
	uint32_t flags = (uint32_t)flags_ & FLAGS_KNOWN;

	flags = unlikely(flags & O_PATH) ? flags & FLAGS_PATH : flags | O_LARGEFILE;
	return raw_open_path(dir, path, flags, mode & 07777, 0);
}
