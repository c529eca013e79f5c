/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/PID/maps, smaps, cmdline, environ, auxv: what lies in a process's memory. Each takes a reference to the address
 * space and asks it; a process without one (dead) has empty files. proc(5).
 */
#include <murre/slab.h>
#include <murre/string.h>
#include <murre/text.h>
#include "pid_files.h"

enum { NAME_COLUMN = 73, PIECE = 512, KB = PAGE_SIZE / 1024, ARGUMENTS_SHOWN_MAX = 16 << 20 };

static void pad_to(struct text_out *out, size_t line_start, size_t column)
{
	while (out->len - line_start < column && !out->overflowed)
		text_char(out, ' ');
}

/* Path of the backing file, or the pseudo name in brackets. */
static void mapping_name_print(const struct vm_facts *m, struct text_out *out, size_t line_start,
			       dev_nr *dev, uint64_t *ino, char *path, size_t cap)
{
	struct text_out name = text_out_to(path, cap);

	*dev = 0;
	*ino = 0;
	if (!is_none(m->backing))
		at(m->backing)->ops->describe(at(m->backing), &name, dev, ino);
	else if (m->is_shared_anonymous)
		text_print(&name, "/dev/zero (deleted)");
	else if (m->is_heap)
		text_print(&name, "[heap]");
	else if (m->is_stack)
		text_print(&name, "[stack]");
	path[min(name.len, cap - 1)] = '\0';
}

static void mapping_print(const struct vm_facts *m, struct text_out *out, char *path, size_t cap)
{
	size_t line_start = out->len;
	dev_nr dev;
	uint64_t ino;

	mapping_name_print(m, out, line_start, &dev, &ino, path, cap);
	text_print(out, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", m->start, m->end, m->flags & VM_READ ? 'r' : '-',
		   m->flags & VM_WRITE ? 'w' : '-', m->flags & VM_EXEC ? 'x' : '-', m->flags & VM_SHARED ? 's' : 'p',
		   m->offset, dev_major(dev), dev_minor(dev), ino);
	if (path[0]) {
		pad_to(out, line_start, NAME_COLUMN);
		text_put(out, path, strlen(path));
	}
	text_char(out, '\n');
}

static void usage_print(const struct vm_facts *m, struct vm_space *s, struct text_out *out, struct can_sleep cs)
{
	struct vm_usage u;

	vm_usage_get(s, m->start, m->end, &u, cs);
	const struct { const char *name; uint64_t kb; } rows[] = {
		{ "Size:", (m->end - m->start) / 1024 }, { "KernelPageSize:", KB }, { "MMUPageSize:", KB },
		{ "Rss:", u.resident * KB }, { "Pss:", u.resident * KB },
		{ "Shared_Clean:", u.shared_clean * KB }, { "Shared_Dirty:", u.shared_dirty * KB },
		{ "Private_Clean:", u.private_clean * KB }, { "Private_Dirty:", u.private_dirty * KB },
		{ "Referenced:", u.referenced * KB }, { "Anonymous:", u.anon * KB },
	};

	for (unsigned i = 0; i < array_size(rows); i++)
		text_print(out, "%-16s%8lu kB\n", rows[i].name, rows[i].kb);
}

static result(unit) maps_print(const proc_subject *s, struct text_out *out, bool with_usage,
			       struct can_sleep cs)
{
	RETURNS(unit);
	TRY(pid_may_look(subject_thread(s)));
	own(vm_space_ref, space, thread_space(subject_thread(s)));
	own(bytes_box, path, TRY(bytes_box_new(PATH_BYTES_MAX)));
	own_facts(m);

	if (is_none(space))
		return DONE;
	while (vm_facts_next(at(space), m.end, &m, cs)) {
		mapping_print(&m, out, at(path), PATH_BYTES_MAX);
		if (with_usage)
			usage_print(&m, at(space), out, cs);
	}
	return DONE;
}

result(unit) pid_maps_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	return maps_print(s, out, false, cs);
}

result(unit) pid_smaps_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	return maps_print(s, out, true, cs);
}

/* Strings of the stack's top. -------------------------------------------------------------------------------------- */

static void memory_copy(struct vm_space *s, uintptr_t from, uintptr_t to, struct text_out *out,
			struct can_sleep cs)
{
	char piece[PIECE];

	to = min(to, from + ARGUMENTS_SHOWN_MAX);
	while (from < to && !out->overflowed) {
		size_t n = value_or(vm_read_remote(s, from, piece, min(to - from, sizeof(piece)), cs), 0);
		if (n == 0)
			return;
		text_put(out, piece, n);
		from += n;
	}
}

/* A program that has written over the end of its arguments (to change its title) shows one string, up to its NUL, which
 * may reach into the environment. */
result(unit) pid_cmdline_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	own(vm_space_ref, space, thread_space(subject_thread(s)));
	struct vm_stats v;
	char last = '\0';

	if (is_none(space))
		return DONE;
	vm_stats_get(at(space), &v, cs);
	if (v.arg_end <= v.arg_start)
		return DONE;
	if (!error_of(vm_read_remote(at(space), v.arg_end - 1, &last, 1, cs)) && last) {
		char title[PIECE] = {};
		size_t n = value_or(vm_read_remote(at(space), v.arg_start, title, min(max(v.env_end, v.arg_end) - v.arg_start, sizeof(title)), cs), 0);
		text_put(out, title, strnlen(title, n));
		return DONE;
	}
	memory_copy(at(space), v.arg_start, v.arg_end, out, cs);
	return DONE;
}

result(unit) pid_environ_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	RETURNS(unit);
	TRY(pid_may_look(subject_thread(s)));
	own(vm_space_ref, space, thread_space(subject_thread(s)));
	struct vm_stats v;

	if (is_none(space))
		return DONE;
	vm_stats_get(at(space), &v, cs);
	memory_copy(at(space), v.env_start, v.env_end, out, cs);
	return DONE;
}

result(unit) pid_auxv_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	RETURNS(unit);
	TRY(pid_may_look(subject_thread(s)));
	own(vm_space_ref, space, thread_space(subject_thread(s)));
	const unsigned long *auxv;
	unsigned words = 0;

	if (is_none(space))
		return DONE;
	/* Written before the space went live, never again. */
	auxv = peek(&at(space)->layout)->auxv;
	while (words < array_size(peek(&at(space)->layout)->auxv) && auxv[words])
		words += 2;
	text_put(out, (const char *)auxv, (words + 2) * sizeof(*auxv));
	return DONE;
}
