/* SPDX-License-Identifier: GPL-2.0-only */
/* Provocations of the watchers over memory (murre/provoke.h). */
#include <murre/lock.h>
#include <murre/log.h>
#include <murre/provoke.h>
#include <murre/slab.h>
#include <murre/start.h>
#include "watch.h"

/* Enough to push any object out of the quarantine. */
enum { SMALL = 40, ROUNDS = 40000 };

/* As a device or an unchecked instruction would. */
unwatched static never_inline void write_unseen(volatile char *at) { *at = 1; }

static char *small(void)
{
	char *p = bytes_take_raw(SMALL);

	if (!p)
		panic("no memory to provoke with");
	return p;
}

static void double_free(struct can_sleep cs)
{
	char *p = small();

	bytes_put(p);
	bytes_put(p);
}

static void middle_free(struct can_sleep cs) { bytes_put(small() + 8); }

static void other_cache_free(struct can_sleep cs)
{
	static struct slab_cache other = { .name = "provoked", .size = SMALL, .align = 8 };

	slab_put(&other, small());
}

static void late_write(struct can_sleep cs)
{
	char *p = small();

	bytes_put(p);
	write_unseen(p + 3);
	for (unsigned i = 0; i < ROUNDS; i++)
		bytes_put(small());
}

static void beyond_write(struct can_sleep cs)
{
	char *p = small();

	write_unseen(p + SMALL + 3);
	bytes_put(p);
}

static struct page *page_taken(void)
{
	return into_raw(expect(page_alloc(0, PAGE_ANY, PAGE_KERNEL), "a page to provoke with"));
}

static void page_late_write(struct can_sleep cs)
{
	struct page *p = page_taken();

	page_release(p);
	write_unseen((char *)page_bytes(p) + 24);
	page_taken();
}

static void page_double_free(struct can_sleep cs)
{
	struct page *p = page_taken();

	page_free(p);
	page_free(p);
}

static const struct provocation rows[] = {
	{ "double-free", double_free }, { "middle-free", middle_free }, { "other-cache-free", other_cache_free },
	{ "slab-late-write", late_write }, { "slab-beyond-write", beyond_write },
	{ "page-late-write", page_late_write }, { "page-double-free", page_double_free },
};
static struct provocations mine = PROVOCATIONS(rows);

START_TASK(mm_provoke_start, needs())
{
	provoke_register(&mine);
}
