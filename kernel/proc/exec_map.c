/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps checked ELF files into a space that no program runs in yet: the program at its place or, if it can be moved, at a
 * random one; its interpreter below the stack's gap; the break behind the program's data. elf(5), proc(5) randomize_va_space.
 */
#include <murre/random.h>
#include <murre/start.h>
#include <arch/elf.h>
#include <linux/personality.h>
#include "exec.h"

#define STACK_GAP_MIN (128ul << 20)

enum { MAY_ALL = VM_MAY_READ | VM_MAY_WRITE | VM_MAY_EXEC };

static uintptr_t mmap_top_choose(void);
static uintptr_t random_pages(uint64_t below);
static result(unit) program_map(struct vm_space *s, struct exec_program *p, struct can_sleep cs);
static result(unit) segment_map(struct vm_space *s, struct exec_program *p,
				const struct elf_segment *g, struct can_sleep cs);
static result(unit) zeros_map(struct vm_space *s, const struct elf_segment *g, uintptr_t bias,
			      unsigned flags, struct can_sleep cs);
static result(unit) tail_clear(struct vm_space *s, uintptr_t from, size_t n, struct can_sleep cs);
static result(uintptr_t) interpreter_place(struct vm_space *s, const struct elf_layout *l, struct can_sleep cs);

bool randomize_addresses(void)
{
	return !(current_process()->personality & ADDR_NO_RANDOMIZE) && !cmdline_has("norandmaps");
}

result(unit) exec_space_make(struct exec *e, struct can_sleep cs)
{
	RETURNS(unit);
	struct exec_program *p = &e->program, *i = &e->interpreter;
	const struct elf_layout *l = &p->layout;

	put_in(e->space, TRY(vm_space_new()));
	struct vm_space *s = at(e->space);
	struct vm_layout *out = peek(&s->layout);
	const struct rlimits *limits = current()->limits;
	s->limits = (struct vm_limits){
		.stack = limits->limit[RLIMIT_STACK].rlim_cur,
		.data = limits->limit[RLIMIT_DATA].rlim_cur,
		.as = limits->limit[RLIMIT_AS].rlim_cur,
		.memlock = limits->limit[RLIMIT_MEMLOCK].rlim_cur,
	};
	out->mmap_top = mmap_top_choose();
	if (p->header.movable)
		p->bias = align_down(ARCH_EXEC_BASE + random_pages(ARCH_EXEC_RANDOM_PAGES), l->align) - l->low;
	TRY(program_map(s, p, cs));
	e->entry = p->header.entry + p->bias;
	if (e->has_interpreter) {
		i->bias = TRY(interpreter_place(s, &i->layout, cs)) - i->layout.low;
		TRY(program_map(s, i, cs));
		e->entry = i->header.entry + i->bias;
	}
	TRY(user_code_map(s, cs));
	out->code_start = l->code_start + p->bias;
	out->code_end = l->code_end + p->bias;
	out->data_start = l->data_start + p->bias;
	out->data_end = l->data_end + p->bias;
	out->brk_start = l->high + p->bias + random_pages(ARCH_BRK_RANDOM_PAGES);
	out->brk_end = out->brk_start;
	return DONE;
}

static uintptr_t random_pages(uint64_t below)
{
	return randomize_addresses() ? random_u64() % below << PAGE_SHIFT : 0;
}

/* Below the largest stack that the limit allows, and the largest shift of its top. */
static uintptr_t mmap_top_choose(void)
{
	uint64_t shift = ARCH_STACK_RANDOM_PAGES * PAGE_SIZE + VM_STACK_GAP;
	uint64_t gap = current_limit(RLIMIT_STACK);

	gap = gap > USER_TOP / 6 * 5 ? USER_TOP / 6 * 5 : gap + shift;
	gap = min(max(gap, STACK_GAP_MIN), (uint64_t)USER_TOP / 6 * 5);
	return align_down(USER_TOP - gap - random_pages(ARCH_MMAP_RANDOM_PAGES), PAGE_SIZE);
}

static result(unit) program_map(struct vm_space *s, struct exec_program *p, struct can_sleep cs)
{
	RETURNS(unit);
	struct elf_segment g;

	if (p->bias && (p->layout.high + p->bias > USER_TOP || p->header.entry + p->bias >= USER_TOP))
		return FAIL(ENOMEM);
	for (unsigned i = 0; elf_segment_next(&p->header, p->table, &i, &g);)
		TRY(segment_map(s, p, &g, cs));
	return DONE;
}

static result(unit) segment_map(struct vm_space *s, struct exec_program *p,
				const struct elf_segment *g, struct can_sleep cs)
{
	RETURNS(unit);
	struct file *f = at(p->file);
	unsigned flags = MAY_ALL | (g->readable ? VM_READ : 0) | (g->writable ? VM_WRITE : 0) | (g->executable ? VM_EXEC : 0);
	uintptr_t start = g->vaddr + p->bias;

	if (g->file_bytes) {
		own_map_request(r,
			.at = align_down(start, PAGE_SIZE),
			.bytes = align_up(start + g->file_bytes, PAGE_SIZE) - align_down(start, PAGE_SIZE),
			.flags = flags,
			.fixed = true,
			.offset = align_down(g->offset, PAGE_SIZE));
		if (!f->ops->mmap)
			return FAIL(ENODEV);
		TRY(f->ops->mmap(f, &r, cs));
		TRY(vm_map(s, &r, cs));
	}
	if (g->memory_bytes == g->file_bytes)
		return DONE;
	return zeros_map(s, g, p->bias, flags, cs);
}

/* What a segment has beyond its file part: the rest of the last page is cleared, further pages are anonymous. */
static result(unit) zeros_map(struct vm_space *s, const struct elf_segment *g, uintptr_t bias,
			      unsigned flags, struct can_sleep cs)
{
	RETURNS(unit);
	uintptr_t from = g->vaddr + bias + g->file_bytes, end = align_up(g->vaddr + bias + g->memory_bytes, PAGE_SIZE);
	uintptr_t page = g->file_bytes ? align_up(from, PAGE_SIZE) : align_down(from, PAGE_SIZE);

	if (g->file_bytes && page > from && g->writable)
		TRY(tail_clear(s, from, page - from, cs));
	if (page >= end)
		return DONE;
	own_map_request(r, .at = page, .bytes = end - page, .flags = flags, .fixed = true);
	TRY(vm_map(s, &r, cs));
	return DONE;
}

/* Within one page. */
static result(unit) tail_clear(struct vm_space *s, uintptr_t from, size_t n, struct can_sleep cs)
{
	static unsigned char zeros[PAGE_SIZE];	/* never written */

	int err = error_of(vm_write_remote(s, from, zeros, n, false, cs));

	/* The file is shorter than it says itself. */
	return unit_result(err == ENXIO ? ENOEXEC : err);
}

/* A free range as long as the interpreter; its segments then go there one by one. */
static result(uintptr_t) interpreter_place(struct vm_space *s, const struct elf_layout *l, struct can_sleep cs)
{
	RETURNS(uintptr_t);
	own_map_request(r, .bytes = l->high - l->low + l->align - PAGE_SIZE, .flags = VM_NO_RESERVE);
	uintptr_t place = TRY(vm_map(s, &r, cs));

	TRY(vm_unmap(s, place, r.bytes, cs));
	return OK(uintptr_t, align_up(place, l->align));
}
