/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a debug kernel ends when an invariant (murre/base/compiler.h) does not hold. */
#include <murre/log.h>

void invariant_broken(const char *what, const char *file, int line)
{
	panic("%s:%d: broken invariant: %s", file, line, what);
}
