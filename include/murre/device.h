/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device nodes: drivers register character devices by number and name; devtmpfs shows them, and open(2) of any node with
 * the number reaches them. Drivers do not know files: an open device is a struct char_open.
 */
#pragma once
#include <murre/poll.h>
#include <murre/vm.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

struct char_device;
struct char_open {
	struct char_device *device;
	void *state;			/* what open returned */
	uint32_t flags;			/* O_NONBLOCK, access mode; current at each call */
};

/* NULL verbs answer the errno in the comment. */
struct char_ops {
	/* State of this opening; O_* flags. NULL verb: no state. ENXIO, EIO, EBUSY. */
	result(void_ptr) (*open)(struct char_device *d, uint32_t flags, struct can_sleep cs);
	void (*release)(struct char_open *o, struct can_sleep cs);
	result(size_t) (*read)(struct char_open *o, struct io_iter *to, loff_t *pos, struct can_sleep cs);	/* EINVAL */
	result(size_t) (*write)(struct char_open *o, struct io_iter *from, loff_t *pos, struct can_sleep cs);	/* EINVAL */
	result(long) (*ioctl)(struct char_open *o, unsigned cmd, uintptr_t arg, struct can_sleep cs);		/* ENOTTY */
	unsigned (*poll)(struct char_open *o, struct poll_table *t);	/* EPOLLIN | EPOLLOUT | … */
	result(unit) (*mmap)(struct char_open *o, struct vm_map_request *r, struct can_sleep cs);		/* ENODEV */
	/* Without it lseek(2) answers ESPIPE, or, when seekable, 0 and moves nothing (null, zero, random). */
	result(loff_t) (*seek)(struct char_open *o, loff_t offset, int whence, struct can_sleep cs);
	bool seekable;
};

struct char_device {
	const char *name;		/* below /dev, may contain '/' */
	dev_nr dev;
	mode_bits permissions;
	const struct char_ops *ops;
	void *context;			/* the driver's */
	struct char_device *next;
};
/* Shows the device from now on, for good. Any time after start, too. */
void device_register(struct char_device *d);
struct char_device *device_find(dev_nr dev);	/* NULL: none */
struct char_device *device_first(void);		/* list through next; only grows */
/* Called for each device that is registered later; for devtmpfs. One listener. */
extern void (*device_added)(struct char_device *d);

/* What drivers still have to do before the machine ends (buffers that must reach a host): called in the order of
 * registration, which is for good. */
struct shutdown_hook {
	void (*fn)(struct can_sleep cs);
	struct shutdown_hook *next;
};
void shutdown_register(struct shutdown_hook *h);
void device_shutdown(struct can_sleep cs);
