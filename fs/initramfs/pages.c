/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The archive's own memory becomes the pages of the files: data that a cpio archive holds at any address is slid down to
 * the start of the page it lies in (over bytes that were read already), and that page is handed to the file. Only pieces
 * that share their page with others are copied into fresh pages. So unpacking needs hardly any memory beyond the
 * archive's.
 */
#include "initramfs.h"
#include <murre/base/address.h>
#include <murre/page.h>
#include <murre/string.h>

/* The start of the page that a byte of the archive lies in. */
static uint8_t *page_below(const struct archive *a, const uint8_t *p)
{
	return a->released + (pointer_align_down(p, PAGE_SIZE) - a->released);
}

void archive_release(struct archive *a, const uint8_t *bytes)
{
	uint8_t *to = page_below(a, bytes);

	if (to <= a->released)
		return;
	page_free_range(virt_to_phys(a->released), (uint64_t)(to - a->released));
	a->released = to;
}

/* Can the n bytes at `from` stay in the page that they begin in? It must be ours, and hold nothing that is still to be
 * read behind them. */
static bool page_is_free(const struct archive *a, const uint8_t *from, size_t n)
{
	const uint8_t *page = page_below(a, from);

	return page >= a->released && from + n >= page + PAGE_SIZE;
}

/* The page that `from` begins in, with the n bytes at its start; none: it cannot be had. */
static page_ref page_slide(struct archive *a, const uint8_t *from, size_t n)
{
	uint8_t *page = page_below(a, from);

	attempt_own(page_ref, p, err, page_adopt(pfn_of_paddr(virt_to_phys(page)), PAGE_OBJECT));
	if (err)
		return none(page_ref);
	if (page != from)
		memmove(page, from, n);
	if (n < PAGE_SIZE)
		memset(page + n, 0, PAGE_SIZE - n);
	archive_release(a, page);
	a->released = page + PAGE_SIZE;
	return give(p);
}

static result(unit) page_give(struct archive *a, struct vm_object *o, uint64_t index, const uint8_t *from, size_t n,
			      struct can_sleep cs)
{
	if (page_is_free(a, from, n)) {
		own(page_ref, p, page_slide(a, from, n));
		if (!is_none(p))
			return vm_object_page_add(o, index, give(p), cs);
	}
	struct io_iter it = io_iter_kernel(from, n);
	return unit_result(error_of(vm_object_write(o, index << PAGE_SHIFT, &it, cs)));
}

result(unit) archive_move(struct archive *a, struct vm_object *o, uint64_t pos, const uint8_t *bytes, size_t n,
			  struct can_sleep cs)
{
	RETURNS(unit);

	for (size_t done = 0; done < n; done += PAGE_SIZE)
		TRY(page_give(a, o, (pos + done) >> PAGE_SHIFT, bytes + done, min(n - done, PAGE_SIZE), cs));
	return DONE;
}
