/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects behind descriptors that have no name: memfd_create(2) with seals, pidfd_open(2). */
#include "fact.h"

#include <poll.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#define F_SEAL_SEAL 1
#define F_SEAL_SHRINK 2
#define F_SEAL_GROW 4
#define F_SEAL_WRITE 8
#endif

static void memory_files(void)
{
	char text[16] = "", where[64] = "";
	int fd, plain;

	PART("memfd_create");
	fd = CALL(syscall(SYS_memfd_create, "name", 2 /* MFD_ALLOW_SEALING */));
	CALL(write(fd, "sealed text", 11));
	CALL(pread(fd, text, 6, 0));
	printf("%s\n", text);
	CALL(readlink("/proc/self/fd/3", where, sizeof(where)));
	printf("%s\n", where);
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memcpy(map, "SEALED", 6);
	CALL(pread(fd, text, 6, 0));
	printf("%s\n", text);
	CALL(fcntl(fd, F_GET_SEALS));
	CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	munmap(map, 4096);
	CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
	CALL(ftruncate(fd, 5));
	CALL(ftruncate(fd, 50));
	CALL(pwrite(fd, "x", 1, 100));
	CALL(pwrite(fd, "x", 1, 0));
	CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL));
	CALL(pwrite(fd, "x", 1, 0));
	CALL(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0));
	CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	CALL(fcntl(fd, F_GET_SEALS));
	plain = CALL(syscall(SYS_memfd_create, "plain", 1 /* MFD_CLOEXEC */));
	CALL(fcntl(plain, F_GETFD));
	CALL(fcntl(plain, F_ADD_SEALS, F_SEAL_SHRINK));
	CALL(syscall(SYS_memfd_create, "x", 0x8000));
	CALL(syscall(SYS_memfd_create, (void *)16, 0));
	close(plain);
	close(fd);
}

static void processes(void)
{
	struct pollfd one = { .events = POLLIN };
	siginfo_t info = { 0 };
	int p[2];
	char byte;

	PART("pidfd_open");
	pipe(p);
	pid_t child = fork();
	if (child == 0) {
		close(p[1]);
		read(p[0], &byte, 1);
		_exit(8);
	}
	one.fd = CALL(syscall(SYS_pidfd_open, child, 0));
	CALL(fcntl(one.fd, F_GETFD));
	CALL(poll(&one, 1, 0));
	CALL(syscall(SYS_pidfd_send_signal, one.fd, 0, NULL, 0));
	close(p[1]);
	CALL(poll(&one, 1, 10000));
	CALL(waitid(P_PIDFD, one.fd, &info, WEXITED));
	printf("status %d, the child: %d\n", info.si_status, info.si_pid == child);
	CALL(syscall(SYS_pidfd_send_signal, one.fd, SIGTERM, NULL, 0));
	CALL(waitid(P_PIDFD, one.fd, &info, WEXITED));
	CALL(syscall(SYS_pidfd_open, 999999, 0));
	CALL(syscall(SYS_pidfd_open, -1, 0));
	CALL(syscall(SYS_pidfd_open, getpid(), 1));
	CALL(waitid(P_PIDFD, p[0], &info, WEXITED));
	CALL(read(one.fd, &byte, 1));
	close(one.fd);
	close(p[0]);
}

static void storage(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600), p[2];
	struct stat st;

	PART("sync and fallocate");
	CALL(fsync(fd));
	CALL(fdatasync(fd));
	pipe(p);
	CALL(fsync(p[0]));
	CALL(fsync(99));
	CALL(syscall(SYS_fallocate, fd, 0, 0L, 10000L));
	fstat(fd, &st);
	SHOW(st.st_size);
	CALL(syscall(SYS_fallocate, fd, 1 /* FALLOC_FL_KEEP_SIZE */, 0L, 50000L));
	fstat(fd, &st);
	SHOW(st.st_size);
	CALL(syscall(SYS_fallocate, fd, 0, 0L, 0L));
	CALL(syscall(SYS_fallocate, fd, 0, -1L, 5L));
	CALL(syscall(SYS_fallocate, fd, 0x8000, 0L, 5L));
	CALL(syscall(SYS_fallocate, p[1], 0, 0L, 5L));
	pwrite(fd, "abcdefgh", 8, 0);
	CALL(syscall(SYS_fallocate, fd, 3 /* PUNCH_HOLE | KEEP_SIZE */, 2L, 3L));
	char text[9] = "";
	pread(fd, text, 8, 0);
	for (int i = 0; i < 8; i++)
		printf("%d ", text[i]);
	printf("\n");
	CALL(posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED));
	CALL(syscall(SYS_readahead, fd, 0L, 4096UL));
	sync();
	close(fd);
}

int main(void)
{
	memory_files();
	processes();
	storage();
	return 0;
}
