/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A size that cannot be is an error.
 */
#include <murre/slab.h>
#include <murre/cred.h>

result(bytes_box) room_for(size_t head, size_t body)
{
	RETURNS(bytes_box);

	return bytes_box_new(TRY(size_add(head, body)));
}

result(size_t) groups_bytes(unsigned count)
{
	return array_bytes(kgid_t, count);
}
