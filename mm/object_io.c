/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and writing memory objects through a buffer (read(2), write(2)). Pages are held by a
 * reference while they are copied, never under a lock: the buffer may be user memory that is a
 * mapping of the same object.
 */
#include <murre/inject.h>
#include <murre/string.h>
#include "object.h"

static result(size_t) pages_read(struct vm_object *o, uint64_t pos, size_t n, struct io_iter *to,
				 struct can_sleep cs);
static result(size_t) page_write(struct vm_object *o, uint64_t pos, size_t n, struct io_iter *from,
				 struct can_sleep cs);
static result(size_t) new_page_write(struct vm_object *o, uint64_t pos, size_t n,
				     struct io_iter *from, struct can_sleep cs);
static inline size_t in_page(uint64_t pos) { return pos & (PAGE_SIZE - 1); }

/* n bytes at pos, all in one page. */
static always_inline result(size_t) page_read(struct vm_object *o, uint64_t pos, size_t n,
					      struct io_iter *to, struct can_sleep cs)
{
	RETURNS(size_t);
	own(page_ref, p, vm_object_page_peek(o, pos >> PAGE_SHIFT, cs));

	if (failure_due(INJECT_READ))
		return FAIL(EIO);
	if (unlikely(is_none(p) && o->ops->fill))
		p = TRY(vm_object_page(o, pos >> PAGE_SHIFT, cs));
	if (unlikely(is_none(p)))
		return io_put_zeros(to, n, cs);
	return io_put(to, (char *)page_bytes(at(p)) + in_page(pos), n, cs);
}

static result(size_t) pages_read(struct vm_object *o, uint64_t pos, size_t n, struct io_iter *to,
				 struct can_sleep cs);
result(size_t)
	vm_object_read(struct vm_object *o, uint64_t pos, struct io_iter *to, struct can_sleep cs)
{
	RETURNS(size_t);
	uint64_t size = read_once(o->size);
	size_t n = pos < size ? min(size - pos, (uint64_t)to->left) : 0;

	if (unlikely(n == 0))
		return OK(size_t, 0);
	return likely(in_page(pos) + n <= PAGE_SIZE) ? page_read(o, pos, n, to, cs)
						     : pages_read(o, pos, n, to, cs);
}

static never_inline result(size_t) pages_read(struct vm_object *o, uint64_t pos, size_t n,
					      struct io_iter *to, struct can_sleep cs)
{
	RETURNS(size_t);
	size_t done = 0;

	while (done < n) {
		size_t part = min(n - done, PAGE_SIZE - in_page(pos));
		attempt(got, err, page_read(o, pos, part, to, cs));

		if (unlikely(err))
			return done ? OK(size_t, done) : FAIL(err);
		done += got;
		pos += got;
		if (unlikely(got < part))
			break;
	}
	return OK(size_t, done);
}

result(size_t) vm_object_write(struct vm_object *o, uint64_t pos, struct io_iter *from,
			       struct can_sleep cs)
{
	RETURNS(size_t);
	size_t n = from->left, done = 0;

	while (done < n) {
		size_t part = min(n - done, PAGE_SIZE - in_page(pos));
		attempt(got, err, page_write(o, pos, part, from, cs));

		if (unlikely(err))
			return done ? OK(size_t, done) : FAIL(err);
		done += got;
		pos += got;
		if (unlikely(got < part))
			break;
	}
	return OK(size_t, done);
}

uint64_t vm_object_seek_data(struct vm_object *o, uint64_t pos, struct can_sleep cs)
{
	uint64_t index = pos >> PAGE_SHIFT;

	hold_mutex(vm_object, s, &o->state);
	if (!radix_next(&in(s)->pages, &index) || index >= pages_for(o->size))
		return o->size;
	return max(pos, index << PAGE_SHIFT);
}

uint64_t vm_object_seek_hole(struct vm_object *o, uint64_t pos, struct can_sleep cs)
{
	hold_mutex(vm_object, s, &o->state);
	uint64_t index = radix_next_hole(&in(s)->pages, pos >> PAGE_SHIFT);

	if (index >= pages_for(o->size))
		return o->size;
	return min(max(pos, index << PAGE_SHIFT), o->size);
}

static result(size_t) page_write(struct vm_object *o, uint64_t pos, size_t n, struct io_iter *from,
				 struct can_sleep cs)
{
	RETURNS(size_t);
	own(page_ref, p, vm_object_page_peek(o, pos >> PAGE_SHIFT, cs));

	if (is_none(p) && (!o->ops->fill || n == PAGE_SIZE)) {
		attempt(done, err, new_page_write(o, pos, n, from, cs));
		if (likely(err != EEXIST))
			return err ? FAIL(err) : OK(size_t, done);
	}
	if (is_none(p))
		p = TRY(vm_object_page(o, pos >> PAGE_SHIFT, cs));
	page_code_changed(at(p));
	return io_get(from, (char *)page_bytes(at(p)) + in_page(pos), n, cs);
}

/* Fills a page before the object has it, so that only what is not written needs clearing. EEXIST:
 * somebody was faster; the buffer has not moved then. */
static result(size_t) new_page_write(struct vm_object *o, uint64_t pos, size_t n,
				     struct io_iter *from, struct can_sleep cs)
{
	RETURNS(size_t);
	own(page_ref, p, TRY(page_alloc_patient(0, PAGE_OBJECT, cs)));
	char *bytes = page_bytes(at(p));
	size_t start = in_page(pos), done;
	struct io_iter moved = *from;

	done = TRY(io_get(&moved, bytes + start, n, cs));
	if (start > 0)
		memset(bytes, 0, start);
	if (start + done < PAGE_SIZE)
		memset(bytes + start + done, 0, PAGE_SIZE - start - done);
	TRY(object_page_put(o, pos >> PAGE_SHIFT, &p, false, cs));
	*from = moved;
	return OK(size_t, done);
}
