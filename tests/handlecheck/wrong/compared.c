/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes from a program that were compared, but not with what bounds them; and where they lie in memory. */
#include <murre/usercopy.h>

typedef struct { uint32_t count, size; uint64_t bytes; } transfer;
DEFINE_USER(transfer);
struct request { int kind; transfer what; };

result(long) at_least(user_in(transfer) from, size_t least, struct can_sleep cs)
{
	transfer t;

	TRY(copy_in(&t, from));
	if (t.bytes < least)
		return FAIL(EINVAL);
	return OK(long, (long)(t.bytes * 16)); // wrong: [user-arithmetic]
}

result(long) at_most_what_is_taken_off(user_in(transfer) from, size_t head, struct can_sleep cs)
{
	transfer t;

	TRY(copy_in(&t, from));
	if (t.bytes > head)
		return FAIL(EINVAL);
	return OK(long, (long)(t.bytes - head)); // wrong: [user-arithmetic]
}

result(long) lower_half(user_in(transfer) from, struct can_sleep cs)
{
	transfer t;

	TRY(copy_in(&t, from));
	if ((uint32_t)t.bytes > 4096)
		return FAIL(EINVAL);
	return OK(long, (long)(t.bytes + 4096)); // wrong: [user-arithmetic]
}

result(long) in_a_member(user_in(transfer) from, struct request *r, struct can_sleep cs)
{
	TRY(copy_in(&r->what, from));
	return OK(long, (long)(size_t)(r->what.count * r->what.size)); // wrong: [user-arithmetic]
}
