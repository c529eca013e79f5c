/* SPDX-License-Identifier: GPL-2.0-only */
/* eventfd(2), timerfd(2) and signalfd(2): counters read as files. */
#include "fact.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static int readable(int fd)
{
	struct pollfd one = { .fd = fd, .events = POLLIN };

	return poll(&one, 1, 0);
}

static void counters(void)
{
	uint64_t value = 0, most = UINT64_MAX - 1, all = UINT64_MAX;
	int fd;

	PART("eventfd");
	CALL(eventfd(0, 1 << 20));
	fd = CALL(eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC));
	CALL(read(fd, &value, 8));
	SHOW(value);
	CALL(read(fd, &value, 8));
	value = 5;
	CALL(write(fd, &value, 8));
	CALL(write(fd, &value, 8));
	CALL(read(fd, &value, 7));
	CALL(read(fd, &value, 8));
	SHOW(value);
	CALL(write(fd, &value, 4));
	CALL(write(fd, &all, 8));
	CALL(write(fd, &most, 8));
	CALL(write(fd, &value, 8));
	CALL(readable(fd));
	CALL(lseek(fd, 0, SEEK_SET));
	CALL(close(fd));
	fd = CALL(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
	CALL(read(fd, &value, 8));
	SHOW(value);
	CALL(read(fd, &value, 8));
	CALL(read(fd, &value, 8));
	CALL(close(fd));
}

static void eventfd_blocks(void)
{
	uint64_t value = 0;
	int fd = eventfd(0, 0);

	PART("eventfd between processes");
	pid_t child = fork();
	if (child == 0) {
		sleep_ms(20);
		eventfd_write(fd, 42);
		_exit(0);
	}
	CALL(read(fd, &value, 8));
	SHOW(value);
	waitpid(child, NULL, 0);
	close(fd);
}

static void timers(void)
{
	struct itimerspec once = { .it_value.tv_nsec = 20000000 };
	struct itimerspec often = { { 0, 10000000 }, { 0, 10000000 } };
	struct itimerspec off = { 0 }, left;
	struct itimerspec bad = { .it_value.tv_nsec = 1000000000 };
	uint64_t count = 0;
	int fd;

	PART("timerfd");
	CALL(timerfd_create(77, 0));
	CALL(timerfd_create(CLOCK_MONOTONIC, 1));
	fd = CALL(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	CALL(read(fd, &count, 8));
	CALL(timerfd_settime(fd, 0, &bad, NULL));
	CALL(timerfd_settime(fd, 0, &once, NULL));
	CALL(read(fd, &count, 8));
	CALL(timerfd_gettime(fd, &left));
	CHECK(left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 20000000);
	fcntl(fd, F_SETFL, 0);
	CALL(read(fd, &count, 8));
	SHOW(count);
	CALL(timerfd_gettime(fd, &left));
	SHOW(left.it_value.tv_nsec);
	CALL(timerfd_settime(fd, 0, &often, NULL));
	sleep_ms(55);
	CALL(readable(fd));
	CALL(read(fd, &count, 8));
	CHECK(count >= 4);
	CALL(timerfd_settime(fd, 0, &off, &left));
	CHECK(left.it_interval.tv_nsec == 10000000);
	CALL(timerfd_settime(fd, 8, &off, NULL));
	CALL(timerfd_settime(0, 0, &off, NULL));
	CALL(close(fd));
}

static void signals(void)
{
	struct signalfd_siginfo info = { 0 };
	sigset_t mask;
	int fd;

	PART("signalfd");
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	CALL(signalfd(-1, &mask, 1));
	fd = CALL(signalfd(-1, &mask, SFD_NONBLOCK));
	CALL(read(fd, &info, sizeof(info)));
	raise(SIGUSR1);
	CALL(readable(fd));
	CALL(read(fd, &info, 8));
	CALL(read(fd, &info, sizeof(info)));
	SHOW(info.ssi_signo);
	CHECK(info.ssi_pid == (uint32_t)getpid());
	SHOW(info.ssi_uid);
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 77 });
	CALL(read(fd, &info, sizeof(info)));
	SHOW(info.ssi_int);
	SHOW(info.ssi_code);
	CALL(read(fd, &info, sizeof(info)));
	CALL(signalfd(0, &mask, 0));
	CALL(close(fd));
}

int main(void)
{
	counters();
	eventfd_blocks();
	timers();
	signals();
	return 0;
}
