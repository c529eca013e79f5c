/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles of types that nobody defined. expect: "unknown type name 'widget_ref'" */
#include <murre/file.h>

result(long) broken(struct widget *w)
{
	own(widget_ref, r, widget_share(w));
	own(file_ref, f, TRY(widget_file(at(r))));

	return fd_publish(give(f), false);
}
