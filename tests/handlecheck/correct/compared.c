/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes from a program that were compared with a bound first, in the ways that people write it. */
#include <murre/usercopy.h>

typedef struct { uint32_t count, size; uint64_t bytes; } transfer;
DEFINE_USER(transfer);

result(long) cut_to_the_room(user_in(transfer) from, size_t room, struct can_sleep cs)
{
	transfer t;

	TRY(copy_in(&t, from));
	size_t n = t.bytes;
	if (n > room)
		n = room;
	return OK(long, (long)(room - n));
}

result(long) fits_behind(user_in(transfer) from, size_t room, struct can_sleep cs)
{
	transfer t;

	TRY(copy_in(&t, from));
	if (t.bytes > room || t.count > room - t.bytes)
		return FAIL(EINVAL);
	return OK(long, (long)(t.bytes + t.count));
}

result(long) bound_on_the_left(user_in(transfer) from, size_t room, struct can_sleep cs)
{
	transfer t;

	TRY(copy_in(&t, from));
	if (!(room >= t.bytes))
		return FAIL(EINVAL);
	return OK(long, (long)(t.bytes * 2));
}

result(long) just_this_much(user_in(transfer) from, size_t wanted, struct can_sleep cs)
{
	transfer t;

	TRY(copy_in(&t, from));
	if (t.bytes != wanted)
		return FAIL(EINVAL);
	return OK(long, (long)(t.bytes + 16));
}

result(long) large_before_small(user_in(transfer) from, struct can_sleep cs)
{
	transfer t;

	TRY(copy_in(&t, from));
	if (t.bytes < t.count)
		return FAIL(EINVAL);
	return OK(long, (long)(t.bytes - t.count));
}
