/* SPDX-License-Identifier: GPL-2.0-only */
/* C that is rare in a kernel: the checker neither crashes at it nor complains. */
#include <murre/file.h>
#include <murre/process.h>

int nested_function(int n)
{
	int add(int x) { return x + n; }

	return add(3);
}

long nested_function_looks(fd_t fd)
{
	own(file_ref, f, value_or(fd_get(current_files(), fd), none(file_ref)));
	long mode(void) { return is_none(f) ? 0 : (long)at(f)->mode; }

	return mode();
}

int computed_goto(int n)
{
	static void *to[] = { &&first, &&second };

	goto *to[n & 1];
first:
	return 1;
second:
	return 2;
}

long leaves_by_asm(fd_t fd)
{
	own(file_ref, f, value_or(fd_get(current_files(), fd), none(file_ref)));

	__asm__ goto("" :::: out);
	return 1;
out:
	return !is_none(f);
}

long into_the_loop(fd_t fd, int n)
{
	own(file_ref, f, value_or(fd_get(current_files(), fd), none(file_ref)));

	if (n & 1)
		goto in;
	while (n--) {
		n += 2;
in:
		n -= 3;
	}
	return !is_none(f);
}

int by_type(fd_t fd)
{
	own(file_ref, f, value_or(fd_get(current_files(), fd), none(file_ref)));

	return _Generic(f, file_ref: 1, default: 2);
}

struct many { int n; file_ref f[]; };

bool has_nth(struct many *m, int i) { return !is_none(m->f[i]); }

long nth_of_many(int n, ...)
{
	__builtin_va_list arguments;
	long value;

	__builtin_va_start(arguments, n);
	value = __builtin_va_arg(arguments, long);
	__builtin_va_end(arguments);
	return value;
}

const struct { int a; union { int b; struct { int c; }; }; } without_names = { .c = 3 };
int filled[] = { [3] = 1, [0 ... 2] = 5 };
__int128 wide_product(__int128 a, __int128 b) { return a * b; }
void for_ever(void) { for (;;) ; }
