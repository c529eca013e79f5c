/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first stack of a new program, from its top down: path, environment strings, argument strings, platform name, random
 * bytes, then the auxiliary vector and the pointers. Written into the new space before anybody runs there. System V ABI
 * (AMD64) 3.4.1, getauxval(3).
 */
#include <murre/random.h>
#include <murre/string.h>
#include <arch/cpu.h>
#include <arch/elf.h>
#include <linux/auxvec.h>
#include "exec.h"

enum { STACK_EXTRA = 32 * PAGE_SIZE, RANDOM_BYTES = 16, CLOCK_TICKS = 100, STACK_ALIGN = 16 };
#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

/* A run of words written to the new stack through a small buffer. */
struct word_writer {
	struct vm_space *space;
	uintptr_t at;
	unsigned filled;
	bool failed;
	unsigned long words[64];
};

static size_t strings_bytes(const struct exec *e);
static result(unit) stack_map(struct exec *e, uintptr_t lowest, struct can_sleep cs);
static result(unit) strings_write(struct exec *e, uintptr_t at, struct can_sleep cs);
static result(unit) bytes_write(struct exec *e, uintptr_t at, const void *bytes, size_t n, struct can_sleep cs);
static void auxv_make(struct exec *e, uintptr_t random, uintptr_t platform, uintptr_t file_name);
static void word_put(struct word_writer *w, unsigned long word, struct can_sleep cs);
static void words_flush(struct word_writer *w, struct can_sleep cs);
static void pointers_put(struct word_writer *w, const char *s, size_t bytes, uintptr_t at, struct can_sleep cs);
static void argument_pointers_put(struct exec *e, struct word_writer *w, struct can_sleep cs);

result(unit) exec_stack_make(struct exec *e, struct can_sleep cs)
{
	RETURNS(unit);
	static const char platform[] = ARCH_ELF_PLATFORM;
	uint64_t shift = randomize_addresses() ? random_u64() : 0;
	uintptr_t top = USER_TOP - (shift % ARCH_STACK_RANDOM_PAGES << PAGE_SHIFT);
	size_t name_bytes = strlen(e->file_name) + 1;
	uintptr_t name = top - sizeof(long) - name_bytes;
	uintptr_t strings = name - strings_bytes(e);
	unsigned char random[RANDOM_BYTES];
	uintptr_t platform_at, random_at, below;
	size_t words;

	e->stack_top = top;
	e->arg_start = strings;
	/* The low end moves within a page or two as well. */
	below = align_down(strings - (shift >> 40) % (2 * PAGE_SIZE), STACK_ALIGN);
	platform_at = below - sizeof(platform);
	random_at = platform_at - RANDOM_BYTES;
	auxv_make(e, random_at, platform_at, name);
	words = 1 + e->args.argc_final + 1 + e->args.envc + 1 + e->auxv_words;
	e->sp = align_down(random_at - words * sizeof(long), STACK_ALIGN);
	TRY(stack_map(e, e->sp, cs));

	random_bytes(random, sizeof(random));
	TRY(bytes_write(e, name, e->file_name, name_bytes, cs));
	TRY(strings_write(e, strings, cs));
	TRY(bytes_write(e, platform_at, platform, sizeof(platform), cs));
	TRY(bytes_write(e, random_at, random, sizeof(random), cs));

	struct word_writer w = { .space = at(e->space), .at = e->sp };
	word_put(&w, e->args.argc_final, cs);
	argument_pointers_put(e, &w, cs);
	for (unsigned i = 0; i < e->auxv_words; i++)
		word_put(&w, e->auxv[i], cs);
	words_flush(&w, cs);
	return w.failed ? FAIL(ENOMEM) : DONE;
}

/* Of argv as scripts left it, and of envp. */
static size_t strings_bytes(const struct exec *e)
{
	const struct exec_args *a = &e->args;
	size_t prefix = a->prefix ? SCRIPT_PREFIX_BYTES - a->prefix_start : 0;

	return prefix + a->argv_bytes - a->dropped_bytes + a->envp_bytes;
}

static result(unit) stack_map(struct exec *e, uintptr_t lowest, struct can_sleep cs)
{
	RETURNS(unit);
	uint64_t limit = align_down(current_limit(RLIMIT_STACK), PAGE_SIZE);
	uintptr_t end = align_up(e->stack_top, PAGE_SIZE);
	uintptr_t start = align_down(lowest, PAGE_SIZE);
	unsigned exec = e->program.layout.stack_executable ? VM_EXEC : 0;

	if (end - start + STACK_EXTRA <= limit)
		start -= STACK_EXTRA;
	else if (end - start < limit)
		start = end - limit;
	own_map_request(r,
		.at = start,
		.bytes = end - start,
		.flags = VM_READ | VM_WRITE | exec | VM_MAY_READ | VM_MAY_WRITE | VM_MAY_EXEC | VM_GROWS_DOWN | VM_STACK,
		.fixed = true,
		.no_replace = true);
	TRY(vm_map(at(e->space), &r, cs));
	return DONE;
}

static result(unit) bytes_write(struct exec *e, uintptr_t to, const void *bytes, size_t n, struct can_sleep cs)
{
	RETURNS(unit);

	return TRY(vm_write_remote(at(e->space), to, bytes, n, false, cs)) == n ? DONE : FAIL(ENOMEM);
}

/* Also learns where arguments end and the environment starts. */
static result(unit) strings_write(struct exec *e, uintptr_t to, struct can_sleep cs)
{
	RETURNS(unit);
	const struct exec_args *a = &e->args;
	size_t skip = a->dropped_bytes;

	if (a->prefix) {
		size_t n = SCRIPT_PREFIX_BYTES - a->prefix_start;
		TRY(bytes_write(e, to, a->prefix + a->prefix_start, n, cs));
		to += n;
	}
	e->arg_end = e->env_start = to + a->argv_bytes - a->dropped_bytes;
	e->env_end = e->env_start + a->envp_bytes;
	for (const struct string_block *b = a->first; b; b = b->next) {
		TRY(bytes_write(e, to, b->bytes + skip, b->used - skip, cs));
		to += b->used - skip;
		skip = 0;
	}
	return DONE;
}

static void aux_put(struct exec *e, unsigned long kind, unsigned long value)
{
	e->auxv[e->auxv_words++] = kind;
	e->auxv[e->auxv_words++] = value;
}

static void auxv_make(struct exec *e, uintptr_t random, uintptr_t platform, uintptr_t file_name)
{
	const struct exec_program *p = &e->program;
	const struct cred *c = is_none(e->cred) ? current_cred() : at(e->cred);
	uintptr_t table = p->layout.table_address ? p->layout.table_address + p->bias : 0;

	e->auxv_words = 0;
	aux_put(e, AT_MINSIGSTKSZ, ARCH_MINSIGSTKSZ);
	aux_put(e, AT_HWCAP, arch_hwcap());
	aux_put(e, AT_PAGESZ, PAGE_SIZE);
	aux_put(e, AT_CLKTCK, CLOCK_TICKS);
	aux_put(e, AT_PHDR, table);
	aux_put(e, AT_PHENT, ELF_PROGRAM_HEADER_BYTES);
	aux_put(e, AT_PHNUM, p->header.table_entries);
	aux_put(e, AT_BASE, e->has_interpreter ? e->interpreter.layout.low + e->interpreter.bias : 0);
	aux_put(e, AT_FLAGS, 0);
	aux_put(e, AT_ENTRY, p->header.entry + p->bias);
	aux_put(e, AT_UID, c->uid.id);
	aux_put(e, AT_EUID, c->euid.id);
	aux_put(e, AT_GID, c->gid.id);
	aux_put(e, AT_EGID, c->egid.id);
	aux_put(e, AT_SECURE, e->secure);
	aux_put(e, AT_RANDOM, random);
	aux_put(e, AT_HWCAP2, arch_hwcap2());
	aux_put(e, AT_EXECFN, file_name);
	aux_put(e, AT_PLATFORM, platform);
	aux_put(e, AT_NULL, 0);
}

static void word_put(struct word_writer *w, unsigned long word, struct can_sleep cs)
{
	if (w->filled == array_size(w->words))
		words_flush(w, cs);
	w->words[w->filled++] = word;
}

static void words_flush(struct word_writer *w, struct can_sleep cs)
{
	size_t n = w->filled * sizeof(w->words[0]);

	if (value_or(vm_write_remote(w->space, w->at, w->words, n, false, cs), 0) != n)
		w->failed = true;
	w->at += n;
	w->filled = 0;
}

static void pointers_put(struct word_writer *w, const char *s, size_t bytes, uintptr_t to, struct can_sleep cs)
{
	for (size_t done = 0; done < bytes; done += strlen(s + done) + 1)
		word_put(w, to + done, cs);
}

/* A string never spans two blocks, and argv may end inside one. */
static void argument_pointers_put(struct exec *e, struct word_writer *w, struct can_sleep cs)
{
	const struct exec_args *a = &e->args;
	size_t skip = a->dropped_bytes, argv_left = a->argv_bytes;
	uintptr_t to = e->arg_start;
	bool argv_ended = false;

	if (a->prefix) {
		size_t n = SCRIPT_PREFIX_BYTES - a->prefix_start;
		pointers_put(w, a->prefix + a->prefix_start, n, to, cs);
		to += n;
	}
	argv_left -= skip;
	for (const struct string_block *b = a->first; b; b = b->next) {
		const char *s = b->bytes + skip;
		size_t n = b->used - skip, of_argv = min(n, argv_left);
		skip = 0;
		pointers_put(w, s, of_argv, to, cs);
		argv_left -= of_argv;
		if (!argv_left && !argv_ended) {
			word_put(w, 0, cs);
			argv_ended = true;
		}
		pointers_put(w, s + of_argv, n - of_argv, to + of_argv, cs);
		to += n;
	}
	word_put(w, 0, cs);
}
