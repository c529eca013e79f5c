/* SPDX-License-Identifier: GPL-2.0-only */
/* poll(2), ppoll(2) and select(2) over pipes, files and bad descriptors. */
#include "fact.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/select.h>

static const char *events_text(short events)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s%s%s%s%s", events & POLLIN ? "IN " : "",
		 events & POLLOUT ? "OUT " : "", events & POLLHUP ? "HUP " : "",
		 events & POLLERR ? "ERR " : "", events & POLLNVAL ? "NVAL " : "");
	return text;
}

static void poll_show(const char *what, int fd, short events)
{
	struct pollfd one = { .fd = fd, .events = events, .revents = 0x7fff };
	int ready = poll(&one, 1, 0);

	printf("%s: %d %s\n", what, ready, events_text(one.revents));
}

static void states_of_a_pipe(void)
{
	static char block[65536];
	int p[2];

	PART("pipe states");
	CALL(pipe(p));
	poll_show("empty, reader", p[0], POLLIN | POLLOUT);
	poll_show("empty, writer", p[1], POLLIN | POLLOUT);
	write(p[1], "x", 1);
	poll_show("one byte, reader", p[0], POLLIN);
	poll_show("not asked", p[0], 0);
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	while (write(p[1], block, sizeof(block)) > 0)
		;
	poll_show("full, writer", p[1], POLLOUT);
	close(p[1]);
	poll_show("writer gone, data left", p[0], POLLIN);
	while (read(p[0], block, sizeof(block)) > 0)
		;
	poll_show("writer gone, drained", p[0], POLLIN);
	close(p[0]);
	CALL(pipe(p));
	close(p[0]);
	poll_show("reader gone", p[1], POLLOUT);
	close(p[1]);
}

static void other_objects(void)
{
	int file = open("f", O_RDWR | O_CREAT, 0600);

	PART("other objects");
	poll_show("file", file, POLLIN | POLLOUT);
	poll_show("/dev/null", open("/dev/null", O_RDWR), POLLIN | POLLOUT);
	poll_show("closed", 99, POLLIN);
	poll_show("negative", -1, POLLIN);
	close(3);
	close(4);
}

static void waiting_ends(void)
{
	struct pollfd one = { .events = POLLIN };
	long long before = now_ms();
	struct timespec bad = { 0, 2000000000 };
	int p[2];

	PART("waiting");
	CALL(pipe(p));
	one.fd = p[0];
	CALL(poll(&one, 1, 40));
	CHECK(now_ms() - before >= 40);
	pid_t child = fork();
	if (child == 0) {
		sleep_ms(30);
		write(p[1], "x", 1);
		_exit(0);
	}
	CALL(poll(&one, 1, -1));
	printf("%s\n", events_text(one.revents));
	waitpid(child, NULL, 0);
	CALL(poll(NULL, 0, 1));
	CALL(poll(NULL, 1, 1));
	CALL(ppoll(&one, 1, &bad, NULL));
	struct rlimit limit = { 16, 16 };
	struct pollfd many[20] = { { 0 } };
	IN_CHILD("over the limit", {
		setrlimit(RLIMIT_NOFILE, &limit);
		CALL(poll(many, 20, 0));
	});
	close(p[0]);
	close(p[1]);
}

static void nothing(int number)
{
	(void)number;
}

static void signals_interrupt(void)
{
	struct sigaction action = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	struct timespec long_time = { 5, 0 };
	struct pollfd none = { .fd = -1 };
	sigset_t blocked, empty;

	PART("signals");
	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&empty);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	raise(SIGUSR1);
	CALL(poll(&none, 1, 10));
	CALL(ppoll(&none, 1, &long_time, &empty));
	raise(SIGUSR1);
	CALL(pselect(0, NULL, NULL, NULL, &long_time, &empty));
	sigpending(&empty);
	CALL(sigismember(&empty, SIGUSR1));
}

static void select_counts_bits(void)
{
	struct timeval none = { 0, 0 }, some = { 0, 30000 }, bad = { 0, -1 };
	fd_set in, out, special;
	int p[2];

	PART("select");
	CALL(pipe(p));
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&special);
	FD_SET(p[0], &in);
	FD_SET(p[1], &out);
	CALL(select(p[1] + 1, &in, &out, &special, &none));
	CHECK(!FD_ISSET(p[0], &in) && FD_ISSET(p[1], &out));
	write(p[1], "x", 1);
	FD_SET(p[0], &in);
	CALL(select(p[1] + 1, &in, &out, NULL, &none));
	CHECK(FD_ISSET(p[0], &in) && FD_ISSET(p[1], &out));
	FD_ZERO(&in);
	FD_SET(40, &in);
	CALL(select(41, &in, NULL, NULL, &none));
	FD_ZERO(&in);
#ifdef SYS_select
	CALL(syscall(SYS_select, 0, NULL, NULL, NULL, &some));
	CHECK(some.tv_sec == 0 && some.tv_usec == 0);
	CALL(syscall(SYS_select, 0, NULL, NULL, NULL, &bad));
#endif
	CALL(select(-1, NULL, NULL, NULL, &none));
	CALL(select(1, (fd_set *)16, NULL, NULL, &none));
	close(p[0]);
	FD_ZERO(&out);
	FD_SET(p[1], &out);
	CALL(select(p[1] + 1, NULL, &out, NULL, &none));
	close(p[1]);
}

int main(void)
{
	states_of_a_pipe();
	other_objects();
	waiting_ends();
	signals_interrupt();
	select_counts_bits();
	return 0;
}
