/* SPDX-License-Identifier: GPL-2.0-only */
/* pipe(2), FIFOs: capacity, atomic writes, EPIPE and SIGPIPE, O_NONBLOCK, wake-ups. */
#include "fact.h"

#include <sys/ioctl.h>

static void bytes_come_in_order(void)
{
	char text[16] = "";
	int p[2], left;

	PART("order");
	CALL(pipe(p));
	printf("%d %d\n", p[0], p[1]);
	CALL(write(p[1], "abc", 3));
	CALL(write(p[1], "def", 3));
	CALL(ioctl(p[0], FIONREAD, &left));
	SHOW(left);
	CALL(read(p[0], text, 4));
	printf("%s\n", text);
	CALL(read(p[0], text, 16));
	CALL(lseek(p[0], 0, SEEK_CUR));
	CALL(pread(p[0], text, 1, 0));
	CALL(read(p[1], text, 1));
	CALL(write(p[0], text, 1));
	CALL(close(p[1]));
	CALL(read(p[0], text, 1));
	CALL(close(p[0]));
	CALL(pipe2(p, O_APPEND));
	CALL(pipe(NULL));
}

static void nonblocking_says_eagain(void)
{
	static char block[70000];
	long total = 0, got;
	int p[2];

	PART("nonblocking");
	CALL(pipe2(p, O_NONBLOCK | O_CLOEXEC));
	CALL(fcntl(p[0], F_GETFD));
	CALL(read(p[0], block, 1));
	CALL(write(p[1], block, 70000));
	CALL(write(p[1], block, 1));
	CALL(read(p[0], block, 4095));
	CALL(write(p[1], block, 4096));
	CALL(read(p[0], block, 1));
	CALL(write(p[1], block, 4096));
	while ((got = read(p[0], block, sizeof(block))) > 0)
		total += got;
	SHOW(total);
	CALL(fcntl(p[0], F_GETPIPE_SZ));
	CALL(fcntl(p[0], F_SETPIPE_SZ, 5000));
	CALL(fcntl(p[0], F_GETPIPE_SZ));
	CALL(write(p[1], block, 70000));
	CALL(fcntl(p[0], F_SETPIPE_SZ, 4096));
	CALL(close(p[0]));
	CALL(close(p[1]));
}

static void broken_pipe_kills(void)
{
	int p[2];

	PART("broken pipe");
	CALL(pipe(p));
	close(p[0]);
	IN_CHILD("default", write(p[1], "x", 1));
	signal(SIGPIPE, SIG_IGN);
	CALL(write(p[1], "x", 1));
	CALL(write(p[1], "x", 0));
	signal(SIGPIPE, SIG_DFL);
	close(p[1]);
}

static void reader_waits_for_the_writer(void)
{
	char text[8] = "";
	int p[2];

	PART("blocking");
	CALL(pipe(p));
	pid_t child = fork();
	if (child == 0) {
		sleep_ms(30);
		write(p[1], "late", 4);
		_exit(0);
	}
	CALL(read(p[0], text, 8));
	printf("%s\n", text);
	waitpid(child, NULL, 0);
	close(p[1]);
	CALL(read(p[0], text, 8));
	close(p[0]);
}

static void writer_waits_for_room(void)
{
	static char block[200000];
	long total = 0, got;
	int p[2], status;

	PART("long write");
	CALL(pipe(p));
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = i * 7;
	pid_t child = fork();
	if (child == 0) {
		close(p[0]);
		_exit(write(p[1], block, sizeof(block)) == sizeof(block) ? 0 : 1);
	}
	close(p[1]);
	char piece[3001];
	int wrong = 0;
	while ((got = read(p[0], piece, sizeof(piece))) > 0) {
		wrong += memcmp(piece, block + total, got) != 0;
		total += got;
	}
	SHOW(total);
	SHOW(wrong);
	waitpid(child, &status, 0);
	fact_status("writer", status);
	close(p[0]);
}

static void fifos_have_names(void)
{
	char text[8] = "";
	struct stat st;
	int in, out;

	PART("fifo");
	CALL(mkfifo("fifo", 0640));
	CALL(mkfifo("fifo", 0640));
	CALL(stat("fifo", &st));
	printf("%o\n", st.st_mode);
	CALL(open("fifo", O_WRONLY | O_NONBLOCK));
	in = CALL(open("fifo", O_RDONLY | O_NONBLOCK));
	CALL(read(in, text, 1));
	out = CALL(open("fifo", O_WRONLY | O_NONBLOCK));
	CALL(read(in, text, 1));
	CALL(write(out, "hi", 2));
	CALL(close(out));
	CALL(read(in, text, 8));
	CALL(read(in, text, 8));
	CALL(close(in));
	pid_t child = fork();
	if (child == 0) {
		out = open("fifo", O_WRONLY);
		write(out, "meet", 4);
		_exit(0);
	}
	in = CALL(open("fifo", O_RDONLY));
	CALL(read(in, text, 8));
	printf("%s\n", text);
	waitpid(child, NULL, 0);
	CALL(close(in));
	in = CALL(open("fifo", O_RDWR));
	CALL(write(in, "both", 4));
	CALL(read(in, text, 8));
	CALL(close(in));
}

static void pipes_have_a_stat(void)
{
	struct stat st;
	char where[64] = "";
	int p[2];

	PART("stat");
	CALL(pipe(p));
	CALL(fstat(p[0], &st));
	printf("%o\n", st.st_mode);
	CALL(readlink("/proc/self/fd/3", where, 6));
	printf("%s\n", where);
	close(p[0]);
	close(p[1]);
}

static void pipes_can_be_opened_again(void)
{
	char name[32], text[8] = "";
	int p[2], in, out;

	PART("opened again");
	CALL(pipe(p));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", p[0]);
	in = CALL(open(name, O_RDONLY));
	out = CALL(open(name, O_WRONLY));
	CALL(write(out, "one", 3));
	CALL(read(in, text, 8));
	CALL(write(p[1], "two", 3));
	CALL(close(p[1]));
	CALL(read(in, text, 8));
	printf("%s\n", text);
	CALL(close(out));
	CALL(read(p[0], text, 8));
	CALL(read(in, text, 8));
	CALL(close(in));
	CALL(close(open(name, O_RDONLY | O_NONBLOCK)));
	in = CALL(open(name, O_RDWR));
	CALL(write(in, "both", 4));
	CALL(read(p[0], text, 8));
	close(in);
	close(p[0]);
}

int main(void)
{
	bytes_come_in_order();
	nonblocking_says_eagain();
	broken_pipe_kills();
	reader_waits_for_the_writer();
	writer_waits_for_room();
	fifos_have_names();
	pipes_have_a_stat();
	pipes_can_be_opened_again();
	return 0;
}
