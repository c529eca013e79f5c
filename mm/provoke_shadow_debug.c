/* SPDX-License-Identifier: GPL-2.0-only */
/* Provocations of the checks against shadow memory (murre/provoke.h). */
#include <murre/lock.h>
#include <murre/log.h>
#include <murre/page.h>
#include <murre/provoke.h>
#include <murre/slab.h>
#include <murre/start.h>
#include <murre/string.h>

enum { SMALL = 40 };

/* What the compiler cannot foresee. */
static volatile size_t beyond = SMALL + 3, within = 5, page_beyond = 3 * PAGE_SIZE + 10;
static volatile char seen;

/* Apart, so that the compiler does not know the object. */
static __attribute__((noipa)) void write_to(volatile char *p, size_t at) { p[at] = 1; }
static __attribute__((noipa)) void read_from(const volatile char *p, size_t at) { seen = p[at]; }

static volatile char *taken(size_t n)
{
	char *p = bytes_take(n);

	if (!p)
		panic("no memory to provoke with");
	return p;
}

static void slab_read(struct can_sleep cs) { read_from(taken(SMALL), beyond); }
static void slab_write(struct can_sleep cs) { write_to(taken(SMALL), beyond); }
static void slab_fill(struct can_sleep cs) { memset((char *)taken(SMALL), 1, beyond); }

static void late_read(struct can_sleep cs)
{
	volatile char *p = taken(SMALL);

	bytes_put((char *)p);
	read_from(p, within);
}

static void pages_write(struct can_sleep cs) { write_to(taken(3 * PAGE_SIZE + 10), page_beyond); }

static void page_late_read(struct can_sleep cs)
{
	struct page *p = into_count(expect(page_alloc(0, PAGE_ANY, PAGE_KERNEL), "a page to provoke with"));

	page_release(p);
	read_from(page_bytes(p), within);
}

static void stack_write(struct can_sleep cs)
{
	volatile char room[SMALL] = {};

	write_to(room, beyond);
}

/* By a pointer to a variable of a block that was left. */
static void scope_read(struct can_sleep cs)
{
	const volatile char *p;

	{
		volatile char inner[SMALL] = {};

		write_to(inner, within);
		p = inner;
	}
	read_from(p, within);
}

static void wild_read(struct can_sleep cs) { read_from((const volatile char *)0x12340000, within); }

static const char constant[SMALL] = "a constant";
static char variable[SMALL];
static void global_read(struct can_sleep cs) { read_from(constant, beyond); }
static void global_write(struct can_sleep cs) { write_to(variable, beyond); }

static void wild_copy(struct can_sleep cs) { memcpy(variable, (const char *)(0x12340000 + within), SMALL); }

static const struct provocation rows[] = {
	{ "kasan-slab-read", slab_read }, { "kasan-slab-write", slab_write }, { "kasan-slab-fill", slab_fill },
	{ "kasan-slab-late-read", late_read }, { "kasan-pages-write", pages_write },
	{ "kasan-page-late-read", page_late_read }, { "kasan-stack-write", stack_write },
	{ "kasan-global-read", global_read }, { "kasan-global-write", global_write }, { "kasan-wild-copy", wild_copy },
	{ "kasan-wild-read", wild_read }, { "kasan-scope-read", scope_read },
};
static struct provocations mine = PROVOCATIONS(rows);

START_TASK(shadow_provoke_start, needs())
{
	provoke_register(&mine);
}
