/* SPDX-License-Identifier: GPL-2.0-only */
/* epoll(7): level, edge and one-shot reports, nesting, removal, errors. */
#include "fact.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

static void wait_show(int ep, const char *what)
{
	struct epoll_event got[4];
	int count = epoll_wait(ep, got, 4, 0);

	printf("%s: %d", what, count);
	for (int i = 0; i < count; i++)
		printf(" [%llu: %x]", (unsigned long long)got[i].data.u64, got[i].events);
	printf("\n");
}

static int add(int ep, int fd, unsigned int events, unsigned long data)
{
	struct epoll_event event = { .events = events, .data.u64 = data };

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
}

static int modify(int ep, int fd, unsigned int events, unsigned long data)
{
	struct epoll_event event = { .events = events, .data.u64 = data };

	return epoll_ctl(ep, EPOLL_CTL_MOD, fd, &event);
}

static void errors(void)
{
	struct epoll_event event = { .events = EPOLLIN }, got[2];
	int ep, file, p[2];

	PART("errors");
	CALL(epoll_create(0));
	CALL(close(epoll_create(1)));
	CALL(epoll_create1(1));
	ep = CALL(epoll_create1(EPOLL_CLOEXEC));
	CALL(fcntl(ep, F_GETFD));
	file = CALL(open("f", O_RDWR | O_CREAT, 0600));
	CALL(pipe(p));
	CALL(epoll_ctl(ep, EPOLL_CTL_ADD, file, &event));
	CALL(epoll_ctl(ep, EPOLL_CTL_ADD, 99, &event));
	CALL(epoll_ctl(99, EPOLL_CTL_ADD, p[0], &event));
	CALL(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &event));
	CALL(epoll_ctl(p[0], EPOLL_CTL_ADD, p[1], &event));
	CALL(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &event));
	CALL(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL));
	CALL(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &event));
	CALL(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &event));
	CALL(epoll_ctl(ep, 77, p[0], &event));
	CALL(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], NULL));
	CALL(epoll_wait(ep, got, 0, 0));
	CALL(epoll_wait(ep, got, -1, 0));
	CALL(epoll_wait(p[0], got, 1, 0));
	CALL(epoll_wait(99, got, 1, 0));
	CALL(epoll_wait(ep, got, 1, 20));
	for (int fd = 3; fd < 8; fd++)
		close(fd);
}

static void level_and_edge(void)
{
	char text[8];
	int ep, p[2];

	PART("level and edge");
	ep = epoll_create1(0);
	CALL(pipe(p));
	CALL(add(ep, p[0], EPOLLIN, 1));
	CALL(add(ep, p[1], EPOLLOUT | EPOLLET, 2));
	wait_show(ep, "first");
	wait_show(ep, "edge is over");
	write(p[1], "ab", 2);
	wait_show(ep, "data");
	wait_show(ep, "data again");
	CALL(modify(ep, p[0], EPOLLIN | EPOLLET, 3));
	wait_show(ep, "edge, re-armed by mod");
	wait_show(ep, "edge, seen");
	write(p[1], "c", 1);
	wait_show(ep, "edge, new data");
	read(p[0], text, 1);
	wait_show(ep, "edge, partly read");
	CALL(modify(ep, p[0], EPOLLIN | EPOLLONESHOT, 4));
	wait_show(ep, "oneshot");
	write(p[1], "d", 1);
	wait_show(ep, "oneshot spent");
	CALL(modify(ep, p[0], EPOLLIN | EPOLLONESHOT, 5));
	wait_show(ep, "oneshot re-armed");
	CALL(modify(ep, p[0], 0, 6));
	close(p[1]);
	wait_show(ep, "hangup is always told");
	close(p[0]);
	wait_show(ep, "closed means removed");
	close(ep);
}

static void a_duplicate_keeps_the_watch(void)
{
	int ep, copy, p[2];

	PART("duplicates");
	ep = epoll_create1(0);
	pipe(p);
	CALL(add(ep, p[0], EPOLLIN, 1));
	copy = dup(p[0]);
	CALL(add(ep, copy, EPOLLIN, 2));
	write(p[1], "x", 1);
	CALL(epoll_ctl(ep, EPOLL_CTL_DEL, copy, NULL));
	close(p[0]);
	wait_show(ep, "still told");
	close(copy);
	wait_show(ep, "gone");
	close(p[1]);
	close(ep);
}

static void nested(void)
{
	int inner, outer, event;

	PART("nested");
	inner = epoll_create1(0);
	outer = epoll_create1(0);
	event = eventfd(0, 0);
	CALL(add(inner, event, EPOLLIN, 1));
	CALL(add(outer, inner, EPOLLIN, 2));
	CALL(add(inner, outer, EPOLLIN, 3));
	wait_show(outer, "quiet");
	eventfd_write(event, 1);
	wait_show(outer, "told");
	wait_show(inner, "told");
	close(event);
	close(inner);
	wait_show(outer, "gone");
	close(outer);
}

static void round_robin(void)
{
	struct epoll_event got[1];
	int ep = epoll_create1(0), events[3];

	PART("fairness");
	for (int i = 0; i < 3; i++) {
		events[i] = eventfd(1, 0);
		add(ep, events[i], EPOLLIN, i);
	}
	for (int i = 0; i < 6; i++)
		if (epoll_wait(ep, got, 1, 0) == 1)
			printf("%llu ", (unsigned long long)got[0].data.u64);
	printf("\n");
	for (int i = 0; i < 3; i++)
		close(events[i]);
	close(ep);
}

static void waking(void)
{
	struct epoll_event got[1];
	struct timespec limit = { 5, 0 };
	int ep = epoll_create1(0), event = eventfd(0, 0);

	PART("waking");
	add(ep, event, EPOLLIN, 9);
	pid_t child = fork();
	if (child == 0) {
		sleep_ms(30);
		eventfd_write(event, 1);
		_exit(0);
	}
	CALL(epoll_wait(ep, got, 1, -1));
	SHOW(got[0].data.u64);
	waitpid(child, NULL, 0);
	CALL(syscall(SYS_epoll_pwait2, ep, got, 1, &limit, NULL, 8));
	limit.tv_nsec = -1;
	CALL(syscall(SYS_epoll_pwait2, ep, got, 1, &limit, NULL, 8));
	CALL(syscall(SYS_epoll_pwait, ep, got, 1, 0, got, 3));
}

int main(void)
{
	errors();
	level_and_edge();
	a_duplicate_keeps_the_watch();
	nested();
	round_robin();
	waking();
	return 0;
}
