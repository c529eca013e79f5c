/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the path of execve(2) to checked ELF files: opens the file for execution, follows script lines to their
 * interpreter, reads and checks the program's headers, and does the same for the interpreter that the program names.
 * Nothing here changes the caller. execve(2), execveat(2), elf(5).
 */
#include <murre/string.h>
#include <murre/path.h>
#include <arch/elf.h>
#include <linux/fcntl.h>
#include "exec.h"

#define FROM_HERE ((fd_t){ AT_FDCWD })

static result(file_ref) exec_open(fd_t dir, const char *path, int flags, struct can_sleep cs);
static result(unit) head_read(struct exec_program *p, struct can_sleep cs);
static result(unit) script_follow(struct exec *e, struct can_sleep cs);
static result(unit) program_read(struct exec_program *p, struct can_sleep cs);
static result(unit) interpreter_find(struct exec *e, struct can_sleep cs);

result(unit) exec_file_find(struct exec *e, fd_t dir, const char *path, int flags, struct can_sleep cs)
{
	RETURNS(unit);
	struct exec_program *p = &e->program;
	unsigned depth = 0;

	put_in(p->file, TRY(exec_open(dir, path, flags, cs)));
	for (;; depth++) {
		if (depth > SCRIPT_DEPTH_MAX)
			return FAIL(ELOOP);
		TRY(head_read(p, cs));
		if (p->head[0] != '#' || p->head[1] != '!')
			break;
		TRY(script_follow(e, cs));
	}
	TRY(program_read(p, cs));
	put_in(at(e->image)->file, give(p->file));
	put_in(p->file, file_share(at(at(e->image)->file)));
	if (p->layout.interpreter_bytes)
		TRY(interpreter_find(e, cs));
	return DONE;
}

void exec_program_end(struct exec_program *p)
{
	if (!is_none(p->file))
		drop(file_ref, p->file);
	if (!is_none(p->table_block))
		drop(bytes_box, p->table_block);
}

static result(file_ref) exec_open(fd_t dir, const char *path, int flags, struct can_sleep cs)
{
	RETURNS(file_ref);
	unsigned lookup = (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	own(path_ref, place, TRY(path_lookup(dir, path, lookup, cs)));

	if (at(place)->inode && inode_is(at(place)->inode, S_IFLNK))
		return FAIL(ELOOP);
	return file_open_exec(give(place), cs);
}

static result(unit) head_read(struct exec_program *p, struct can_sleep cs)
{
	RETURNS(unit);

	p->head_bytes = TRY(file_read_kernel(at(p->file), p->head, sizeof(p->head), 0, cs));
	__builtin_memset(p->head + p->head_bytes, 0, sizeof(p->head) - p->head_bytes);
	return DONE;
}

/* Puts the interpreter in the script's place, and the script among its arguments. */
static result(unit) script_follow(struct exec *e, struct can_sleep cs)
{
	RETURNS(unit);
	char line[SCRIPT_LINE_BYTES + 16] = {};

	__builtin_memcpy(line, e->program.head, SCRIPT_LINE_BYTES);
	struct script_words words = TRY(script_line_read(line));
	if (e->path_closes)
		return FAIL(ENOENT);
	TRY(exec_args_script(&e->args, words.interpreter, words.argument, e->path_now));
	inode_allow_write(at(e->program.file)->inode);
	drop(file_ref, e->program.file);
	e->path_now = e->args.prefix + e->args.prefix_start;
	e->program.file = TRY(exec_open(FROM_HERE, e->path_now, 0, cs));
	return DONE;
}

/* Header, table and layout. ENOEXEC, EIO, ENOMEM. */
static result(unit) program_read(struct exec_program *p, struct can_sleep cs)
{
	RETURNS(unit);
	struct file *f = at(p->file);
	uint64_t file_size = inode_size(f->inode);
	size_t bytes, got;

	TRY(elf_header_read(p->head, p->head_bytes, ARCH_ELF_MACHINE, &p->header));
	bytes = p->header.table_entries * ELF_PROGRAM_HEADER_BYTES;
	if (p->header.table_offset > file_size || bytes > file_size - p->header.table_offset)
		return FAIL(ENOEXEC);
	if (p->header.table_offset + bytes <= p->head_bytes) {
		p->table = p->head + p->header.table_offset;
	} else {
		put_in(p->table_block, TRY(bytes_box_new(bytes)));
		p->table = at(p->table_block);
		got = TRY(file_read_kernel(f, at(p->table_block), bytes, p->header.table_offset, cs));
		if (got != bytes)
			return FAIL(EIO);
	}
	return elf_layout_read(&p->header, p->table, file_size, USER_TOP, &p->layout);
}

/* The file that PT_INTERP names. A broken one is ELIBBAD: the program itself is fine. */
static result(unit) interpreter_find(struct exec *e, struct can_sleep cs)
{
	RETURNS(unit);
	const struct elf_layout *l = &e->program.layout;
	struct exec_program *i = &e->interpreter;
	own(bytes_box, path, TRY(bytes_box_new(l->interpreter_bytes + 16)));
	char *text = at(path);
	int err;

	if (TRY(file_read_kernel(at(e->program.file), text, l->interpreter_bytes, l->interpreter_offset, cs)) !=
	    l->interpreter_bytes)
		return FAIL(EIO);
	if (text[l->interpreter_bytes - 1] != '\0')
		return FAIL(ENOEXEC);
	put_in(i->file, TRY(exec_open(FROM_HERE, text, 0, cs)));
	/* Only the program itself stays closed to writers. */
	inode_allow_write(at(i->file)->inode);
	TRY(head_read(i, cs));
	err = error_of(program_read(i, cs));
	if (err)
		return FAIL(err == ENOEXEC ? ELIBBAD : err);
	e->has_interpreter = true;
	return DONE;
}
