/* SPDX-License-Identifier: GPL-2.0-only */
/* open(2) and openat(2): flags, modes and every errno a plain tree can give. */
#include "fact.h"

static void flags_decide_what_is_made(void)
{
	struct stat st;

	PART("creation");
	CALL(open("new", O_RDONLY));
	CALL(close(open("new", O_RDWR | O_CREAT, 0640)));
	CALL(open("new", O_RDWR | O_CREAT | O_EXCL, 0640));
	CALL(stat("new", &st));
	printf("mode %o\n", st.st_mode);
	CALL(close(open("wide", O_WRONLY | O_CREAT, 07777)));
	CALL(stat("wide", &st));
	printf("mode %o\n", st.st_mode);
	file_write("new", "hello");
	CALL(close(open("new", O_WRONLY)));
	CALL(stat("new", &st));
	SHOW(st.st_size);
	CALL(close(open("new", O_WRONLY | O_TRUNC)));
	CALL(stat("new", &st));
	SHOW(st.st_size);
	file_write("new", "hello");
	CALL(close(open("new", O_RDONLY | O_TRUNC)));
	CALL(stat("new", &st));
	SHOW(st.st_size);
}

static void paths_fail_as_documented(void)
{
	char longest[NAME_MAX + 2], path[PATH_MAX + 8];

	PART("path errors");
	memset(longest, 'n', sizeof(longest));
	longest[NAME_MAX + 1] = 0;
	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = 0;
	CALL(open(longest, O_RDONLY));
	longest[NAME_MAX] = 0;
	CALL(open(longest, O_RDONLY));
	CALL(open(path, O_RDONLY));
	CALL(open("", O_RDONLY));
	CALL(open("new/x", O_RDONLY));
	CALL(open("new/", O_RDONLY));
	CALL(open("missing/", O_WRONLY | O_CREAT, 0600));
	CALL(open("missing/x", O_WRONLY | O_CREAT, 0600));
	CALL(open(".", O_WRONLY));
	CALL(open(".", O_RDWR));
	CALL(open(".", O_RDONLY | O_CREAT, 0600));
	CALL(open("new", O_RDONLY | O_DIRECTORY));
	CALL(open(NULL, O_RDONLY));
	CALL(open((char *)-4096, O_RDONLY));
}

static void links_are_followed(void)
{
	PART("links");
	CALL(symlink("loop", "loop"));
	CALL(symlink("new", "link"));
	CALL(symlink("absent", "dangling"));
	CALL(symlink(".", "dot"));
	CALL(open("loop", O_RDONLY));
	CALL(open("link", O_RDONLY | O_NOFOLLOW));
	CALL(close(open("link", O_RDONLY)));
	CALL(close(open("dot/dot/dot/new", O_RDONLY)));
	CALL(open("dangling", O_RDONLY));
	CALL(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600));
	CALL(close(open("dangling", O_WRONLY | O_CREAT, 0600)));
	CALL(access("absent", F_OK));
	CALL(open("dot", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
	CALL(close(open("dot/.", O_RDONLY | O_NOFOLLOW | O_DIRECTORY)));
}

static void openat_takes_a_folder(void)
{
	int dir, file;

	PART("openat");
	CALL(mkdir("d", 0755));
	file_write("d/f", "in d");
	dir = CALL(open("d", O_RDONLY | O_DIRECTORY));
	file = CALL(openat(dir, "f", O_RDONLY));
	CALL(openat(file, "f", O_RDONLY));
	CALL(openat(99, "f", O_RDONLY));
	CALL(openat(-1, "f", O_RDONLY));
	CALL(close(openat(99, "/", O_RDONLY)));
	CALL(close(openat(AT_FDCWD, "d/f", O_RDONLY)));
	CALL(openat(dir, "", O_RDONLY));
	CALL(close(openat(dir, "../new", O_RDONLY)));
	CALL(unlink("d/f"));
	CALL(rmdir("d"));
	CALL(openat(dir, "f", O_WRONLY | O_CREAT, 0600));
	CALL(close(openat(dir, ".", O_RDONLY)));
	close(dir);
	close(file);
}

static void o_path_only_names(void)
{
	char byte;
	int fd;

	PART("O_PATH");
	fd = CALL(open("new", O_PATH));
	CALL(read(fd, &byte, 1));
	CALL(write(fd, &byte, 1));
	CALL(fchmod(fd, 0600));
	CALL(lseek(fd, 0, SEEK_SET));
	CALL(close(fd));
	fd = CALL(open("link", O_PATH | O_NOFOLLOW));
	struct stat st;
	CALL(fstat(fd, &st));
	CHECK(S_ISLNK(st.st_mode));
	CALL(close(fd));
}

static void tmpfile_has_no_name(void)
{
	char text[8] = "";
	int fd;

	PART("O_TMPFILE");
	CALL(open(".", O_TMPFILE | O_RDONLY, 0600));
	CALL(open("new", O_TMPFILE | O_RDWR, 0600));
	fd = CALL(open(".", O_TMPFILE | O_RDWR, 0600));
	CALL(write(fd, "abc", 3));
	CALL(pread(fd, text, 3, 0));
	CHECK(strcmp(text, "abc") == 0);
	CALL(close(fd));
}

static void access_modes_are_kept(void)
{
	char byte = 'x';
	int fd;

	PART("access modes");
	fd = CALL(open("new", O_RDONLY));
	CALL(write(fd, &byte, 1));
	CALL(ftruncate(fd, 0));
	CALL(close(fd));
	fd = CALL(open("new", O_WRONLY));
	CALL(read(fd, &byte, 1));
	CALL(close(fd));
	CALL(close(fd));
	CALL(close(-1));
	fd = CALL(creat("made", 0444));
	CALL(write(fd, "y", 1));
	CALL(close(fd));
	fd = CALL(open("new", O_WRONLY | O_APPEND));
	SHOW(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
	CALL(close(fd));
}

int main(void)
{
	flags_decide_what_is_made();
	paths_fail_as_documented();
	links_are_followed();
	openat_takes_a_folder();
	o_path_only_names();
	tmpfile_has_no_name();
	access_modes_are_kept();
	return 0;
}
