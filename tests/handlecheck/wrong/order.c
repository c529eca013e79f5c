/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks against the order of their ranks. */
#include <murre/lock.h>

DEFINE_GUARDED(outer, struct { unsigned n; }, RANK_FILES)
DEFINE_GUARDED(inner, struct { unsigned n; }, RANK_DEVICE)
DEFINE_GUARDED_MUTEX(slow_outer, struct { unsigned n; }, RANK_DIRECTORY)
DEFINE_GUARDED_MUTEX(slow_inner, struct { unsigned n; }, RANK_SPACE)
static guarded(outer) outer;
static guarded(inner) inner;

unsigned turned_round(void)
{
	hold(inner, i, &inner);
	hold_also(outer, o, &outer); // wrong: [lock-order]

	return in(i)->n + in(o)->n;
}

unsigned twice_the_same(guarded(outer) *a, guarded(outer) *b)
{
	hold(outer, x, a);
	hold_also(outer, y, b); // wrong: [lock-order]

	return in(x)->n + in(y)->n;
}

static unsigned take_outer(void)
{
	hold(outer, o, &outer);
	return in(o)->n;
}

unsigned by_a_call(void)
{
	hold(inner, i, &inner);

	return in(i)->n + take_outer(); // wrong: [lock-order]
}

unsigned mutexes_turned_round(guarded(slow_outer) *a, guarded(slow_inner) *b, struct can_sleep cs)
{
	hold_mutex(slow_inner, y, b);
	hold_mutex(slow_outer, x, a); // wrong: [lock-order]

	return in(x)->n + in(y)->n;
}

static unsigned with_token(inner_locked i) { return in(i)->n + take_outer(); }

unsigned gives_token(void)
{
	hold(inner, i, &inner);

	return with_token(i); // wrong: [lock-order]
}
