/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/elf.c on good headers, on each rule it enforces, and on many thousand damaged ones: whatever the bytes say, what it
 * lets pass keeps the promises of murre/elf.h.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <murre/elf.h>
#include <linux/elf.h>

enum { MACHINE = 62, ENTRIES = 6 };
#define TOP 0x7ffffffff000ull
#define FILE_SIZE 0x5000ull

struct program { struct elf64_hdr header; struct elf64_phdr entry[ENTRIES]; };

static struct program good(void)
{
	struct program p = {
		.header = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = MACHINE, .e_version = 1, .e_entry = 0x401000,
			.e_phoff = sizeof(struct elf64_hdr), .e_ehsize = sizeof(struct elf64_hdr),
			.e_phentsize = sizeof(struct elf64_phdr), .e_phnum = ENTRIES,
		},
		.entry = {
			{ .p_type = PT_LOAD, .p_flags = PF_R, .p_vaddr = 0x400000, .p_filesz = 0x200, .p_memsz = 0x200, .p_align = 4096 },
			{ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = 0x1000, .p_vaddr = 0x401000, .p_filesz = 0x1800, .p_memsz = 0x1800, .p_align = 4096 },
			{ .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_offset = 0x2ff0, .p_vaddr = 0x404ff0, .p_filesz = 0x100, .p_memsz = 0x5000, .p_align = 4096 },
			{ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W },
			{ .p_type = PT_NOTE, .p_offset = 0x300, .p_filesz = 0x20 },
			{ .p_type = PT_TLS, .p_offset = 0x2ff0, .p_vaddr = 0x404ff0, .p_filesz = 8, .p_memsz = 16 },
		},
	};
	return p;
}

static int read_all(const struct program *p, size_t n, struct elf_header *h, struct elf_layout *l)
{
	int err = error_of(elf_header_read(p, n, MACHINE, h));

	if (err)
		return err;
	if (h->table_entries > ENTRIES)
		return ENOEXEC;
	return error_of(elf_layout_read(h, p->entry, FILE_SIZE, TOP, l));
}

static int verdict(const struct program *p)
{
	struct elf_header h;
	struct elf_layout l;

	return read_all(p, sizeof(*p), &h, &l);
}

static void a_good_program_is_described(void)
{
	struct program p = good();
	struct elf_header h;
	struct elf_layout l;
	struct elf_segment s;
	unsigned i = 0, count = 0;

	assert(read_all(&p, sizeof(p), &h, &l) == 0);
	assert(!h.movable && h.entry == 0x401000);
	assert(l.low == 0x400000 && l.high == 0x40a000);
	assert(l.table_address == 0x400040 && !l.stack_executable && !l.interpreter_bytes);
	assert(l.code_start == 0x401000 && l.code_end == 0x402800 && l.data_start == 0x404ff0 && l.data_end == 0x4050f0);
	while (elf_segment_next(&h, p.entry, &i, &s))
		count++;
	assert(count == 3 && s.writable && !s.executable && s.memory_bytes == 0x5000);
}

#define REFUSED(change) do { struct program p = good(); change; assert(verdict(&p) == ENOEXEC); } while (0)
#define TAKEN(change) do { struct program p = good(); change; assert(verdict(&p) == 0); } while (0)

static void each_rule_holds(void)
{
	struct program p = good();
	struct elf_header h;
	struct elf_layout l;

	for (size_t n = 0; n < sizeof(struct elf64_hdr); n++)
		assert(read_all(&p, n, &h, &l) == ENOEXEC);
	REFUSED(p.header.e_ident[0] = 0);
	REFUSED(p.header.e_ident[EI_CLASS] = ELFCLASS32);
	REFUSED(p.header.e_type = ET_REL);
	REFUSED(p.header.e_machine = 183);
	REFUSED(p.header.e_phentsize = 5);
	REFUSED(p.header.e_phnum = 0);
	REFUSED(p.header.e_phnum = 65535);
	REFUSED(p.header.e_entry = TOP);
	REFUSED(p.entry[1].p_filesz = p.entry[1].p_memsz + 1);
	REFUSED(p.entry[1].p_vaddr = 0x400100);
	REFUSED(p.entry[1].p_vaddr = -0x1000ull);
	REFUSED(p.entry[2].p_memsz = -1ull);
	REFUSED(p.entry[2].p_memsz = TOP);
	REFUSED(p.entry[1].p_offset = FILE_SIZE);
	REFUSED(p.entry[1].p_offset = -0x1000ull);
	REFUSED(p.entry[1].p_offset = 0x1001);
	REFUSED(p.entry[1].p_align = 1ull << 40);
	REFUSED(p.entry[0].p_type = p.entry[1].p_type = p.entry[2].p_type = PT_NULL);
	REFUSED(p.entry[4] = ((struct elf64_phdr){ .p_type = PT_INTERP, .p_filesz = 1 }));
	REFUSED(p.entry[4] = ((struct elf64_phdr){ .p_type = PT_INTERP, .p_filesz = 5000 }));
	REFUSED(p.entry[4] = ((struct elf64_phdr){ .p_type = PT_INTERP, .p_offset = FILE_SIZE, .p_filesz = 20 }));
	TAKEN(p.header.e_type = ET_DYN);
	TAKEN(p.entry[1].p_memsz = p.entry[1].p_filesz = 0);
	TAKEN(p.entry[2].p_filesz = 0);
	TAKEN(p.entry[4] = ((struct elf64_phdr){ .p_type = PT_INTERP, .p_offset = 0x300, .p_filesz = 28 }));
}

static void promises_hold(const struct program *p)
{
	struct elf_header h;
	struct elf_layout l;
	struct elf_segment s;
	uint64_t end = 0;

	if (read_all(p, sizeof(*p), &h, &l))
		return;
	assert(l.low < l.high && l.high <= TOP && !(l.low & 4095) && !(l.high & 4095));
	assert(l.align >= 4096 && !(l.align & (l.align - 1)));
	assert(h.entry < TOP && l.interpreter_bytes <= 4096);
	for (unsigned i = 0; elf_segment_next(&h, p->entry, &i, &s);) {
		assert(s.memory_bytes && s.file_bytes <= s.memory_bytes);
		assert(s.vaddr >= end && s.vaddr >= l.low && s.vaddr + s.memory_bytes <= l.high);
		assert(!s.file_bytes || (s.offset + s.file_bytes <= FILE_SIZE && !((s.offset ^ s.vaddr) & 4095)));
		end = s.vaddr + s.memory_bytes;
	}
}

static void damage_never_gets_through(unsigned rounds)
{
	static const uint64_t nasty[] = { 0, 1, -1ull, 1ull << 63, TOP, TOP - 1, 0x1000, 0xfff, FILE_SIZE, 1ull << 47, -0x1000ull };

	srand(1);
	for (unsigned round = 0; round < rounds; round++) {
		struct program p = good();
		unsigned changes = 1 + rand() % 4;
		while (changes--) {
			size_t at = rand() % (sizeof(p) / 8) * 8;
			if (rand() % 2)
				memcpy((char *)&p + at, &nasty[rand() % (sizeof(nasty) / 8)], 8);
			else
				((unsigned char *)&p)[rand() % sizeof(p)] ^= 1 << rand() % 8;
		}
		promises_hold(&p);
	}
}

int main(void)
{
	a_good_program_is_described();
	each_rule_holds();
	damage_never_gets_through(2000000);
	printf("elf: ok\n");
	return 0;
}
