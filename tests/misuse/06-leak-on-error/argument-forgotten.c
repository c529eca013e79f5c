/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is given a reference to keep and lets it go out of sight on the path where it does not want it.
 * expect: checker: "'f' owns when the function returns: take it into an own() with give(), or give it on by every path [handle-unguarded]"
 */
#include <murre/file.h>

result(long) publish_if(file_ref f, bool wanted)
{
	if (!wanted)
		return FAIL(EPERM);
	return fd_publish(give(f), false);
}
