/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of exec share: one struct exec per execve(2), private to the caller, from the path to the new program. */
#pragma once
#include <murre/elf.h>
#include <murre/file.h>
#include <murre/slab.h>
#include "proc.h"

#define EXEC_HEAD_BYTES 512			/* of the file; the ELF header and usually its table */
#define SCRIPT_LINE_BYTES 256			/* of which scripts see these */
#define SCRIPT_PREFIX_BYTES 8192
enum { SCRIPT_DEPTH_MAX = 5 };

/* Strings for the new program, copied once: those of argv, then those of envp, in blocks of growing size. */
struct string_block {
	struct string_block *next;
	size_t used, room;
	char bytes[];
};
struct exec_args {
	struct string_block *first, *last;
	size_t argc, envc;
	size_t argc_final;			/* after scripts have had their say */
	size_t argv_bytes, envp_bytes;
	size_t limit;				/* of strings and pointers */
	/* What scripts put in front instead of the first `dropped` strings of argv; grows downwards in prefix. */
	char *prefix;
	size_t prefix_start;			/* offset of the first string; end: SCRIPT_PREFIX_BYTES */
	size_t prefix_count;
	size_t dropped_bytes;
	bool dropped;
};
void exec_args_end(struct exec_args *a);
result(unit) exec_args_read(struct exec_args *a, user_in_abi_pointer argv, user_in_abi_pointer envp,
			    struct can_sleep cs);
/* The first program's, from the kernel: NULL-terminated lists. */
result(unit) exec_args_make(struct exec_args *a, const char *const *argv, const char *const *envp);
/* A script's line: interpreter, optional argument (NULL), then the script's own path instead of argv[0]. E2BIG. */
result(unit) exec_args_script(struct exec_args *a, const char *interpreter, const char *argument,
			      const char *script);

struct exec_program {				/* an ELF file that was opened and read */
	file_ref file;
	struct elf_header header;
	struct elf_layout layout;
	bytes_box table_block;			/* when the table is not in head */
	const void *table;
	unsigned char head[EXEC_HEAD_BYTES];
	size_t head_bytes;
	uintptr_t bias;				/* added to its addresses */
};

struct exec {
	struct exec_args args;
	struct exec_program program, interpreter;
	bool has_interpreter;
	exec_image_ref image;
	vm_space_ref space;
	cred_draft cred;			/* none: credentials stay */
	bool secure;				/* AT_SECURE */
	fd_table_ref files;			/* the caller's own copy; none: not shared */
	signal_actions_ref actions;
	const char *file_name;			/* AT_EXECFN */
	const char *path_now;			/* what a script's interpreter is told */
	bool path_closes;			/* a /dev/fd path that exec closes: useless to an interpreter */
	uintptr_t stack_top, sp, entry;
	uintptr_t arg_start, arg_end, env_start, env_end;
	unsigned long auxv[2 * 24];
	unsigned auxv_words;
};

/* exec_file.c: opens, reads and checks; follows script lines. */
result(unit) exec_file_find(struct exec *e, fd_t dir, const char *path, int flags, struct can_sleep cs);
void exec_program_end(struct exec_program *p);
/* exec_script.c: the words of a script's first line, inside `line`. ENOEXEC: it is none. */
struct script_words { char *interpreter, *argument; };
typedef struct script_words script_words;
DEFINE_RESULT(script_words);
result(script_words) script_line_read(char *line);
/* user_code.c: the architecture's page of code. ENOMEM. */
result(unit) user_code_map(struct vm_space *s, struct can_sleep cs);
/* exec_map.c: the new space with all segments. */
result(unit) exec_space_make(struct exec *e, struct can_sleep cs);
/* exec_stack.c */
result(unit) exec_stack_make(struct exec *e, struct can_sleep cs);
/* exec.c: for the first process, from kernel memory. */
result(unit) process_exec_first(const char *path, const char *const *argv, const char *const *envp,
				struct can_sleep cs);
/* exec_cred.c: who the new program acts as. */
result(unit) exec_cred_make(struct exec *e);
bool randomize_addresses(void);
