/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest real program: data, zeroed data, a write, an exit. The ELF mutations start from it.
 */
#include <asm/unistd.h>

static char text[] = "tiny\n";
static char room[5000];

static long call3(long number, long a, long b, long c)
{
#if defined __x86_64__
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
#elif defined __aarch64__
	register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
#endif
}

void _start(void)
{
	for (unsigned int i = 0; i < sizeof(room); i++)
		if (room[i])
			call3(__NR_exit, 1, 0, 0);
	room[4999] = 1;
	call3(__NR_write, 1, (long)text, 5);
	call3(__NR_exit, 42, 0, 0);
}
