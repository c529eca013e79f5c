/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps so many MiB, writes each page's number into it, and reads all of them back: fill MEBIBYTES.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define WORDS_IN_PAGE 512

int main(int argc, char **argv)
{
	size_t pages = (argc > 1 ? strtoul(argv[1], NULL, 10) : 0) << 8, wrong = 0;
	size_t *memory = mmap(NULL, pages << 12, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < pages; i++)
		memory[i * WORDS_IN_PAGE] = i;
	for (size_t i = 0; i < pages; i++)
		wrong += memory[i * WORDS_IN_PAGE] != i || memory[i * WORDS_IN_PAGE + 1] != 0;
	printf("%zu pages, %zu wrong\n", pages, wrong);
	return wrong != 0;
}
