/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc and /dev as programs read them: the shape of each file, the links, the devices. */
#include "fact.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>

static char text[65536];

static const char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t total = 0, got;

	memset(text, 0, sizeof(text));
	if (fd == -1)
		return fact_errno(errno);
	while (total < (ssize_t)sizeof(text) - 1 &&
	       (got = read(fd, text + total, sizeof(text) - 1 - total)) > 0)
		total += got;
	close(fd);
	return text;
}

static int has_line(const char *path, const char *start)
{
	const char *at = slurp(path);

	for (; at; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
		if (strncmp(at, start, strlen(start)) == 0)
			return 1;
	return 0;
}

static void own_process(void)
{
	char path[PATH_MAX] = "", where[PATH_MAX] = "";
	int pid, parent, group, session;
	char name[64], state;

	PART("self");
	prctl(PR_SET_NAME, "a (b) c");
	sscanf(slurp("/proc/self/stat"), "%d", &pid);
	CHECK(pid == getpid());
	char *after = strrchr(text, ')');
	sscanf(after, ") %c %d %d %d", &state, &parent, &group, &session);
	sscanf(strchr(text, '('), "(%63[^\n]", name);
	printf("%.7s %c\n", name, state);
	CHECK(parent == getppid() && group == getpgrp() && session == getsid(0));
	int fields = 2;
	for (char *at = after; *at; at++)
		fields += *at == ' ';
	SHOW(fields);
	printf("comm %s", slurp("/proc/self/comm"));
	CHECK(has_line("/proc/self/status", "Name:\ta (b) c\n"));
	CHECK(has_line("/proc/self/status", "State:\tR (running)\n"));
	CHECK(has_line("/proc/self/status", "Uid:\t0\t0\t0\t0\n"));
	CHECK(has_line("/proc/self/status", "Threads:\t1\n"));
	CHECK(has_line("/proc/self/status", "VmRSS:\t"));
	CHECK(has_line("/proc/self/status", "PPid:\t"));
	CHECK(has_line("/proc/self/status", "SigBlk:\t0000000000000000\n"));
	CHECK(readlink("/proc/self/exe", path, sizeof(path)) > 0 && path[0] == '/');
	getcwd(where, sizeof(where));
	memset(path, 0, sizeof(path));
	CHECK(readlink("/proc/self/cwd", path, sizeof(path)) > 0 && strcmp(path, where) == 0);
	CHECK(readlink("/proc/self", path, sizeof(path)) > 0 && atoi(path) == getpid());
	CALL(readlink("/proc/self/root", path, sizeof(path)));
	CALL(readlink("/proc/999999/exe", path, sizeof(path)));
}

static void command_line_and_environment(void)
{
	PART("cmdline, environ, statm");
	IN_CHILD("child", execle("/proc/self/exe", "first", "second", NULL,
				 (char *[]){ "V=1", NULL }));
	long pages = 0, resident = 0;
	sscanf(slurp("/proc/self/statm"), "%ld %ld", &pages, &resident);
	CHECK(pages > 0 && resident > 0 && resident <= pages);
}

static void told_by_exec(void)
{
	slurp("/proc/self/cmdline");
	printf("%s %s\n", text, text + strlen(text) + 1);
	printf("%s\n", slurp("/proc/self/environ"));
}

static void descriptors(void)
{
	char target[64] = "";
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	struct dirent *entry;
	char byte;

	PART("fd");
	symlink("/proc/self/fd/3", "again");
	write(fd, "hello", 5);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", fd);
	int again = CALL(open(target, O_RDONLY));
	CALL(read(again, &byte, 1));
	unlink("f");
	char where[PATH_MAX] = "";
	readlink(target, where, sizeof(where));
	CHECK(strlen(where) > 10 && strcmp(where + strlen(where) - 10, " (deleted)") == 0);
	int reopened = CALL(open(target, O_RDONLY));
	CALL(read(reopened, &byte, 1));
	close(again);
	close(reopened);
	int count = 0;
	DIR *dir = opendir("/proc/self/fd");
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	SHOW(count);
	closedir(dir);
	CALL(access("/proc/self/fd/99", F_OK));
	CALL(close(open("/dev/fd/3", O_RDONLY)));
	char fdinfo[64];
	snprintf(fdinfo, sizeof(fdinfo), "/proc/self/fdinfo/%d", fd);
	CHECK(has_line(fdinfo, "pos:\t5\n"));
	char flags[64];
	/* A 64-bit program's open is always that of a large file; musl's header says so, too. */
	snprintf(flags, sizeof(flags), "flags:\t0%o\n", O_RDWR | O_LARGEFILE);
	CHECK(has_line(fdinfo, flags));
	close(fd);
}

static void maps(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long first, last;
	char rights[8];
	int found = 0, ordered = 1;
	unsigned long previous = 0;

	PART("maps");
	mprotect(page, 4096, PROT_READ);
	slurp("/proc/self/maps");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "%lx-%lx %7s", &first, &last, rights) != 3)
			continue;
		ordered &= first >= previous && last > first;
		previous = last;
		if (first == (unsigned long)page)
			printf("%s, %ld bytes\n", rights, last - first), found = 1;
		if (strstr(line, "[stack]") || strstr(line, "[heap]"))
			printf("%s %s\n", rights, strchr(line, '['));
	}
	CHECK(found && ordered);
}

static void others(void)
{
	int p[2];
	char path[64], byte;

	PART("other processes");
	pipe(p);
	pid_t child = fork();
	if (child == 0) {
		close(p[1]);
		read(p[0], &byte, 1);
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	char state = '?';
	for (int i = 0; i < 500 && state != 'S'; i++, sleep_ms(1))
		sscanf(strrchr(slurp(path), ')'), ") %c", &state);
	printf("%c\n", state);
	kill(child, SIGSTOP);
	waitpid(child, NULL, WUNTRACED);
	sscanf(strrchr(slurp(path), ')'), ") %c", &state);
	printf("%c\n", state);
	kill(child, SIGKILL);
	siginfo_t info;
	waitid(P_PID, child, &info, WEXITED | WNOWAIT);
	sscanf(strrchr(slurp(path), ')'), ") %c", &state);
	printf("%c\n", state);
	int fd = open(path, O_RDONLY);
	waitpid(child, NULL, 0);
	CALL(access(path, F_OK));
	CALL(read(fd, text, 10));
	close(fd);
	close(p[0]);
	close(p[1]);
}

static void *wait_here(void *data)
{
	read(((int *)data)[0], &(char){ 0 }, 1);
	return NULL;
}

static void tasks(void)
{
	pthread_t threads[3];
	int p[2], count = 0;
	struct dirent *entry;

	PART("task");
	pipe(p);
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, wait_here, p);
	DIR *dir = opendir("/proc/self/task");
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	SHOW(count);
	CHECK(has_line("/proc/self/status", "Threads:\t4\n"));
	close(p[1]);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

static void system_files(void)
{
	double up = 0, idle = 0, load[3];
	int running, all;

	PART("system");
	CHECK(sscanf(slurp("/proc/uptime"), "%lf %lf", &up, &idle) == 2 && up > 0);
	CHECK(sscanf(slurp("/proc/loadavg"), "%lf %lf %lf %d/%d", load, load + 1, load + 2,
		     &running, &all) == 5 && running >= 1);
	CHECK(has_line("/proc/meminfo", "MemTotal:  "));
	CHECK(has_line("/proc/meminfo", "MemFree:  "));
	CHECK(has_line("/proc/meminfo", "MemAvailable:  "));
	CHECK(has_line("/proc/meminfo", "Cached:  "));
	CHECK(has_line("/proc/stat", "cpu  "));
	CHECK(has_line("/proc/stat", "cpu0 "));
	CHECK(has_line("/proc/stat", "btime "));
	CHECK(has_line("/proc/stat", "processes "));
	CHECK(has_line("/proc/cpuinfo", "processor\t: 0\n"));
	CHECK(strncmp(slurp("/proc/version"), "Linux version ", 14) == 0);
	CHECK(has_line("/proc/filesystems", "nodev\tproc\n"));
	CHECK(has_line("/proc/filesystems", "nodev\ttmpfs\n"));
	CHECK(strlen(slurp("/proc/cmdline")) > 0);
	CHECK(strstr(slurp("/proc/mounts"), " /proc proc ") != NULL);
	CHECK(strlen(slurp("/proc/self/mountinfo")) > 0);
	CHECK(strlen(slurp("/proc/sys/kernel/ostype")) > 0);
	printf("%s", text);
	CHECK(atoi(slurp("/proc/sys/kernel/pid_max")) >= 32768);
	CHECK(strlen(slurp("/proc/devices")) > 0);
	CALL(open("/proc/version", O_WRONLY | O_TRUNC));
	CALL(mkdir("/proc/new", 0700));
	CALL(unlink("/proc/version"));
	CALL(open("/proc/new", O_WRONLY | O_CREAT, 0600));
}

static void devices(void)
{
	static const char *names[] = { "null", "zero", "full", "random", "urandom", "tty" };
	struct stat st;
	char byte = 'x';
	int fd;

	PART("devices");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[32];
		snprintf(path, sizeof(path), "/dev/%s", names[i]);
		if (stat(path, &st) == 0)
			printf("%s %o %d,%d\n", names[i], st.st_mode, major(st.st_rdev),
			       minor(st.st_rdev));
		else
			printf("%s %s\n", names[i], fact_errno(errno));
	}
	fd = open("/dev/full", O_RDWR);
	CALL(write(fd, "x", 1));
	CALL(read(fd, &byte, 1));
	SHOW(byte);
	close(fd);
	fd = open("/dev/zero", O_RDWR);
	CALL(write(fd, "xyz", 3));
	CALL(read(fd, text, 5000));
	CALL(lseek(fd, 5, SEEK_SET));
	close(fd);
	fd = open("/dev/null", O_RDWR);
	CALL(read(fd, text, 10));
	CALL(write(fd, text, 5000));
	CALL(ioctl(fd, TIOCGWINSZ, text));
	close(fd);
	fd = open("/dev/urandom", O_RDWR);
	CALL(read(fd, text, 300));
	CALL(write(fd, "seed", 4));
	close(fd);
	CALL(close(open("/dev/random", O_RDONLY | O_NONBLOCK)));
	CHECK(readlink("/dev/stdin", text, 64) > 0 || errno == ENOENT);
}

static void mounts(void)
{
	PART("mount");
	mkdir("m", 0755);
	file_write("m/under", "x");
	CALL(mount("none", "m", "tmpfs", 0, ""));
	CALL(access("m/under", F_OK));
	file_write("m/inside", "y");
	CALL(rmdir("m"));
	CALL(mount("none", "m", "nosuchfs", 0, ""));
	CALL(mount("none", "absent", "tmpfs", 0, ""));
	CALL(mount("none", "m/inside", "tmpfs", 0, ""));
	int fd = open("m/inside", O_RDONLY);
	CALL(umount("m"));
	close(fd);
	CALL(umount("m"));
	CALL(access("m/under", F_OK));
	CALL(umount("m"));
	CALL(umount("absent"));
	mkdir("b", 0755);
	CALL(mount("m", "b", NULL, MS_BIND, NULL));
	CALL(access("b/under", F_OK));
	CALL(umount2("b", MNT_DETACH));
	CALL(access("b/under", F_OK));
	CALL(mount("none", "m", "tmpfs", MS_RDONLY, ""));
	CALL(open("m/new", O_WRONLY | O_CREAT, 0600));
	CALL(mkdir("m/new", 0700));
	CALL(mount("none", "m", "tmpfs", MS_REMOUNT, ""));
	CALL(mkdir("m/new", 0700));
	CALL(umount("m"));
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		told_by_exec();
		return 0;
	}
	own_process();
	command_line_and_environment();
	descriptors();
	maps();
	others();
	tasks();
	system_files();
	devices();
	mounts();
	return 0;
}
