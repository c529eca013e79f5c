/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts change through handles: sharing gives one, its end takes one away; a full count stays full.
 */
#include <murre/file.h>

file_ref share(struct file *f) { return file_share(f); }

pid_ref share_if_alive(struct pid *p)
{
	return refcount_inc_not_zero(&p->refs) ? handle_from(pid_ref, p) : none(pid_ref);
}
