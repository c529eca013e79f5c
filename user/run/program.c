/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starts the program, or says in a shell's words why it cannot be started. execve's errno alone does not tell a
 * missing program from a missing loader, nor a foreign program from a broken one; a second look at the file does.
 * Source: execve(2), elf(5), the exit statuses of sh(1).
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"

enum { CANNOT_EXECUTE = 126, NOT_FOUND = 127, HEADERS_MAX = 64 };

#if defined __x86_64__
static const int own_machine = EM_X86_64;
#elif defined __aarch64__
static const int own_machine = EM_AARCH64;
#endif

/* The first kilobytes of a file: all that tells its kind. */
struct head {
	size_t length, file_size;
	union {
		char text[4096 + 1];
		Elf64_Ehdr elf;
	};
};

static int head_read(const char *path, struct head *head);
static const char *damage_find(const struct head *head);
static const char *interpreter_find(struct head *head);
static int complain(const char *name, int status, const char *what, const char *detail);
static int explain(const char *name, const char *path, int error);

int program_exec(char **argv, char **env)
{
	struct head head;

	if (!argv[0])
		return complain("run", NOT_FOUND, "no program given", "");
	const char *path = program_find(argv[0], env);
	if (!path)
		return complain(argv[0], NOT_FOUND, "command not found", "");
	/* A kernel maps what a truncated file promises and lets the program die of it; say so instead. */
	if (access(path, X_OK) == 0 && head_read(path, &head) && damage_find(&head))
		return complain(argv[0], CANNOT_EXECUTE, "cannot execute: ", damage_find(&head));
	execve(path, argv, env);
	return explain(argv[0], path, errno);
}

const char *program_find(const char *name, char **env)
{
	static char found[PATH_MAX];
	const char *directory = "/bin:/usr/bin";

	if (strchr(name, '/'))
		return name;
	for (; *env; env++)
		if (strncmp(*env, "PATH=", 5) == 0)
			directory = *env + 5;
	while (*name && *directory) {
		int length = strcspn(directory, ":");
		snprintf(found, sizeof found, "%.*s%s%s", length, directory, length ? "/" : "", name);
		if (access(found, X_OK) == 0)
			return found;
		directory += length + (directory[length] == ':');
	}
	return NULL;
}

/* ---- A second look at the file */

static int explain(const char *name, const char *path, int error)
{
	struct head head;
	struct stat info;

	if (stat(path, &info) != 0)
		return complain(name, errno == ENOENT || errno == ENOTDIR ? NOT_FOUND : CANNOT_EXECUTE,
				strerror(errno), "");
	if (S_ISDIR(info.st_mode))
		return complain(name, CANNOT_EXECUTE, strerror(EISDIR), "");
	if (error == EACCES || !head_read(path, &head))
		return complain(name, CANNOT_EXECUTE, strerror(error), "");

	const char *interpreter = interpreter_find(&head);
	if (interpreter && error == ENOENT)
		return complain(name, NOT_FOUND, "cannot execute: its interpreter is missing: ", interpreter);
	if (interpreter && (error == EACCES || error == ENOEXEC || error == ELIBBAD))
		return complain(name, CANNOT_EXECUTE, "cannot execute: its interpreter is unusable: ", interpreter);
	return complain(name, CANNOT_EXECUTE, "cannot execute: ",
			error == ENOEXEC ? "neither a program for this machine nor a #! script" : strerror(error));
}

static int complain(const char *name, int status, const char *what, const char *detail)
{
	dprintf(STDERR_FILENO, "murre: %s: %s%s\n", name, what, detail);
	return status;
}

static int head_read(const char *path, struct head *head)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return 0;

	memset(head, 0, sizeof *head);
	ssize_t length = read(fd, head->text, sizeof head->text - 1);
	int good = length >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
	close(fd);
	if (good) {
		head->length = length;
		head->file_size = info.st_size;
	}
	return good;
}

static int is_elf(const struct head *head)
{
	return head->length >= SELFMAG && memcmp(head->text, ELFMAG, SELFMAG) == 0;
}

/* The program header number i, or NULL where the table leaves the part that was read. */
static const Elf64_Phdr *segment(const struct head *head, unsigned i)
{
	const Elf64_Ehdr *elf = &head->elf;

	if (i >= elf->e_phnum || elf->e_phentsize != sizeof(Elf64_Phdr))
		return NULL;
	if (elf->e_phoff > head->length || head->length - elf->e_phoff < (i + 1) * sizeof(Elf64_Phdr))
		return NULL;
	return (const void *)(head->text + elf->e_phoff + i * sizeof(Elf64_Phdr));
}

static const char *machine_name(int machine)
{
	static const struct { int machine; const char *text; } names[] = {
		{ EM_386, "built for i386, not for this machine" },
		{ EM_X86_64, "built for x86_64, not for this machine" },
		{ EM_ARM, "built for 32-bit ARM, not for this machine" },
		{ EM_AARCH64, "built for aarch64, not for this machine" },
		{ EM_RISCV, "built for RISC-V, not for this machine" },
		{ EM_PPC64, "built for PowerPC64, not for this machine" },
		{ EM_S390, "built for S/390, not for this machine" },
		{ EM_MIPS, "built for MIPS, not for this machine" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].machine == machine)
			return names[i].text;
	return "built for an unknown machine";
}

/* Says what makes an ELF file unfit for this machine before any kernel looks at it; NULL when nothing does. */
static const char *damage_find(const struct head *head)
{
	const Elf64_Ehdr *elf = &head->elf;
	const Elf64_Phdr *part;

	if (!is_elf(head))
		return head->length ? NULL : "the file is empty";
	if (head->length < EI_NIDENT + 4)
		return "truncated ELF file";
	if (elf->e_ident[EI_DATA] != ELFDATA2LSB)
		return "built for a big-endian machine";
	if (elf->e_machine != own_machine)
		return machine_name(elf->e_machine);
	if (elf->e_ident[EI_CLASS] != ELFCLASS64)
		return "not a 64-bit program";
	if (head->length < sizeof *elf)
		return "truncated ELF file";
	if (elf->e_type != ET_EXEC && elf->e_type != ET_DYN)
		return "an ELF file, but not a program";
	if (elf->e_phoff > head->file_size || head->file_size - elf->e_phoff < elf->e_phnum * sizeof(Elf64_Phdr))
		return "truncated ELF file";
	for (unsigned i = 0; (part = segment(head, i)); i++)
		if (part->p_type == PT_LOAD && part->p_filesz &&
		    (part->p_offset > head->file_size || part->p_filesz > head->file_size - part->p_offset))
			return "truncated ELF file";
	return NULL;
}

/* The path that PT_INTERP or a #! line names, closed in place; NULL when there is none. */
static const char *interpreter_find(struct head *head)
{
	const Elf64_Phdr *part;

	if (is_elf(head)) {
		for (unsigned i = 0; (part = segment(head, i)); i++)
			if (part->p_type == PT_INTERP && part->p_offset < head->length)
				return head->text + part->p_offset;
		return NULL;
	}
	if (memcmp(head->text, "#!", 2) != 0)
		return NULL;
	char *path = head->text + 2 + strspn(head->text + 2, " \t");
	path[strcspn(path, " \t\r\n")] = '\0';
	return *path ? path : NULL;
}
