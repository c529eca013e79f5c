/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Character devices as files: the driver sees a struct char_open, made here when a node is opened. What a driver cannot
 * do (poll, seek) is missing in the file's verbs too, so that epoll and lseek answer as they should.
 */
#include "file_life.h"
#include <murre/device.h>
#include <murre/slab.h>

DEFINE_BOX(char_open, struct char_open)
DEFINE_BOX_CACHE(char_open, struct char_open);

static inline struct char_open *open_of(const struct file *f) { return f->private; }

static result(size_t) device_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct char_open *o = open_of(f);

	if (unlikely(!o->device->ops->read))
		return FAIL(EINVAL);
	return o->device->ops->read(o, to, pos, cs);
}

static result(size_t) device_write(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct char_open *o = open_of(f);

	if (unlikely(!o->device->ops->write))
		return FAIL(EINVAL);
	return o->device->ops->write(o, from, pos, cs);
}

static result(long) device_ioctl(struct file *f, unsigned cmd, uintptr_t arg, struct can_sleep cs)
{
	struct char_open *o = open_of(f);

	return o->device->ops->ioctl ? o->device->ops->ioctl(o, cmd, arg, cs) : FAIL(ENOTTY);
}

static result(unit) device_mmap(struct file *f, struct vm_map_request *r, struct can_sleep cs)
{
	struct char_open *o = open_of(f);

	return o->device->ops->mmap ? o->device->ops->mmap(o, r, cs) : unit_result(ENODEV);
}

static unsigned device_poll(struct file *f, struct poll_table *t)
{
	struct char_open *o = open_of(f);

	return o->device->ops->poll(o, t);
}

static result(loff_t) device_seek(struct file *f, loff_t offset, int whence, struct can_sleep cs)
{
	RETURNS(loff_t);
	struct char_open *o = open_of(f);

	return o->device->ops->seek ? o->device->ops->seek(o, offset, whence, cs) : OK(loff_t, 0);
}

static result(unit) device_set_flags(struct file *f, uint32_t flags)
{
	write_once(open_of(f)->flags, flags);
	return DONE;
}

static void device_release(struct file *f, struct can_sleep cs)
{
	struct char_open *o = open_of(f);

	if (o->device->ops->release)
		o->device->ops->release(o, cs);
	char_open_box_free(o);
}

#define DEVICE_VERBS .read = device_read, .write = device_write, .ioctl = device_ioctl, .mmap = device_mmap, \
		     .set_flags = device_set_flags, .release = device_release
static const struct file_ops device_file_ops[2][2] = {
	{ { DEVICE_VERBS }, { DEVICE_VERBS, .seek = device_seek } },
	{ { DEVICE_VERBS, .poll = device_poll }, { DEVICE_VERBS, .poll = device_poll, .seek = device_seek } },
};

result(unit) device_open(struct inode *i, struct file *f, struct can_sleep cs)
{
	RETURNS(unit);
	struct char_device *d = device_find(i->rdev);

	if (!d)
		return FAIL(ENXIO);
	own(char_open_box, o, TRY(char_open_box_new()));
	at(o)->device = d;
	at(o)->flags = f->flags;
	if (d->ops->open)
		at(o)->state = TRY(d->ops->open(d, f->flags, cs));
	f->ops = &device_file_ops[d->ops->poll != NULL][d->ops->seekable || d->ops->seek];
	f->private = unbox(o);
	return DONE;
}
