/* SPDX-License-Identifier: GPL-2.0-only */
/* Formatted text says what the C library's printf says, and strings behave at their edges. */
#include <assert.h>
#include <stdio.h>
#include <limits.h>
#include <murre/string.h>
#include <murre/text.h>

#define SAME(...) do { \
	char ours[200], theirs[200]; \
	size_t n = text_format(ours, sizeof(ours), __VA_ARGS__); \
	snprintf(theirs, sizeof(theirs), __VA_ARGS__); \
	if (strcmp(ours, theirs) != 0 || n != strlen(theirs)) { \
		printf("ours   [%s]\ntheirs [%s]\n", ours, theirs); \
		return 1; \
	} \
} while (0)

int main(void)
{
	SAME("plain");
	SAME("%d|%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42, 42);
	SAME("%d|%5d|%-5d|%05d|%+d|% d", -42, -42, -42, -42, -42, -42);
	SAME("%d %ld %lld", INT_MIN, LONG_MIN, LLONG_MIN);
	SAME("%u %lu %zu", UINT_MAX, ULONG_MAX, (size_t)-1);
	SAME("%x|%#x|%08x|%#010x|%X|%#X", 0xbeef, 0xbeef, 0xbeef, 0xbeef, 0xbeef, 0xbeef);
	SAME("%#x|%#o|%o|%.0d|%.3d|%8.3d|%-8.3dx", 0, 0, 8, 0, 7, 7, 7);
	SAME("%hhd %hd %hhx %hx", 300, 70000, 300, 70000);
	SAME("%c%c|%3c|%-3c|", 'a', 'b', 'c', 'd');
	SAME("%s|%5s|%-5s|%.2s|%5.1s|%.*s", "abc", "abc", "abc", "abc", "abc", 2, "xyz");
	SAME("%*d|%-*d|%*d", 6, 1, 6, 2, -6, 3);
	SAME("%p", (void *)0x1234);
	SAME("100%% of %s", "it");

	char small[4];
	struct text_out out = text_out_to(small, sizeof(small));
	text_print(&out, "%s", "abcdef");
	assert(out.overflowed && out.len == 4 && memcmp(small, "abcd", 4) == 0);
	assert(text_format(small, sizeof(small), "abcdef") == 3 && strcmp(small, "abc") == 0);

	const char *end;
	assert(string_to_u64("0x1fz", &end, 0) == 31 && *end == 'z');
	assert(string_to_u64("0777", &end, 0) == 511 && *end == 0);
	assert(string_to_u64("99999999999999999999999", &end, 10) == UINT64_MAX && *end == 0);
	assert(string_to_size("512m", &end) == 512ul << 20 && *end == 0);
	assert(string_to_size("9999999999999g", &end) == UINT64_MAX);
	assert(string_copy(small, sizeof(small), "hello") == 3 && strcmp(small, "hel") == 0);
	assert(string_starts("console=ttyS0", "console=") && !string_starts("con", "console"));
	puts("text: ok");
	return 0;
}
