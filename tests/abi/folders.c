/* SPDX-License-Identifier: GPL-2.0-only */
/* Folders: getdents64(2), seeking in them, getcwd(2), chdir(2), chroot(2), path walking. */
#include "fact.h"

#include <dirent.h>

static int by_name(const void *one, const void *two)
{
	return strcmp(*(char *const *)one, *(char *const *)two);
}

static void list(const char *path)
{
	char *names[300];
	int count = 0;
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir)) && count < 299) {
		char *name = malloc(strlen(entry->d_name) + 4);
		sprintf(name, "%s %d", entry->d_name, entry->d_type);
		names[count++] = name;
	}
	closedir(dir);
	qsort(names, count, sizeof(names[0]), by_name);
	for (int i = 0; i < count; i++)
		printf("%s: %s\n", path, names[i]);
}

static void entries(void)
{
	PART("entries");
	mkdir("d", 0755);
	list("d");
	file_write("d/file", "");
	mkdir("d/sub", 0755);
	symlink("x", "d/link");
	mkfifo("d/fifo", 0600);
	list("d");
	struct stat st;
	DIR *dir = opendir("d");
	struct dirent *entry;
	while ((entry = readdir(dir)))
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    strcmp(entry->d_name, "..") != 0)
			printf("%d", st.st_ino == entry->d_ino);
	printf("\n");
	closedir(dir);
}

static void many_entries(void)
{
	char name[32];
	struct dirent *entry;
	int count = 0, sum = 0, removed = 0;

	PART("many");
	mkdir("many", 0755);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
	DIR *dir = opendir("many");
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			count++, sum += atoi(entry->d_name);
	SHOW(count);
	SHOW(sum);
	rewinddir(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			removed += unlinkat(dirfd(dir), entry->d_name, 0) == 0;
	SHOW(removed);
	rewinddir(dir);
	count = 0;
	while (readdir(dir))
		count++;
	SHOW(count);
	closedir(dir);
	CALL(rmdir("many"));
}

static void seeking(void)
{
	char first[64] = "", again[64] = "";
	DIR *dir = opendir("d");

	PART("telldir");
	readdir(dir);
	long where = telldir(dir);
	strcpy(first, readdir(dir)->d_name);
	while (readdir(dir))
		;
	seekdir(dir, where);
	strcpy(again, readdir(dir)->d_name);
	CHECK(strcmp(first, again) == 0);
	closedir(dir);
}

static void raw_calls(void)
{
	char buffer[1024];
	int dir, file;

	PART("getdents64");
	dir = CALL(open("d", O_RDONLY));
	file = CALL(open("d/file", O_RDONLY));
	CALL(syscall(SYS_getdents64, file, buffer, sizeof(buffer)));
	CALL(syscall(SYS_getdents64, 99, buffer, sizeof(buffer)));
	CALL(syscall(SYS_getdents64, dir, buffer, 1));
	CALL(syscall(SYS_getdents64, dir, (void *)16, sizeof(buffer)));
	CALL(syscall(SYS_getdents64, dir, buffer, sizeof(buffer)) > 0);
	CALL(syscall(SYS_getdents64, dir, buffer, sizeof(buffer)));
	CALL(lseek(dir, 0, SEEK_SET));
	CALL(syscall(SYS_getdents64, dir, buffer, sizeof(buffer)) > 0);
	close(file);
	close(dir);
	mkdir("gone", 0700);
	dir = CALL(open("gone", O_RDONLY));
	rmdir("gone");
	CALL(syscall(SYS_getdents64, dir, buffer, sizeof(buffer)));
	close(dir);
}

static void working_folder(void)
{
	char start[PATH_MAX], path[PATH_MAX];

	PART("getcwd and chdir");
	CHECK(getcwd(start, sizeof(start)) == start);
	CALL(chdir("d/sub"));
	CHECK(strcmp(strrchr(getcwd(path, sizeof(path)), '/'), "/sub") == 0);
	CALL(syscall(SYS_getcwd, path, 3));
	CALL(syscall(SYS_getcwd, path, PATH_MAX) == (long)strlen(path) + 1);
	CALL(syscall(SYS_getcwd, (void *)16, 400));
	CALL(chdir(".."));
	CALL(access("sub", F_OK));
	CALL(chdir("file"));
	CALL(chdir("absent"));
	CALL(chdir(""));
	CALL(chdir("link"));
	int fd = CALL(open("sub", O_RDONLY | O_DIRECTORY));
	CALL(fchdir(fd));
	CALL(fchdir(99));
	close(fd);
	fd = open("../file", O_RDONLY);
	CALL(fchdir(fd));
	close(fd);
	CALL(rmdir("../sub"));
	CALL(syscall(SYS_getcwd, path, PATH_MAX));
	CALL(open("x", O_CREAT | O_WRONLY, 0600));
	CALL(access(".", F_OK));
	CALL(access("..", F_OK));
	CALL(chdir(start));
	CALL(chdir("/"));
	printf("%s\n", getcwd(path, sizeof(path)));
	CALL(chdir("/.."));
	printf("%s\n", getcwd(path, sizeof(path)));
	CALL(chdir("//"));
	printf("%s\n", getcwd(path, sizeof(path)));
	CALL(chdir(start));
}

static void deep_paths(void)
{
	char part[201], path[PATH_MAX + 300] = "";

	PART("depth");
	memset(part, 'p', 200);
	part[200] = 0;
	int levels = 0, back;
	char start[PATH_MAX];
	getcwd(start, sizeof(start));
	for (; levels < 30; levels++)
		if (mkdir(part, 0700) || chdir(part))
			break;
	SHOW(levels);
	CHECK(syscall(SYS_getcwd, path, PATH_MAX) == -1 && errno == ENAMETOOLONG);
	CALL(syscall(SYS_getcwd, path, sizeof(path)));
	for (back = 0; back < levels; back++)
		if (chdir("..") || rmdir(part))
			break;
	SHOW(back);
	CHECK(strcmp(getcwd(path, sizeof(path)), start) == 0);
	for (int i = 0; i < 1000; i++)
		strcat(path, "/./");
	CALL(access(path, F_OK));
}

static void other_roots(void)
{
	char path[PATH_MAX];

	PART("chroot");
	mkdir("root", 0755);
	mkdir("root/inner", 0755);
	file_write("root/inner/f", "x");
	symlink("/inner/f", "root/abs");
	IN_CHILD("child", {
		CALL(chroot("root/inner/f"));
		CALL(chroot("absent"));
		CALL(chroot("root"));
		CALL(chdir("/"));
		printf("%s\n", getcwd(path, sizeof(path)));
		CALL(access("/inner/f", F_OK));
		CALL(access("/../../inner/f", F_OK));
		CALL(access("/abs", F_OK));
		CALL(access("/tests", F_OK));
	});
}

int main(void)
{
	entries();
	many_entries();
	seeking();
	raw_calls();
	working_folder();
	deep_paths();
	other_roots();
	return 0;
}
