/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copying, filling and comparing memory, by machine words, eight at a time, where the length allows: string instructions
 * cost the same or more for the short lengths that a kernel sees. An architecture may bring its own memcpy and memset.
 */
#include <murre/base/access.h>
#include <murre/string.h>

typedef uint64_t __attribute__((may_alias, aligned(1))) word;

/* GCC would otherwise see the loops below as calls of the very functions they implement. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

__attribute__((weak)) void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	unsigned char *d = to;
	const unsigned char *s = from;

	memory_reads(from, n);
	memory_writes(to, n);
	for (; n >= 64; n -= 64, d += 64, s += 64)
		for (unsigned i = 0; i < 8; i++)
			((word *)d)[i] = ((const word *)s)[i];
	for (; n >= 8; n -= 8, d += 8, s += 8)
		*(word *)d = *(const word *)s;
	while (n--)
		*d++ = *s++;
	return to;
}

__attribute__((weak)) void *memmove(void *to, const void *from, size_t n)
{
	unsigned char *d = to;
	const unsigned char *s = from;

	if (d <= s || d >= s + n)
		return d == s ? to : memcpy(to, from, n);
	memory_reads(from, n);
	memory_writes(to, n);
	for (; n >= 8; n -= 8)
		*(word *)(d + n - 8) = *(const word *)(s + n - 8);
	while (n--)
		d[n] = s[n];
	return to;
}

__attribute__((weak)) void *memset(void *to, int byte, size_t n)
{
	unsigned char *d = to;
	uint64_t pattern = (unsigned char)byte * 0x0101010101010101ul;

	memory_writes(to, n);
	for (; n >= 64; n -= 64, d += 64)
		for (unsigned i = 0; i < 8; i++)
			((word *)d)[i] = pattern;
	for (; n >= 8; n -= 8, d += 8)
		*(word *)d = pattern;
	while (n--)
		*d++ = (unsigned char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	memory_reads(a, n);
	memory_reads(b, n);
	for (; n >= 8 && *(const word *)x == *(const word *)y; n -= 8, x += 8, y += 8)
		;
	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}
