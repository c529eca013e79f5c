/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares a time with a bare number, in whatever unit.
 * expect: gcc: "invalid operands to binary >"
 * expect: clang: "invalid operands to binary expression ('nsec_t' and 'int')"
 */
#include <murre/time.h>

bool is_long(nsec_t span)
{
	return span > 5;
}
