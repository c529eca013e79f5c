/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files whose data is a memory object: read, written and mapped through its pages. Writers hold the inode's mutex and
 * move the size when their bytes are in place; readers take no lock.
 */
#include <murre/file.h>
#include <linux/falloc.h>
#include <linux/fs.h>

static result(size_t) object_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct inode *i = f->inode;
	size_t n = TRY(vm_object_read(i->object, (uint64_t)*pos, to, cs));

	*pos += (loff_t)n;
	if (!(f->flags & O_NOATIME))
		inode_touch_access(i, f->path.mount);
	return OK(size_t, n);
}

static result(size_t) object_write(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct inode *i = f->inode;
	struct vm_object *o = i->object;

	if (unlikely(from->left == 0))
		return OK(size_t, 0);
	hold_mutex(inode_mutex, held, &i->mutex);
	/* A write that fails leaves the position where it was, also when it was to append. */
	loff_t start = f->flags & O_APPEND ? (loff_t)o->size : *pos;
	from->left = TRY(inode_write_room(i, start, from->left));
	inode_drop_privileges(i);
	inode_touch_modify(i);

	size_t n = TRY(vm_object_write(o, (uint64_t)start, from, cs));
	*pos = start + (loff_t)n;
	if ((uint64_t)*pos > o->size)
		write_once(o->size, (uint64_t)*pos);
	return OK(size_t, n);
}

static result(loff_t) object_seek(struct file *f, loff_t offset, int whence, struct can_sleep cs)
{
	RETURNS(loff_t);
	struct vm_object *o = f->inode->object;
	uint64_t end = inode_size(f->inode), found;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return seek_generic(f, offset, whence, (loff_t)end);
	if (offset < 0 || (uint64_t)offset >= end)
		return FAIL(ENXIO);
	found = whence == SEEK_DATA ? vm_object_seek_data(o, (uint64_t)offset, cs)
				    : vm_object_seek_hole(o, (uint64_t)offset, cs);
	if (whence == SEEK_DATA && found >= end)
		return FAIL(ENXIO);
	f->pos = (loff_t)found;
	return OK(loff_t, f->pos);
}

result(loff_t) seek_generic(struct file *f, loff_t offset, int whence, loff_t end)
{
	RETURNS(loff_t);
	loff_t base;

	switch (whence) {
	case SEEK_SET:
		base = 0;
		break;
	case SEEK_CUR:
		base = f->pos;
		break;
	case SEEK_END:
		base = end;
		break;
	default:
		return FAIL(EINVAL);
	}
	if (__builtin_add_overflow(base, offset, &base) || base < 0 || (uint64_t)base > f->inode->sb->max_bytes)
		return FAIL(EINVAL);
	f->pos = base;
	return OK(loff_t, base);
}

static result(unit) object_mmap(struct file *f, struct vm_map_request *r, struct can_sleep cs)
{
	inode_touch_access(f->inode, f->path.mount);
	put_in(r->object, vm_object_share(f->inode->object));
	file_share_backing(f, r);
	return DONE;
}

static result(unit) object_fallocate(struct file *f, int mode, loff_t offset, loff_t bytes, struct can_sleep cs)
{
	RETURNS(unit);
	struct inode *i = f->inode;
	uint64_t start = (uint64_t)offset, end = start + (uint64_t)bytes;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return FAIL(EOPNOTSUPP);
	hold_mutex(inode_mutex, held, &i->mutex);
	if (mode & FALLOC_FL_PUNCH_HOLE) {
		vm_object_punch(i->object, start, end, cs);
	} else {
		bool grows = !(mode & FALLOC_FL_KEEP_SIZE) && end > i->object->size;

		if (grows && TRY(inode_write_room(i, (loff_t)(end - 1), 1)) == 0)
			return FAIL(EFBIG);
		TRY(vm_object_reserve(i->object, start >> PAGE_SHIFT, pages_for(end), cs));
		if (grows)
			vm_object_resize(i->object, end, cs);
	}
	inode_drop_privileges(i);
	inode_touch_modify(i);
	return DONE;
}

/* Memory is where the data lives. */
static result(unit) object_sync(struct file *f, loff_t from, loff_t to, bool data_only, struct can_sleep cs)
{
	return DONE;
}

const struct file_ops object_file_ops = {
	.read = object_read,
	.write = object_write,
	.seek = object_seek,
	.mmap = object_mmap,
	.sync = object_sync,
	.fallocate = object_fallocate,
};
