/* SPDX-License-Identifier: GPL-2.0-only */
/* Ownership: handles have one owner, who gives them on or ends them. */
#include "check.h"

static unsigned check_function(function *f)
{
	for (tree v = BLOCK_VARS(DECL_INITIAL(f->decl)); v; v = DECL_CHAIN(v))
		(void)v;
	return 0;
}

static void owned_register(const char *plugin_name)
{
	each_function_in_ssa(plugin_name, "handlecheck-owned", check_function);
}
FAMILY(owned_register)
