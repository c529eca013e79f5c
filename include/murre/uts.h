/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's names, uname(2): what can be set. */
#pragma once
#include <murre/base/compiler.h>
#include <murre/version.h>
#include <linux/utsname.h>

/* Text of the version field: "#1 SMP PREEMPT …". */
#define UTS_VERSION "#1 SMP PREEMPT Murre " KERNEL_VERSION

enum uts_name { UTS_NODE, UTS_DOMAIN };
/* Sets a name from n <= __NEW_UTS_LEN bytes. */
void uts_set(enum uts_name which, const char *text, size_t n);
/* Copies a name with its NUL; the rest of the buffer is cleared. */
void uts_get(enum uts_name which, char to[__NEW_UTS_LEN + 1]);
