/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading bytes of a memory object. */
#include "../twin.h"
#define vm_object_read original_vm_object_read
#include <mm/object_io.c>
#undef vm_object_read

static always_inline long raw_page_read(struct vm_object *o, uint64_t pos, size_t n, struct io_iter *to)
{
	struct page *p = raw_object_page_find(o, pos >> PAGE_SHIFT);
	long done;

	if (unlikely(!p && o->ops->fill)) {
		p = raw_object_page(o, pos >> PAGE_SHIFT);
		if (IS_ERROR(p))
			return (long)p;
	}
	if (unlikely(!p))
		return raw_io_put_zeros(to, n);
	done = raw_io_put(to, (char *)page_bytes(p) + in_page(pos), n);
	page_release(p);
	return done;
}

static never_inline long raw_pages_read(struct vm_object *o, uint64_t pos, size_t n, struct io_iter *to)
{
	size_t done = 0;

	while (done < n) {
		size_t part = min(n - done, PAGE_SIZE - in_page(pos));
		long got = raw_page_read(o, pos, part, to);

		if (unlikely(got < 0))
			return done ? (long)done : got;
		done += (size_t)got;
		pos += (size_t)got;
		if (unlikely((size_t)got < part))
			break;
	}
	return (long)done;
}

long raw_object_read(struct vm_object *o, uint64_t pos, struct io_iter *to)
{
	uint64_t size = read_once(o->size);
	size_t n = pos < size ? min(size - pos, (uint64_t)to->left) : 0;

	if (unlikely(n == 0))
		return 0;
	return likely(in_page(pos) + n <= PAGE_SIZE) ? raw_page_read(o, pos, n, to) : raw_pages_read(o, pos, n, to);
}
