/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stat(2), fstatat(2), statx(2), statfs(2), chmod(2), chown(2), umask(2), access(2), utimensat(2).
 */
#include "fact.h"

#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/statvfs.h>

#define BASIC_STATS 0x7ff

struct statx_time { int64_t seconds; uint32_t nanoseconds; int32_t reserved; };
struct statx_answer {
	uint32_t mask, block_size;
	uint64_t attributes;
	uint32_t links, user, group;
	uint16_t mode, spare;
	uint64_t inode, size, blocks, attributes_mask;
	struct statx_time access, birth, change, modify;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t rest[14];
};

static void fields(void)
{
	struct stat st, before;

	PART("fields");
	file_write("f", "0123456789");
	CALL(stat("f", &st));
	printf("%o %ld %d %d %ld %ld %ld\n", st.st_mode, (long)st.st_nlink, st.st_uid, st.st_gid,
	       (long)st.st_size, (long)st.st_blksize, (long)st.st_blocks);
	CHECK(st.st_ino != 0 && labs(st.st_mtime - time(NULL)) < 5);
	CHECK(st.st_mtim.tv_sec == st.st_ctim.tv_sec && st.st_mtim.tv_nsec == st.st_ctim.tv_nsec);
	before = st;
	sleep_ms(20);
	chmod("f", 0600);
	stat("f", &st);
	CHECK(st.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
	CHECK(st.st_ctim.tv_nsec != before.st_ctim.tv_nsec);
	file_write("f", "new");
	stat("f", &st);
	CHECK(st.st_mtim.tv_nsec != before.st_mtim.tv_nsec);
	CALL(stat("/dev/null", &st));
	printf("%o %d,%d\n", st.st_mode, major(st.st_rdev), minor(st.st_rdev));
	mkdir("d", 0700);
	stat("d", &before);
	sleep_ms(20);
	file_write("d/x", "");
	stat("d", &st);
	CHECK(st.st_mtim.tv_nsec != before.st_mtim.tv_nsec);
	CALL(stat("/proc/self", &st));
	CHECK(S_ISDIR(st.st_mode));
	CALL(lstat("/proc/self", &st));
	CHECK(S_ISLNK(st.st_mode));
}

static void ways_to_ask(void)
{
	struct stat st;
	int fd = open("f", O_RDONLY);

	PART("fstatat");
	symlink("f", "s");
	CALL(fstatat(AT_FDCWD, "s", &st, 0));
	printf("%o\n", st.st_mode);
	CALL(fstatat(AT_FDCWD, "s", &st, AT_SYMLINK_NOFOLLOW));
	printf("%o %ld\n", st.st_mode, (long)st.st_size);
	CALL(fstatat(fd, "", &st, AT_EMPTY_PATH));
	printf("%o\n", st.st_mode);
	CALL(syscall(SYS_newfstatat, fd, "", &st, 0));
	CALL(syscall(SYS_newfstatat, fd, "x", &st, 0));
	CALL(syscall(SYS_newfstatat, AT_FDCWD, "f", &st, 0x40000));
	CALL(syscall(SYS_newfstatat, AT_FDCWD, "f", (void *)16, 0));
	CALL(syscall(SYS_newfstatat, AT_FDCWD, (void *)16, &st, 0));
	CALL(syscall(SYS_fstat, 99, &st));
	CALL(syscall(SYS_fstat, fd, (void *)16));
	CALL(syscall(SYS_newfstatat, AT_FDCWD, "f/", &st, 0));
	CALL(syscall(SYS_newfstatat, AT_FDCWD, "", &st, 0));
	CALL(syscall(SYS_newfstatat, AT_FDCWD, "s/", &st, AT_SYMLINK_NOFOLLOW));
#ifdef SYS_stat
	CALL(syscall(SYS_stat, "f/", &st));
	CALL(syscall(SYS_stat, "", &st));
	CALL(syscall(SYS_lstat, "s/", &st));
#endif
	close(fd);
}

static void extended(void)
{
	struct statx_answer answer = { 0 };

	PART("statx");
	CALL(syscall(SYS_statx, AT_FDCWD, "f", 0, BASIC_STATS, &answer));
	printf("%x %o %d %d %d %ld %ld\n", answer.mask & BASIC_STATS, answer.mode, answer.links,
	       answer.user, answer.group, (long)answer.size, (long)answer.blocks);
	CHECK(answer.inode != 0 && labs(answer.modify.seconds - time(NULL)) < 5);
	CALL(syscall(SYS_statx, AT_FDCWD, "s", AT_SYMLINK_NOFOLLOW, BASIC_STATS, &answer));
	printf("%o\n", answer.mode);
	CALL(syscall(SYS_statx, AT_FDCWD, "/dev/zero", 0, BASIC_STATS, &answer));
	printf("%d,%d\n", answer.rdev_major, answer.rdev_minor);
	CALL(syscall(SYS_statx, AT_FDCWD, "f", 0x10, BASIC_STATS, &answer));
	CALL(syscall(SYS_statx, AT_FDCWD, "f", 0x6000, BASIC_STATS, &answer));
	CALL(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x80000000U, &answer));
	CALL(syscall(SYS_statx, AT_FDCWD, "absent", 0, BASIC_STATS, &answer));
	CALL(syscall(SYS_statx, AT_FDCWD, "f", 0, BASIC_STATS, (void *)16));
	CALL(syscall(SYS_statx, AT_FDCWD, "", 0, BASIC_STATS, &answer));
	CALL(syscall(SYS_statx, 0, "", AT_EMPTY_PATH, BASIC_STATS, &answer));
}

static void modes(void)
{
	struct stat st;
	mode_t old;

	PART("chmod and umask");
	CALL(chmod("f", 06755));
	stat("f", &st);
	printf("%o\n", st.st_mode);
	CALL(chmod("f", 0177777));
	stat("f", &st);
	printf("%o\n", st.st_mode);
	CALL(chmod("absent", 0600));
	CALL(fchmodat(AT_FDCWD, "s", 0640, 0));
	stat("f", &st);
	printf("%o\n", st.st_mode);
	old = umask(0);
	printf("%o\n", old);
	printf("%o\n", umask(07777));
	printf("%o\n", umask(old));
	umask(077);
	mkdir("private", 0777);
	stat("private", &st);
	printf("%o\n", st.st_mode);
	umask(022);
	mkdir("setgid", 0777);
	chown("setgid", 0, 55);
	chmod("setgid", 02777);
	mkdir("setgid/inner", 0777);
	stat("setgid/inner", &st);
	printf("%o %d\n", st.st_mode, st.st_gid);
}

static void owners(void)
{
	struct stat st;

	PART("chown");
	chmod("f", 06755);
	CALL(chown("f", 1000, 1001));
	stat("f", &st);
	printf("%o %d %d\n", st.st_mode, st.st_uid, st.st_gid);
	CALL(chown("f", -1, 5));
	stat("f", &st);
	printf("%d %d\n", st.st_uid, st.st_gid);
	CALL(lchown("s", 7, 8));
	lstat("s", &st);
	printf("%d %d\n", st.st_uid, st.st_gid);
	CALL(fchown(99, 1, 1));
	CALL(fchownat(AT_FDCWD, "f", 0, 0, 0x800));
	CALL(fchownat(AT_FDCWD, "f", 0, 0, 0));
}

static void permissions(void)
{
	PART("permissions");
	chmod("f", 0);
	CALL(access("f", R_OK | W_OK));
	CALL(access("f", X_OK));
	CALL(access("f", 8));
	CALL(access("absent", F_OK));
	file_write("rw", "");
	file_write("noread", "");
	mkdir("closed", 0700);
	mkdir("open", 0777);
	chmod("open", 01777);
	file_write("open/roots", "");
	file_write("closed/f", "");
	chmod("noread", 0620);
	chown("noread", 0, 100);
	chmod(".", 0755);
	IN_CHILD("user 1000", {
		CALL(setgid(100));
		CALL(setuid(1000));
		CALL(open("rw", O_WRONLY));
		CALL(open("rw", O_RDONLY));
		CALL(open("noread", O_RDONLY));
		CALL(open("noread", O_WRONLY));
		CALL(open("noread", O_RDWR));
		CALL(open("closed/f", O_RDONLY));
		CALL(open("new", O_WRONLY | O_CREAT, 0600));
		CALL(open("open/new", O_WRONLY | O_CREAT, 0600));
		CALL(unlink("open/roots"));
		CALL(rename("open/roots", "open/mine"));
		CALL(unlink("open/new"));
		CALL(mkdir("sub", 0700));
		CALL(chdir("closed"));
		CALL(chmod("rw", 0666));
		CALL(chown("rw", 1000, 100));
		CALL(access("closed/f", F_OK));
		CALL(access("rw", W_OK));
		CALL(chroot("."));
		CALL(mknod("dev", S_IFCHR | 0600, makedev(1, 3)));
		CALL(kill(1, SIGTERM));
		CALL(truncate("rw", 0));
		CALL(execl("rw", "rw", NULL));
	});
}

static void times_set(void)
{
	struct timespec both[2] = { { 1000, 5 }, { 2000, 7 } };
	struct timespec keep[2] = { { 0, UTIME_OMIT }, { 3000, 0 } };
	struct timespec bad[2] = { { 0, 1000000000 }, { 0, 0 } };
	struct stat st;

	PART("utimensat");
	CALL(utimensat(AT_FDCWD, "f", both, 0));
	stat("f", &st);
	printf("%ld.%ld %ld.%ld\n", (long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
	       (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	CALL(utimensat(AT_FDCWD, "f", keep, 0));
	stat("f", &st);
	printf("%ld %ld\n", (long)st.st_atim.tv_sec, (long)st.st_mtim.tv_sec);
	CALL(utimensat(AT_FDCWD, "f", bad, 0));
	CALL(utimensat(AT_FDCWD, "absent", both, 0));
	CALL(utimensat(AT_FDCWD, "f", both, 1));
	CALL(utimensat(AT_FDCWD, "s", both, AT_SYMLINK_NOFOLLOW));
	lstat("s", &st);
	printf("%ld\n", (long)st.st_mtim.tv_sec);
	CALL(utimensat(AT_FDCWD, "f", NULL, 0));
	stat("f", &st);
	CHECK(labs(st.st_mtime - time(NULL)) < 5);
}

static void filesystems(void)
{
	struct statfs fs;

	PART("statfs");
	CALL(statfs(".", &fs));
	CHECK(fs.f_type == 0x01021994 && fs.f_bsize == 4096 && fs.f_namelen == 255);
	CALL(statfs("/proc", &fs));
	CHECK(fs.f_type == 0x9fa0);
	CALL(statfs("absent", &fs));
	CALL(fstatfs(99, &fs));
	CALL(syscall(SYS_statfs, ".", (void *)16));
}

int main(void)
{
	fields();
	ways_to_ask();
	extended();
	modes();
	owners();
	permissions();
	times_set();
	filesystems();
	return 0;
}
