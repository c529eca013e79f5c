/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest real program: data, zeroed data, a write, an exit. The ELF mutations start from it.
 */
static char text[] = "tiny\n";
static char room[5000];

static long call3(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

void _start(void)
{
	for (unsigned int i = 0; i < sizeof(room); i++)
		if (room[i])
			call3(60, 1, 0, 0);
	room[4999] = 1;
	call3(1, 1, (long)text, 5);
	call3(60, 42, 0, 0);
}
