/* SPDX-License-Identifier: GPL-2.0-only */
/* Provocations of the handle audit (murre/provoke.h): what it must find stands in tests/test_handle_audit.py. */
#include <murre/provoke.h>
#include <murre/slab.h>
#include <murre/start.h>
#include "core.h"

struct provoked { struct provoked *other; uint64_t words[3]; };
DEFINE_BOX(provoked, struct provoked)
DEFINE_BOX_CACHE(provoked, struct provoked);

static provoked_box slot;
static struct provoked *raw_slot;

static provoked_box provoked(void) { return expect(provoked_box_new(), "memory to provoke with"); }

/* What was in the slot is overwritten. */
static never_inline void leak_overwritten(struct can_sleep cs)
{
	slot = provoked();
	slot = provoked();
	drop(provoked_box, slot);
}

/* A value that nobody takes. */
static never_inline void leak_dropped(struct can_sleep cs)
{
	(void)provoked();
}

/* The object that held the handle is freed without ending it. */
static never_inline void leak_inside(struct can_sleep cs)
{
	own(bytes_box, holder, expect(bytes_box_new(sizeof(slot)), "memory to provoke with"));

	*(provoked_box *)at(holder) = provoked();
}

static never_inline void leak_raw(struct can_sleep cs)
{
	raw_slot = into_raw(provoked());
	raw_slot = NULL;
}

static never_inline void end_twice(struct can_sleep cs)
{
	slot = provoked();
	provoked_box copy = slot;

	drop(provoked_box, slot);
	drop(provoked_box, copy);
}

static never_inline void late_use(struct can_sleep cs)
{
	slot = provoked();
	provoked_box copy = slot;

	drop(provoked_box, slot);
	at(copy)->other = NULL;
}

static never_inline void raw_twice(struct can_sleep cs)
{
	raw_slot = into_raw(provoked());
	provoked_box_free(raw_slot);
	provoked_box_free(raw_slot);
}

static const struct provocation rows[] = {
	{ "handle-leak-overwritten", leak_overwritten }, { "handle-leak-dropped", leak_dropped },
	{ "handle-leak-inside", leak_inside }, { "handle-leak-raw", leak_raw },
	{ "handle-end-twice", end_twice }, { "handle-late-use", late_use }, { "handle-raw-twice", raw_twice },
};
static struct provocations mine = PROVOCATIONS(rows);

START_TASK(handle_provoke_start, needs())
{
	provoke_register(&mine);
}
