/* SPDX-License-Identifier: GPL-2.0-only */
/* Failures in calls on names and attributes: open(2), mkdir(2), rename(2), link(2), stat(2) and their kin. */
#include "walk.h"
#include <sys/file.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

static void file_make(const char *name, const char *bytes)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	write(fd, bytes, strlen(bytes));
	close(fd);
}

static void fd_drop(long fd)
{
	if (fd >= 0)
		close(fd);
}

static void make_a(void) { file_make("a", "contents of a"); }
static void remove_a(long result) { unlink("a"); }
static void make_two(void) { make_a(); file_make("b", "b's"); }
static void remove_two(long result) { unlink("a"); unlink("b"); }
static void make_dir(void) { mkdir("d", 0755); }
static void remove_dir(long result) { rmdir("d"); }
static void remove_b_a(long result) { unlink("b"); unlink("a"); }

static long run_creat(void) { return CALL(open("a", O_RDWR | O_CREAT | O_EXCL, 0600)); }
static void undo_creat(long fd) { fd_drop(fd); unlink("a"); }
static long run_open(void) { return CALL(open("a", O_RDWR)); }
static void undo_open(long fd) { fd_drop(fd); unlink("a"); }
static long run_open_trunc(void) { return CALL(open("a", O_RDWR | O_TRUNC)); }
static long run_tmpfile(void) { return CALL(open(".", O_TMPFILE | O_RDWR, 0600)); }
static void undo_fd(long fd) { fd_drop(fd); }
static long run_open_path(void) { return CALL(open("a", O_PATH | O_NOFOLLOW)); }

static long run_mkdir(void) { return CALL(mkdir("d", 0755)); }
static long run_rmdir(void) { return CALL(rmdir("d")); }
static long run_mknod(void) { return CALL(mknod("a", S_IFIFO | 0600, 0)); }
static long run_device(void) { return CALL(mknod("a", S_IFCHR | 0600, makedev(1, 3))); }

static long run_rename(void) { return CALL(rename("a", "b")); }
static long run_rename_over(void) { return CALL(rename("a", "b")); }
static void make_across(void) { make_a(); make_dir(); }
static long run_rename_across(void) { return CALL(rename("a", "d/a")); }
static void undo_across(long result) { unlink("a"); unlink("d/a"); rmdir("d"); }
static long run_exchange(void) { return CALL(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 2)); }
static void make_dir_move(void) { mkdir("d", 0755); mkdir("e", 0755); make_a(); rename("a", "d/a"); }
static long run_dir_move(void) { return CALL(rename("d", "e/d")); }
static void undo_dir_move(long result)
{
	unlink("d/a");
	unlink("e/d/a");
	rmdir("d");
	rmdir("e/d");
	rmdir("e");
}

static long run_link(void) { return CALL(link("a", "b")); }
static long run_symlink(void) { return CALL(symlink("where/it/leads", "a")); }
static long run_symlink_long(void)
{
	memset(arena.bytes, 'x', 3000);
	arena.bytes[3000] = 0;
	return CALL(symlink(arena.bytes, "a"));
}
static void make_symlink(void) { symlink("where/it/leads", "a"); }
static long run_readlink(void) { return CALL(readlink("a", arena.bytes, 100)); }
static long run_unlink(void) { return CALL(unlink("a")); }
static void make_chain(void) { mkdir("d", 0755); symlink("d/../d/../d", "a"); file_make("d/deep", "x"); }
static long run_chain(void) { return CALL(open("a/../a/deep", O_RDONLY)); }
static void undo_chain(long fd) { fd_drop(fd); unlink("d/deep"); unlink("a"); rmdir("d"); }
static long run_missing(void)
{
	static unsigned count;
	char name[32];

	/* A name that nobody has asked for yet. */
	snprintf(name, sizeof(name), "missing%u", count++ % 64);
	long result = CALL(access(name, F_OK));
	return result == -ENOENT ? 0 : result;
}

static long run_chmod(void) { return CALL(chmod("a", 0400)); }
static long run_chown(void) { return CALL(chown("a", 12, 34)); }
static long run_utimens(void)
{
	static const struct timespec times[2] = { { 1, 2 }, { 3, 4 } };

	return CALL(utimensat(AT_FDCWD, "a", times, 0));
}
static long run_truncate_up(void) { return CALL(truncate("a", 100000)); }
static long run_truncate_down(void) { return CALL(truncate("a", 3)); }
static long run_stat(void) { return CALL(stat("a", (struct stat *)arena.bytes)); }
static long run_statx(void) { return CALL(syscall(SYS_statx, AT_FDCWD, "a", 0, 0x7ff, arena.bytes)); }
static long run_statfs(void) { return CALL(statfs(".", (struct statfs *)arena.bytes)); }
static long run_faccess(void) { return CALL(syscall(SYS_faccessat2, AT_FDCWD, "a", R_OK, AT_EACCESS)); }
static long run_getcwd(void) { return CALL(syscall(SYS_getcwd, arena.bytes, 4096)); }
static long run_chdir(void) { return CALL(chdir("d")); }
static void undo_chdir(long result)
{
	if (result >= 0)
		chdir("..");
	rmdir("d");
}

static int dir_fd;
static void make_many(void)
{
	mkdir("d", 0755);
	for (int i = 0; i < 20; i++) {
		snprintf(arena.path, sizeof(arena.path), "d/file%d", i);
		file_make(arena.path, "");
	}
	dir_fd = open("d", O_RDONLY | O_DIRECTORY);
}
static long run_getdents(void) { return CALL(syscall(SYS_getdents64, dir_fd, arena.bytes, 300)); }
static void undo_many(long result)
{
	for (int i = 0; i < 20; i++) {
		snprintf(arena.path, sizeof(arena.path), "d/file%d", i);
		unlink(arena.path);
	}
	close(dir_fd);
	rmdir("d");
}

static int lock_fd;
static void make_lock(void) { make_a(); lock_fd = open("a", O_RDWR); }
static void undo_lock(long result) { close(lock_fd); unlink("a"); }
static long run_flock(void) { return CALL(flock(lock_fd, LOCK_EX)); }
static long run_posix_lock(void)
{
	static struct flock whole = { .l_type = F_WRLCK }, hole = { .l_type = F_UNLCK, .l_start = 10, .l_len = 10 };
	long result = CALL(fcntl(lock_fd, F_SETLK, &whole));

	if (result < 0)
		return result;
	result = CALL(fcntl(lock_fd, F_SETLK, &hole));
	return result;
}
static long run_get_lock(void)
{
	static struct flock asked;

	asked = (struct flock){ .l_type = F_WRLCK };
	return CALL(fcntl(lock_fd, F_GETLK, &asked));
}

static void make_unnamed(void) { lock_fd = open(".", O_TMPFILE | O_RDWR, 0600); }
static long run_link_unnamed(void)
{
	snprintf(arena.path, sizeof(arena.path), "/proc/self/fd/%d", lock_fd);
	return CALL(linkat(AT_FDCWD, arena.path, AT_FDCWD, "a", AT_SYMLINK_FOLLOW));
}

static const struct step steps[] = {
	{ "creat", NULL, run_creat, undo_creat, { ENOMEM }, {}, NAMES },
	{ "open", make_a, run_open, undo_open, { ENOMEM }, {}, NAMES },
	{ "open O_TRUNC", make_a, run_open_trunc, undo_open, { ENOMEM }, {}, NAMES },
	{ "open O_TMPFILE", NULL, run_tmpfile, undo_fd, { ENOMEM }, {}, NAMES },
	{ "open O_PATH", make_a, run_open_path, undo_open, { ENOMEM }, {}, NAMES },
	{ "mkdir", NULL, run_mkdir, remove_dir, { ENOMEM }, {}, NAMES },
	{ "rmdir", make_dir, run_rmdir, remove_dir, { ENOMEM }, {}, NAMES },
	{ "mknod FIFO", NULL, run_mknod, remove_a, { ENOMEM }, {}, NAMES },
	{ "mknod device", NULL, run_device, remove_a, { ENOMEM }, {}, NAMES },
	{ "rename", make_a, run_rename, remove_b_a, { ENOMEM }, {}, NAMES },
	{ "rename over", make_two, run_rename_over, remove_two, { ENOMEM }, {}, NAMES },
	{ "rename across", make_across, run_rename_across, undo_across, { ENOMEM }, {}, NAMES },
	{ "rename exchange", make_two, run_exchange, remove_two, { ENOMEM }, {}, NAMES },
	{ "rename directory", make_dir_move, run_dir_move, undo_dir_move, { ENOMEM }, {}, NAMES },
	{ "link", make_a, run_link, remove_two, { ENOMEM }, {}, NAMES },
	{ "link unnamed", make_unnamed, run_link_unnamed, undo_lock, { ENOMEM }, {}, NAMES },
	{ "symlink", NULL, run_symlink, remove_a, { ENOMEM }, {}, NAMES },
	{ "symlink long", NULL, run_symlink_long, remove_a, { ENOMEM }, {}, NAMES },
	{ "readlink", make_symlink, run_readlink, remove_a, { ENOMEM }, {}, NAMES },
	{ "unlink", make_a, run_unlink, remove_a, { ENOMEM }, {}, NAMES },
	{ "lookup through links", make_chain, run_chain, undo_chain, { ENOMEM }, {}, NAMES },
	{ "lookup of nothing", NULL, run_missing, NULL, { ENOMEM }, {}, NAMES },
	{ "chmod", make_a, run_chmod, remove_a, { ENOMEM }, {}, NAMES },
	{ "chown", make_a, run_chown, remove_a, { ENOMEM }, {}, NAMES },
	{ "utimensat", make_a, run_utimens, remove_a, { ENOMEM }, {}, NAMES },
	{ "truncate up", make_a, run_truncate_up, remove_a, { ENOMEM }, {}, NAMES },
	{ "truncate down", make_a, run_truncate_down, remove_a, { ENOMEM }, {}, NAMES },
	{ "stat", make_a, run_stat, remove_a, { ENOMEM }, {}, NAMES },
	{ "statx", make_a, run_statx, remove_a, { ENOMEM }, {}, NAMES },
	{ "statfs", NULL, run_statfs, NULL, { ENOMEM }, {}, NAMES },
	{ "faccessat2", make_a, run_faccess, remove_a, { ENOMEM }, {}, NAMES },
	{ "getcwd", NULL, run_getcwd, NULL, { ENOMEM }, {}, NAMES },
	{ "chdir", make_dir, run_chdir, undo_chdir, { ENOMEM }, {}, NAMES },
	{ "getdents", make_many, run_getdents, undo_many, { ENOMEM }, {}, NAMES },
	{ "flock", make_lock, run_flock, undo_lock, { ENOLCK, ENOMEM }, {}, NAMES },
	{ "fcntl F_SETLK", make_lock, run_posix_lock, undo_lock, { ENOLCK, ENOMEM }, {}, NAMES },
	{ "fcntl F_GETLK", make_lock, run_get_lock, undo_lock, { ENOLCK, ENOMEM }, {}, NAMES },
};

int main(int argc, char **argv) { return walk(steps, ARRAY_SIZE(steps), argv); }
