/* SPDX-License-Identifier: GPL-2.0-only */
/* Plain C that knows nothing of handles. */
static int twice(int n) { return 2 * n; }

int four_times(int n)
{
	return twice(twice(n));
}
