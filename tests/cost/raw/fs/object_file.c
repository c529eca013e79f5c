/* SPDX-License-Identifier: GPL-2.0-only */
/* The read verb of files whose data is a memory object. */
#include "../twin.h"
#define object_file_ops original_object_file_ops
#include <fs/object_file.c>
#undef object_file_ops

static long raw_read(struct file *f, struct io_iter *to, loff_t *pos)
{
	struct inode *i = f->inode;
	long n = raw_object_read(i->object, (uint64_t)*pos, to);

	if (unlikely(n < 0))
		return n;
	*pos += n;
	if (!(f->flags & O_NOATIME))
		inode_touch_access(i, f->path.mount);
	return n;
}

const struct file_ops object_file_ops = {
	.read = (void *)raw_read,
	.write = object_write,
	.seek = object_seek,
	.mmap = object_mmap,
	.sync = object_sync,
	.fallocate = object_fallocate,
};
