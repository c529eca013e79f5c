/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is of this process and its files, as a number that differs when anything does: descriptors, names,
 * mappings, signals, credentials, mounts. Order and times do not count.
 */
#ifndef TESTS_FAULT_STATE_H
#define TESTS_FAULT_STATE_H

#include "plan.h"

static char text[256 << 10];		/* of files in /proc */

/* The whole of a small file, NUL-terminated; its length. */
static size_t file_text(const char *path, char *to, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	while (fd >= 0 && n < cap - 1 && (got = read(fd, to + n, cap - 1 - n)) > 0)
		n += got;
	close(fd);
	to[n] = 0;
	return n;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
	return hash;
}

static uint64_t mix_number(uint64_t hash, uint64_t n) { return mix(hash, &n, sizeof(n)); }

static uint64_t stat_hash(uint64_t hash, const struct stat *st)
{
	hash = mix_number(hash, st->st_mode);
	hash = mix_number(hash, st->st_nlink);
	hash = mix_number(hash, S_ISDIR(st->st_mode) ? 0 : st->st_size);
	hash = mix_number(hash, st->st_blocks);
	return mix_number(mix_number(hash, st->st_uid), st->st_gid);
}

static uint64_t entry_hash(int dir, const char *name);

/* The order of names does not count. */
static uint64_t tree_hash(int dir)
{
	char entries[4096];
	uint64_t sum = 0;
	long n;

	while ((n = syscall(SYS_getdents64, dir, entries, sizeof(entries))) > 0)
		for (long at = 0; at < n; at += *(unsigned short *)(entries + at + 16)) {
			const char *name = entries + at + 19;

			if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
				sum += entry_hash(dir, name);
		}
	return sum;
}

static uint64_t entry_hash(int dir, const char *name)
{
	static char bytes[8192];
	uint64_t hash = mix(1, name, strlen(name));
	struct stat st = {};
	ssize_t n = 0;

	fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);
	hash = stat_hash(hash, &st);
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(dir, name, bytes, sizeof(bytes));
	} else if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) {
		int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW);

		if (S_ISDIR(st.st_mode))
			hash = mix_number(hash, tree_hash(fd));
		else
			n = read(fd, bytes, sizeof(bytes));
		close(fd);
	}
	return mix(hash, bytes, n > 0 ? n : 0);
}

static uint64_t names_hash(void)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY);
	uint64_t hash = tree_hash(fd);
	char where[256];
	mode_t mask = umask(0);

	umask(mask);
	close(fd);
	getcwd(where, sizeof(where));
	return mix_number(mix(hash, where, strlen(where)), mask);
}

static uint64_t fds_hash(void)
{
	uint64_t hash = 2;

	for (int fd = 3; fd < CONTROL; fd++) {
		int flags = fcntl(fd, F_GETFD), waiting = 0;
		struct stat st;

		if (flags < 0 || fstat(fd, &st) != 0)
			continue;
		hash = mix_number(hash, fd);
		hash = mix_number(mix_number(hash, flags), fcntl(fd, F_GETFL));
		hash = mix_number(stat_hash(hash, &st), lseek(fd, 0, SEEK_CUR));
		if (S_ISFIFO(st.st_mode) && ioctl(fd, FIONREAD, &waiting) == 0)
			hash = mix_number(mix_number(hash, waiting), fcntl(fd, F_GETPIPE_SZ));
	}
	return hash;
}

static uint64_t text_hash(const char *path)
{
	return mix(3, text, file_text(path, text, sizeof(text)));
}

static uint64_t signals_hash(void)
{
	uint64_t hash = 4, mask = 0;
	struct sigaction action;
	stack_t stack;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
	hash = mix_number(hash, mask);
	syscall(SYS_rt_sigpending, &mask, 8);
	hash = mix_number(hash, mask);
	for (int n = SIGUSR1; n <= SIGALRM; n++) {
		memset(&action, 0, sizeof(action));
		sigaction(n, NULL, &action);
		hash = mix_number(hash, (uintptr_t)action.sa_handler);
	}
	sigaltstack(NULL, &stack);
	hash = mix_number(mix_number(hash, (uintptr_t)stack.ss_sp), stack.ss_flags);
	for (int n = ITIMER_REAL; n <= ITIMER_PROF; n++) {
		struct itimerval t;

		getitimer(n, &t);
		hash = mix_number(hash, t.it_value.tv_sec || t.it_value.tv_usec);
	}
	return hash;
}

static uint64_t cred_hash(void)
{
	uid_t u[3];
	gid_t g[3], groups[64];
	int n = getgroups(64, groups);

	getresuid(&u[0], &u[1], &u[2]);
	getresgid(&g[0], &g[1], &g[2]);
	return mix(mix(mix(5, u, sizeof(u)), g, sizeof(g)), groups, n > 0 ? n * sizeof(gid_t) : 0);
}

#endif
