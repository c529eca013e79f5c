/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks ELF64 programs before anything of them is used. Every number comes from the file and may be anything: each is
 * bounded before it takes part in arithmetic. System V ABI, chapters 4 and 5; what Linux accepts beyond it, elf(5).
 */
#include <murre/elf.h>
#include <murre/string.h>
#include <linux/elf.h>

enum { INTERPRETER_BYTES_MAX = 4096 };
#define ALIGN_MAX (1ull << 30)			/* more would not leave room to move */

static bool entry_read(const struct elf_header *h, const void *table, unsigned i, struct elf64_phdr *out);
static bool segment_is_good(const struct elf64_phdr *p, uint64_t file_size, uint64_t top);
static void layout_add(struct elf_layout *l, const struct elf64_phdr *p, uint64_t table_offset);
static uint64_t page_floor(uint64_t v) { return v & PAGE_MASK; }
static uint64_t page_ceil(uint64_t v) { return (v + PAGE_SIZE - 1) & PAGE_MASK; }

result(unit) elf_header_read(const void *bytes, size_t n, unsigned machine, struct elf_header *out)
{
	RETURNS(unit);
	struct elf64_hdr h;

	if (n < sizeof(h))
		return FAIL(ENOEXEC);
	__builtin_memcpy(&h, bytes, sizeof(h));
	if (memcmp(h.e_ident, ELFMAG, SELFMAG) || h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_ident[EI_DATA] != ELFDATA2LSB)
		return FAIL(ENOEXEC);
	if ((h.e_type != ET_EXEC && h.e_type != ET_DYN) || h.e_machine != machine)
		return FAIL(ENOEXEC);
	if (h.e_phentsize != sizeof(struct elf64_phdr) || h.e_phnum == 0 || h.e_phnum > ELF_PROGRAM_HEADERS_MAX)
		return FAIL(ENOEXEC);
	out->movable = h.e_type == ET_DYN;
	out->entry = h.e_entry;
	out->table_offset = h.e_phoff;
	out->table_entries = h.e_phnum;
	return DONE;
}

result(unit) elf_layout_read(const struct elf_header *h, const void *table, uint64_t file_size,
			     uint64_t top, struct elf_layout *out)
{
	RETURNS(unit);
	struct elf64_phdr p;
	uint64_t end = 0;			/* of the segment before */

	*out = (struct elf_layout){ .low = UINT64_MAX, .align = PAGE_SIZE, .code_start = UINT64_MAX };
	for (unsigned i = 0; entry_read(h, table, i, &p); i++) {
		if (p.p_type == PT_GNU_STACK)
			out->stack_executable = p.p_flags & PF_X;
		if (p.p_type == PT_INTERP && !out->interpreter_bytes) {
			if (p.p_filesz < 2 || p.p_filesz > INTERPRETER_BYTES_MAX || p.p_offset > file_size ||
			    p.p_filesz > file_size - p.p_offset)
				return FAIL(ENOEXEC);
			out->interpreter_offset = p.p_offset;
			out->interpreter_bytes = p.p_filesz;
		}
		if (p.p_type != PT_LOAD || p.p_memsz == 0)
			continue;
		if (!segment_is_good(&p, file_size, top) || p.p_vaddr < end)
			return FAIL(ENOEXEC);
		end = p.p_vaddr + p.p_memsz;
		layout_add(out, &p, h->table_offset);
	}
	if (end == 0 || h->entry >= top)
		return FAIL(ENOEXEC);
	return DONE;
}

bool elf_segment_next(const struct elf_header *h, const void *table, unsigned *i, struct elf_segment *out)
{
	struct elf64_phdr p;

	for (; entry_read(h, table, *i, &p); ++*i) {
		if (p.p_type != PT_LOAD || p.p_memsz == 0)
			continue;
		*out = (struct elf_segment){
			.vaddr = p.p_vaddr,
			.offset = p.p_offset,
			.file_bytes = p.p_filesz,
			.memory_bytes = p.p_memsz,
			.readable = p.p_flags & PF_R,
			.writable = p.p_flags & PF_W,
			.executable = p.p_flags & PF_X,
		};
		++*i;
		return true;
	}
	return false;
}

static bool entry_read(const struct elf_header *h, const void *table, unsigned i, struct elf64_phdr *out)
{
	if (i >= h->table_entries)
		return false;
	__builtin_memcpy(out, (const char *)table + (size_t)i * sizeof(*out), sizeof(*out));
	return true;
}

static bool segment_is_good(const struct elf64_phdr *p, uint64_t file_size, uint64_t top)
{
	if (p->p_vaddr >= top || p->p_memsz > top - p->p_vaddr || p->p_filesz > p->p_memsz)
		return false;
	if (p->p_filesz && (p->p_offset > file_size || p->p_filesz > file_size - p->p_offset))
		return false;
	if (p->p_filesz && ((p->p_vaddr ^ p->p_offset) & (PAGE_SIZE - 1)))
		return false;
	return !(p->p_align & (p->p_align - 1)) ? p->p_align <= ALIGN_MAX : true;
}

static void layout_add(struct elf_layout *l, const struct elf64_phdr *p, uint64_t table_offset)
{
	uint64_t file_end = p->p_vaddr + p->p_filesz;

	if (l->low == UINT64_MAX)
		l->low = page_floor(p->p_vaddr);
	l->high = page_ceil(p->p_vaddr + p->p_memsz);
	if (p->p_align > l->align && !(p->p_align & (p->p_align - 1)))
		l->align = p->p_align;
	if (p->p_offset <= table_offset && table_offset - p->p_offset < p->p_filesz)
		l->table_address = p->p_vaddr + (table_offset - p->p_offset);
	if (p->p_flags & PF_X) {
		if (p->p_vaddr < l->code_start)
			l->code_start = p->p_vaddr;
		if (file_end > l->code_end)
			l->code_end = file_end;
	}
	/* The last one counts: that is where the data of a program lies. */
	l->data_start = p->p_vaddr;
	l->data_end = file_end;
}
