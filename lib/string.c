/* SPDX-License-Identifier: GPL-2.0-only */
/* Strings; copies of memory are in memory.c. */
#include <murre/string.h>

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
