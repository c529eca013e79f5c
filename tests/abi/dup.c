/* SPDX-License-Identifier: GPL-2.0-only */
/* dup(2), dup2(2), dup3(2), fcntl(2) and what survives an exec. */
#include "fact.h"

#include <sys/resource.h>
#include <sys/file.h>

static void numbers_are_lowest_first(void)
{
	int fd = CALL(open("f", O_RDWR | O_CREAT | O_TRUNC, 0600));

	PART("numbers");
	CALL(dup(fd));
	CALL(dup(fd));
	CALL(close(4));
	CALL(fcntl(fd, F_DUPFD, 10));
	CALL(fcntl(fd, F_DUPFD, 0));
	CALL(fcntl(fd, F_DUPFD_CLOEXEC, 10));
	CALL(fcntl(11, F_GETFD));
	CALL(fcntl(10, F_GETFD));
	CALL(dup2(fd, 10));
	CALL(dup2(fd, fd));
	CALL(dup2(99, 99));
	CALL(dup2(99, 5));
	CALL(fcntl(5, F_GETFD));
	CALL(dup2(fd, -1));
	CALL(dup(-1));
	CALL(dup3(fd, fd, 0));
	CALL(dup3(fd, 12, O_CLOEXEC));
	CALL(fcntl(12, F_GETFD));
	CALL(syscall(SYS_dup3, fd, 13, O_APPEND));
	CALL(fcntl(fd, F_DUPFD, -1));
	CALL(fcntl(fd, F_DUPFD, 1 << 30));
	CALL(fcntl(99, F_GETFD));
	CALL(fcntl(fd, 12345));
	for (int i = 4; i < 14; i++)
		close(i);
}

static void copies_share_one_offset(void)
{
	char text[8] = "";

	PART("shared offset");
	CALL(write(3, "0123456789", 10));
	CALL(dup(3));
	CALL(lseek(4, 2, SEEK_SET));
	CALL(read(3, text, 2));
	printf("%s\n", text);
	CALL(lseek(4, 0, SEEK_CUR));
	CALL(fcntl(4, F_SETFL, O_APPEND | O_NONBLOCK));
	CHECK((fcntl(3, F_GETFL) & (O_APPEND | O_NONBLOCK)) == (O_APPEND | O_NONBLOCK));
	CALL(fcntl(4, F_SETFL, O_WRONLY));
	SHOW(fcntl(3, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
	CALL(fcntl(4, F_SETFD, FD_CLOEXEC));
	CALL(fcntl(3, F_GETFD));
	CALL(fcntl(4, F_GETFD));
	CALL(close(4));
}

static void close_range_takes_many(void)
{
	PART("close_range");
	for (int i = 20; i < 30; i++)
		dup2(3, i);
	CALL(syscall(SYS_close_range, 22, 24, 0));
	CALL(fcntl(21, F_GETFD));
	CALL(fcntl(22, F_GETFD));
	CALL(fcntl(24, F_GETFD));
	CALL(fcntl(25, F_GETFD));
	CALL(syscall(SYS_close_range, 25, ~0U, 4));
	CALL(fcntl(25, F_GETFD));
	CALL(syscall(SYS_close_range, 25, ~0U, 0));
	CALL(fcntl(29, F_GETFD));
	CALL(syscall(SYS_close_range, 30, 20, 0));
	CALL(syscall(SYS_close_range, 20, 30, 64));
	CALL(close(20));
	CALL(close(21));
}

static void limit_is_enforced(void)
{
	struct rlimit limit = { 8, 8 };

	PART("RLIMIT_NOFILE");
	IN_CHILD("child", {
		CALL(setrlimit(RLIMIT_NOFILE, &limit));
		CALL(dup2(3, 8));
		CALL(dup2(3, 7));
		CALL(dup(3));
		CALL(dup(3));
		CALL(dup(3));
		CALL(dup(3));
		CALL(open("f", O_RDONLY));
		CALL(fcntl(3, F_DUPFD, 8));
		CALL(pipe((int[2]){ 0, 0 }));
	});
}

static void record_locks(void)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct flock part = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 5 };

	PART("record locks");
	CALL(fcntl(3, F_SETLK, &all));
	IN_CHILD("child", {
		CALL(fcntl(3, F_SETLK, &part));
		CALL(fcntl(3, F_GETLK, &part));
		CHECK(part.l_type == F_WRLCK && part.l_pid == getppid());
	});
	all.l_type = F_UNLCK;
	CALL(fcntl(3, F_SETLK, &all));
	IN_CHILD("child", {
		part = (struct flock){ .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 5 };
		CALL(fcntl(3, F_SETLK, &part));
		CALL(fcntl(3, F_GETLK, &part));
		SHOW(part.l_type);
	});
	PART("flock");
	int other = CALL(open("f", O_RDONLY));
	CALL(flock(3, LOCK_EX));
	CALL(flock(other, LOCK_SH | LOCK_NB));
	CALL(flock(3, LOCK_UN));
	CALL(flock(other, LOCK_SH | LOCK_NB));
	CALL(flock(3, LOCK_SH | LOCK_NB));
	CALL(flock(3, LOCK_EX | LOCK_NB));
	CALL(flock(3, 77));
	CALL(close(other));
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		for (int i = 3; i < 7; i++)
			printf("after exec %d: %s\n", i,
			       fcntl(i, F_GETFD) == -1 ? "closed" : "open");
		return 0;
	}
	numbers_are_lowest_first();
	copies_share_one_offset();
	close_range_takes_many();
	limit_is_enforced();
	record_locks();
	PART("exec");
	dup3(3, 4, O_CLOEXEC);
	dup2(3, 5);
	CALL(open("f", O_RDONLY | O_CLOEXEC));
	execl("/proc/self/exe", argv[0], "after", NULL);
	return 1;
}
