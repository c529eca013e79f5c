/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading ELF64 programs (System V ABI, chapters 4 and 5; elf(5)): from bytes that anybody may have written to a checked
 * description of what is to be mapped. Pure: no memory, no files; the caller brings the header and the program headers.
 */
#pragma once
#include <murre/base/result.h>

#define ELF_HEADER_BYTES 64
#define ELF_PROGRAM_HEADER_BYTES 56
#define ELF_PROGRAM_HEADERS_MAX (65536 / ELF_PROGRAM_HEADER_BYTES)	/* as many as Linux takes */

struct elf_header {
	bool movable;			/* ET_DYN: addresses are relative to where it is put */
	uint64_t entry;
	uint64_t table_offset;		/* of the program headers, in the file */
	unsigned table_entries;
};

/* A piece to map; not empty, ends below `top`, file part inside the file, vaddr and offset equal modulo page size. */
struct elf_segment {
	uint64_t vaddr, offset;
	uint64_t file_bytes, memory_bytes;	/* file_bytes <= memory_bytes; the rest is zero */
	bool readable, writable, executable;
};

struct elf_layout {
	uint64_t low, high;		/* span of all segments, page aligned */
	uint64_t align;			/* that a movable program asks for: a power of two, a page or more */
	uint64_t table_address;		/* where the program headers are mapped (before moving), 0: they are not */
	uint64_t interpreter_offset, interpreter_bytes;	/* path with its NUL; 0 bytes: none */
	uint64_t code_start, code_end, data_start, data_end;
	bool stack_executable;
};

/* The header from the first n bytes of a file. ENOEXEC: no ELF64 program for the machine, or broken. */
result(unit) elf_header_read(const void *bytes, size_t n, unsigned machine, struct elf_header *out);
/* Checks all program headers (table: table_entries of them). ENOEXEC: segments overlap, are out of order, wrap, lie
 * outside the file or reach top; an unusable entry point; an interpreter path that cannot be one. */
result(unit) elf_layout_read(const struct elf_header *h, const void *table, uint64_t file_size,
			     uint64_t top, struct elf_layout *out);
/* The next segment at or after entry *i of a table that elf_layout_read has passed; false: no more. */
bool elf_segment_next(const struct elf_header *h, const void *table, unsigned *i, struct elf_segment *out);
