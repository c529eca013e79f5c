/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A number is looked up and gives a reference, or none; identities are compared by name.
 */
#include <murre/process.h>

result(unit) end(pid_nr_t nr, const struct signal_info *i)
{
	own(process_ref, p, process_find(nr));

	return is_none(p) ? unit_result(ESRCH) : signal_send_process(at(p), i);
}

bool may_change(const struct cred *c, kuid_t owner) { return kuid_equal(c->fsuid, owner); }
