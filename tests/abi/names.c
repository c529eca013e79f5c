/* SPDX-License-Identifier: GPL-2.0-only */
/* Names: rename(2), link(2), unlink(2), mkdir(2), rmdir(2), symlink(2), readlink(2), mknod(2). */
#include "fact.h"

#include <sys/sysmacros.h>

static void links(void)
{
	struct stat one, two;

	PART("link");
	file_write("a", "text");
	CALL(link("a", "b"));
	stat("a", &one);
	stat("b", &two);
	CHECK(one.st_ino == two.st_ino && one.st_dev == two.st_dev);
	SHOW(one.st_nlink);
	CALL(link("a", "b"));
	CALL(link("absent", "c"));
	CALL(link("a", "absent/c"));
	CALL(link(".", "c"));
	CALL(link("a", "/dev/c"));
	CALL(symlink("a", "s"));
	CALL(link("s", "t"));
	CALL(lstat("t", &one));
	CHECK(S_ISLNK(one.st_mode));
	CALL(linkat(AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW));
	CALL(lstat("u", &one));
	SHOW(one.st_nlink);
	CALL(linkat(AT_FDCWD, "s", AT_FDCWD, "w", 1));
	CALL(unlink("a"));
	CALL(unlink("a"));
	CALL(stat("b", &one));
	SHOW(one.st_nlink);
	CALL(stat("s", &one));
	CALL(unlink("t"));
	CALL(unlink("u"));
}

static void removal(void)
{
	char byte = 0;
	int fd;

	PART("removal");
	CALL(mkdir("d", 0755));
	CALL(mkdir("d", 0755));
	CALL(mkdir("d/", 0755));
	CALL(mkdir("e/", 0755));
	CALL(mkdir("absent/e", 0755));
	CALL(mkdir("b/e", 0755));
	CALL(mkdir("", 0755));
	CALL(unlink("d"));
	CALL(rmdir("b"));
	file_write("d/f", "x");
	CALL(rmdir("d"));
	CALL(rmdir("d/."));
	CALL(rmdir("d/.."));
	CALL(rmdir("/"));
	CALL(rmdir("absent"));
	CALL(unlink("d/f/"));
	CALL(unlinkat(AT_FDCWD, "d", 0));
	CALL(unlinkat(AT_FDCWD, "b", AT_REMOVEDIR));
	CALL(unlinkat(AT_FDCWD, "d", 1));
	fd = CALL(open("d/f", O_RDONLY));
	CALL(unlink("d/f"));
	CALL(read(fd, &byte, 1));
	SHOW(byte);
	struct stat st;
	fstat(fd, &st);
	SHOW(st.st_nlink);
	close(fd);
	CALL(rmdir("d"));
	CALL(rmdir("e"));
	struct stat up;
	stat(".", &up);
	SHOW(up.st_nlink);
	mkdir("x", 0700);
	mkdir("x/y", 0700);
	stat("x", &up);
	SHOW(up.st_nlink);
	CALL(rmdir("x"));
	rmdir("x/y");
	CALL(rmdir("x"));
}

static void renaming(void)
{
	struct stat st;

	PART("rename");
	file_write("one", "1");
	file_write("two", "22");
	CALL(rename("one", "two"));
	CALL(stat("two", &st));
	SHOW(st.st_size);
	CALL(access("one", F_OK));
	CALL(rename("one", "two"));
	CALL(rename("two", "two"));
	CALL(mkdir("dir", 0755));
	CALL(mkdir("dir/sub", 0755));
	CALL(rename("two", "dir"));
	CALL(rename("dir", "two"));
	CALL(rename("dir", "dir/sub/x"));
	CALL(rename("dir/sub", "dir"));
	CALL(rename("two", "dir/sub/two"));
	CALL(rename("dir/sub/two", "two"));
	CALL(mkdir("empty", 0755));
	CALL(rename("empty", "dir/sub"));
	CALL(rename("dir", "empty/"));
	CALL(rename("two", "three/"));
	CALL(rename(".", "x"));
	CALL(rename("empty/..", "x"));
	CALL(rename("absent/x", "y"));
	CALL(rename("two", "/dev/two"));
	CALL(link("two", "same"));
	CALL(rename("two", "same"));
	CALL(access("two", F_OK));
	CALL(syscall(SYS_renameat2, AT_FDCWD, "two", AT_FDCWD, "same", 1));
	CALL(syscall(SYS_renameat2, AT_FDCWD, "two", AT_FDCWD, "fresh", 1));
	file_write("left", "L");
	file_write("right", "right");
	CALL(syscall(SYS_renameat2, AT_FDCWD, "left", AT_FDCWD, "right", 2));
	CALL(stat("left", &st));
	SHOW(st.st_size);
	CALL(syscall(SYS_renameat2, AT_FDCWD, "left", AT_FDCWD, "absent", 2));
	CALL(syscall(SYS_renameat2, AT_FDCWD, "left", AT_FDCWD, "right", 3));
	CALL(syscall(SYS_renameat2, AT_FDCWD, "left", AT_FDCWD, "right", 64));
	symlink("left", "soft");
	CALL(rename("soft", "moved"));
	CALL(lstat("moved", &st));
	CHECK(S_ISLNK(st.st_mode));
}

static void symbolic_links(void)
{
	char text[64] = "", longest[PATH_MAX + 1];
	struct stat st;

	PART("symlink");
	CALL(symlink("target/of/link", "sl"));
	CALL(readlink("sl", text, sizeof(text)));
	printf("%s\n", text);
	memset(text, 0, sizeof(text));
	CALL(readlink("sl", text, 6));
	printf("%s\n", text);
	CALL(syscall(SYS_readlinkat, AT_FDCWD, "sl", text, 0));
	CALL(readlink("left", text, 6));
	CALL(readlink("absent", text, 6));
	CALL(readlink("sl", (char *)16, 6));
	CALL(readlinkat(AT_FDCWD, "", text, 6));
	CALL(symlink("x", "sl"));
	CALL(symlink("", "empty target"));
	CALL(symlink("x", "absent/x"));
	memset(longest, 'l', PATH_MAX);
	longest[PATH_MAX] = 0;
	CALL(symlink(longest, "toolong"));
	longest[PATH_MAX - 1] = 0;
	CALL(symlink(longest, "justfits"));
	CALL(lstat("sl", &st));
	SHOW(st.st_size);
	printf("%o\n", st.st_mode);
	for (int i = 0; i < 45; i++) {
		char name[16], next[16];
		snprintf(name, sizeof(name), "chain%d", i);
		snprintf(next, sizeof(next), i ? "chain%d" : "left", i - 1);
		symlink(next, name);
	}
	CALL(access("chain39", F_OK));
	CALL(access("chain40", F_OK));
}

static void special_files(void)
{
	struct stat st;
	char byte = 'x';
	int fd;

	PART("mknod");
	CALL(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	CALL(stat("null", &st));
	printf("%o %d,%d\n", st.st_mode, major(st.st_rdev), minor(st.st_rdev));
	fd = CALL(open("null", O_RDWR));
	CALL(write(fd, "x", 1));
	CALL(read(fd, &byte, 1));
	close(fd);
	CALL(mknod("nothing", S_IFCHR | 0600, makedev(250, 250)));
	CALL(open("nothing", O_RDONLY));
	CALL(mknod("plain", S_IFREG | 0600, 0));
	CALL(stat("plain", &st));
	printf("%o\n", st.st_mode);
	CALL(mknod("zero", 0600, 0));
	CALL(mknod("folder", S_IFDIR | 0600, 0));
	CALL(mknod("pipe", S_IFIFO | 0600, 0));
	CALL(mknod("pipe", S_IFIFO | 0600, 0));
	CALL(mknod("sock", S_IFSOCK | 0600, 0));
	CALL(open("sock", O_RDONLY));
}

int main(void)
{
	links();
	removal();
	renaming();
	symbolic_links();
	special_files();
	return 0;
}
