/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory and strings. Copies go by machine words, eight at a time, where the length allows: string instructions cost the
 * same or more for the short lengths that a kernel sees. An architecture may bring its own memcpy and memset.
 */
#include <murre/string.h>

typedef uint64_t __attribute__((may_alias, aligned(1))) word;

/* GCC would otherwise see the loops below as calls of the very functions they implement. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

__attribute__((weak)) void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	unsigned char *d = to;
	const unsigned char *s = from;

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

	for (; n >= 8 && *(const word *)x == *(const word *)y; n -= 8, x += 8, y += 8)
		;
	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *s, int byte, size_t n)
{
	const unsigned char *p = s;

	for (; n; n--, p++)
		if (*p == (unsigned char)byte)
			return (void *)p;
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return p - s;
}

size_t strnlen(const char *s, size_t n)
{
	const char *end = memchr(s, 0, n);

	return end ? (size_t)(end - s) : n;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; a++, b++, n--)
		;
	return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (!*s)
			return (char *)last;
	}
}

char *strstr(const char *s, const char *what)
{
	size_t n = strlen(what);

	for (;; s++) {
		if (strncmp(s, what, n) == 0)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

size_t string_copy(char *to, size_t cap, const char *from)
{
	size_t n = strnlen(from, cap - 1);

	memcpy(to, from, n);
	to[n] = 0;
	return n;
}

bool string_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'z' ? c - 'a' + 10u : 99;
}

static unsigned base_skip_prefix(const char **s)
{
	if ((*s)[0] != '0')
		return 10;
	if (((*s)[1] | 0x20) == 'x' && digit_value((*s)[2]) < 16) {
		*s += 2;
		return 16;
	}
	return 8;
}

uint64_t string_to_u64(const char *s, const char **end, unsigned base)
{
	uint64_t value = 0;

	if (base == 0)
		base = base_skip_prefix(&s);
	for (; digit_value(*s) < base; s++)
		if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit_value(*s), &value))
			value = UINT64_MAX;
	if (end)
		*end = s;
	return value;
}

uint64_t string_to_size(const char *s, const char **end)
{
	const char *p;
	uint64_t value = string_to_u64(s, &p, 0);
	const char *units = "kmgt", *unit = *p ? strchr(units, *p | 0x20) : NULL;

	if (unit) {
		unsigned shift = 10 * (unit - units + 1);

		value = value > UINT64_MAX >> shift ? UINT64_MAX : value << shift;
		p++;
	}
	if (end)
		*end = p;
	return value;
}
