/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/null, /dev/zero and /dev/full (null(4), full(4)): no state, no lock. */
#include <murre/device.h>
#include <murre/start.h>

enum { MEM_MAJOR = 1 };

static result(size_t) null_read(struct char_open *o, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	return OK(size_t, 0);
}

static result(size_t) null_write(struct char_open *o, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	size_t n = from->left;

	io_advance(from, n);
	return OK(size_t, n);
}

static result(size_t) zero_read(struct char_open *o, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	size_t done = 0;

	if (likely(to->left <= PAGE_SIZE))
		return io_put_zeros(to, to->left, cs);
	while (to->left) {
		attempt(n, err, io_put_zeros(to, min(to->left, PAGE_SIZE), cs));
		if (err)
			return done ? OK(size_t, done) : FAIL(err);
		done += n;
		if (signal_pending())
			break;
	}
	return OK(size_t, done);
}

static result(size_t) full_write(struct char_open *o, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);

	return FAIL(ENOSPC);
}

/* Private: anonymous memory, which starts as zeros. Shared: the same with an object that the children see, too. */
static result(unit) zero_mmap(struct char_open *o, struct vm_map_request *r, struct can_sleep cs)
{
	RETURNS(unit);

	if (r->flags & VM_SHARED)
		put_in(r->object, TRY(vm_object_anonymous(r->offset + r->bytes)));
	return DONE;
}

static const struct char_ops null_ops = { .read = null_read, .write = null_write, .seekable = true };
static const struct char_ops zero_ops = {
	.read = zero_read, .write = null_write, .mmap = zero_mmap, .seekable = true,
};
static const struct char_ops full_ops = { .read = zero_read, .write = full_write, .seekable = true };

#define MEM_DEVICE(name_, minor) \
	{ .name = #name_, .dev = (uint64_t)MEM_MAJOR << 20 | (minor), .permissions = 0666, .ops = &name_##_ops }
static struct char_device mem_devices[] = { MEM_DEVICE(null, 3), MEM_DEVICE(zero, 5), MEM_DEVICE(full, 7) };

START_TASK(mem_device_start, needs())
{
	for (unsigned i = 0; i < array_size(mem_devices); i++)
		device_register(&mem_devices[i]);
}
