/* SPDX-License-Identifier: GPL-2.0-only */
/* Host and domain name: two short texts under one lock, for the whole machine. */
#include <murre/lock.h>
#include <murre/string.h>
#include <murre/uts.h>

struct uts_names { char text[2][__NEW_UTS_LEN + 1]; };
DEFINE_GUARDED(uts_names, struct uts_names, RANK_DEVICE)
static guarded(uts_names) names;
static bool was_set[2];				/* until then: "(none)", as Linux says */

void uts_set(enum uts_name which, const char *text, size_t n)
{
	hold(uts_names, u, &names);
	memset(in(u)->text[which], 0, sizeof(in(u)->text[which]));
	memcpy(in(u)->text[which], text, min(n, (size_t)__NEW_UTS_LEN));
	was_set[which] = true;
}

void uts_get(enum uts_name which, char to[__NEW_UTS_LEN + 1])
{
	hold(uts_names, u, &names);
	memset(to, 0, __NEW_UTS_LEN + 1);
	if (was_set[which])
		memcpy(to, in(u)->text[which], __NEW_UTS_LEN + 1);
	else
		string_copy(to, __NEW_UTS_LEN + 1, "(none)");
}
