/* SPDX-License-Identifier: GPL-2.0-only */
/* Failures in signals, timers, waiting and their descriptors: sigaction(2), timer_create(2), epoll(7), futex(2). */
#include "walk.h"
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>

static int fd, other, ends[2];
static sigset_t usr1;

static void undo_fd(long result)
{
	if (result >= 0)
		close(result);
}
static void close_fd(long result) { close(fd); }

/* Signals. */
static volatile int handled;
static void on_usr(int signo) { handled = signo; }
static void on_usr_info(int signo, siginfo_t *info, void *context) { handled = signo; }
static long run_sigaction(void)
{
	struct sigaction *a = (struct sigaction *)arena.bytes;

	memset(a, 0, sizeof(*a));
	a->sa_handler = on_usr;
	return CALL(sigaction(SIGUSR1, a, a + 1));
}
static void undo_usr1(long result) { signal(SIGUSR1, SIG_DFL); }
static void handle_usr1(void)
{
	struct sigaction a = { .sa_sigaction = on_usr_info, .sa_flags = SA_SIGINFO };

	handled = 0;
	sigaction(SIGUSR1, &a, NULL);
}
/* A handler's frame that cannot be written is the program's end: SIGSEGV. */
static long run_handler(void)
{
	if (syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1) != 0)
		return -errno;
	return handled == SIGUSR1 ? 0 : -EPROTO;
}
static void handle_on_stack(void)
{
	struct sigaction a = { .sa_sigaction = on_usr_info, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t s = { .ss_sp = arena.more, .ss_size = sizeof(arena.more) };

	handled = 0;
	sigaltstack(&s, NULL);
	sigaction(SIGUSR1, &a, NULL);
}
static void undo_on_stack(long result)
{
	sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, NULL);
	undo_usr1(0);
}
static void block_usr1(void)
{
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigaddset(&usr1, SIGRTMIN + 3);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
}
static void take_usr1(long result)
{
	while (sigtimedwait(&usr1, NULL, &(struct timespec){}) > 0)
		;
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);
}
static long run_kill(void)
{
	sigset_t pending;
	long result = CALL(kill(getpid(), SIGUSR1));

	while (sigpending(&pending) != 0)
		;
	return result < 0 || sigismember(&pending, SIGUSR1) ? result : -EPROTO;
}
static long run_sigqueue(void)
{
	siginfo_t *info = (siginfo_t *)arena.bytes;

	memset(info, 0, sizeof(*info));
	info->si_code = SI_QUEUE;
	return CALL(syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN + 3, info));
}
static void block_and_send(void) { block_usr1(); kill(getpid(), SIGUSR1); }
static long run_sigtimedwait(void)
{
	return CALL(syscall(SYS_rt_sigtimedwait, &usr1, arena.bytes, NULL, 8));
}
static long run_sigprocmask(void) { return CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &usr1, arena.bytes, 8)); }
static void undo_sigprocmask(long result) { sigprocmask(SIG_UNBLOCK, &usr1, NULL); }
static long run_sigaltstack(void)
{
	stack_t *s = (stack_t *)arena.bytes;

	s[0] = (stack_t){ .ss_sp = arena.more, .ss_size = sizeof(arena.more) };
	return CALL(sigaltstack(&s[0], &s[1]));
}
static void handle_blocked(void) { handle_usr1(); block_and_send(); }
static void undo_handle_blocked(long result) { take_usr1(0); undo_usr1(0); }
static long run_sigsuspend(void)
{
	uint64_t nothing = 0;
	long result = CALL(syscall(SYS_rt_sigsuspend, &nothing, 8));

	return result == -EINTR ? 0 : result;
}
static long run_signalfd(void) { return CALL(signalfd(-1, &usr1, SFD_NONBLOCK)); }
static void open_signalfd(void) { block_and_send(); fd = signalfd(-1, &usr1, SFD_NONBLOCK); }
static void close_signalfd(long result) { close(fd); take_usr1(0); }
static long run_signalfd_read(void) { return CALL(read(fd, arena.bytes, 1000)); }

/* Timers. */
static int timer;
static long run_timer_create(void)
{
	struct sigevent *e = (struct sigevent *)arena.bytes;

	memset(e, 0, sizeof(*e));
	e->sigev_notify = SIGEV_SIGNAL;
	e->sigev_signo = SIGUSR1;
	return CALL(syscall(SYS_timer_create, CLOCK_MONOTONIC, e, &arena.number));
}
static void undo_timer_create(long result)
{
	if (result >= 0)
		syscall(SYS_timer_delete, arena.number);
}
static void create_timer(void) { block_usr1(); syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer); }
static void delete_timer(long result) { syscall(SYS_timer_delete, timer); take_usr1(0); }
static long run_timer_settime(void)
{
	struct itimerspec *t = (struct itimerspec *)arena.bytes;

	t[0] = (struct itimerspec){ .it_value.tv_sec = 1000 };
	return CALL(syscall(SYS_timer_settime, timer, 0, &t[0], &t[1]));
}
static long run_setitimer(void)
{
	struct itimerval *t = (struct itimerval *)arena.bytes;

	t[0] = (struct itimerval){ .it_value.tv_sec = 1000 };
	return CALL(setitimer(ITIMER_REAL, &t[0], &t[1]));
}
static void undo_setitimer(long result) { setitimer(ITIMER_REAL, &(struct itimerval){}, NULL); }
static long run_timerfd(void) { return CALL(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)); }
static void open_timerfd(void) { fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK); }
static long run_timerfd_settime(void)
{
	struct itimerspec *t = (struct itimerspec *)arena.bytes;

	t[0] = (struct itimerspec){ .it_value.tv_sec = 1000 };
	return CALL(timerfd_settime(fd, 0, &t[0], &t[1]));
}
static void open_due_timerfd(void)
{
	struct itimerspec t = { .it_value.tv_nsec = 1 };

	fd = timerfd_create(CLOCK_MONOTONIC, 0);
	timerfd_settime(fd, 0, &t, NULL);
}
static long run_timerfd_read(void) { return CALL(read(fd, arena.bytes, 8)); }
static long run_nanosleep(void)
{
	struct timespec *t = (struct timespec *)arena.bytes;

	*t = (struct timespec){ .tv_nsec = 1000 };
	return CALL(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, t, t + 1));
}
static long run_clock(void) { return CALL(syscall(SYS_clock_gettime, CLOCK_REALTIME, arena.bytes)); }
static long run_gettimeofday(void) { return CALL(syscall(SYS_gettimeofday, arena.bytes, arena.bytes + 100)); }

/* Descriptors of events. */
static long run_eventfd(void) { return CALL(eventfd(3, EFD_CLOEXEC)); }
static void open_eventfd(void) { fd = eventfd(3, EFD_NONBLOCK); }
static long run_eventfd_read(void) { return CALL(read(fd, arena.bytes, 8)); }
static long run_eventfd_write(void)
{
	*(uint64_t *)arena.bytes = 5;
	return CALL(write(fd, arena.bytes, 8));
}
static long run_epoll_create(void) { return CALL(epoll_create1(EPOLL_CLOEXEC)); }
static void open_epoll(void) { fd = epoll_create1(0); other = eventfd(1, 0); pipe(ends); }
static void close_epoll(long result)
{
	close(fd);
	close(other);
	close(ends[0]);
	close(ends[1]);
}
static long epoll_control(int op, int target)
{
	struct epoll_event *e = (struct epoll_event *)arena.bytes;

	*e = (struct epoll_event){ .events = EPOLLIN, .data.fd = target };
	return CALL(epoll_ctl(fd, op, target, e));
}
static long run_epoll_add(void) { return epoll_control(EPOLL_CTL_ADD, other); }
static long run_epoll_add_pipe(void) { return epoll_control(EPOLL_CTL_ADD, ends[0]); }
static long run_epoll_add_pipe_end(void) { return epoll_control(EPOLL_CTL_ADD, ends[1]); }
static void open_watching(void)
{
	open_epoll();
	epoll_control(EPOLL_CTL_ADD, other);
	epoll_control(EPOLL_CTL_ADD, ends[0]);
	write(ends[1], "x", 1);
}
static long run_epoll_mod(void) { return epoll_control(EPOLL_CTL_MOD, other); }
static long run_epoll_del(void) { return epoll_control(EPOLL_CTL_DEL, other); }
static long run_epoll_wait(void) { return CALL(epoll_wait(fd, (struct epoll_event *)arena.bytes, 8, 0)); }
static void open_nested(void) { open_watching(); other = dup2(epoll_create1(0), other); }
static long run_epoll_nest(void) { return epoll_control(EPOLL_CTL_ADD, other); }
static void close_nested(long result)
{
	close_epoll(0);
	for (int f = 3; f < 12; f++)
		close(f);
}

enum { WATCHED = 200 };
static long run_poll(void)
{
	struct pollfd *p = (struct pollfd *)arena.bytes;

	for (int i = 0; i < WATCHED; i++)
		p[i] = (struct pollfd){ .fd = i % 2 ? ends[0] : other, .events = POLLIN };
	return CALL(poll(p, WATCHED, 0));
}
static long run_ppoll(void)
{
	struct pollfd *p = (struct pollfd *)arena.bytes;

	p[0] = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	*(struct timespec *)arena.more = (struct timespec){ .tv_nsec = 1000 };
	return CALL(syscall(SYS_ppoll, p, 1, arena.more, &usr1, 8));
}
static long run_select(void)
{
	fd_set *sets = (fd_set *)arena.bytes;

	FD_ZERO(sets);
	FD_SET(ends[0], sets);
	sets[1] = sets[2] = sets[0];
	*(struct timeval *)arena.more = (struct timeval){};
#ifdef SYS_select
	return CALL(syscall(SYS_select, 1000, &sets[0], &sets[1], &sets[2], arena.more));
#else
	return CALL(syscall(SYS_pselect6, 1000, &sets[0], &sets[1], &sets[2], arena.more, NULL));
#endif
}
static long run_pselect(void)
{
	fd_set *sets = (fd_set *)arena.bytes;
	uintptr_t *mask = (uintptr_t *)(arena.more + 100);

	FD_ZERO(sets);
	FD_SET(ends[0], sets);
	*(struct timespec *)arena.more = (struct timespec){};
	mask[0] = (uintptr_t)&usr1;
	mask[1] = 8;
	return CALL(syscall(SYS_pselect6, 30, sets, NULL, NULL, arena.more, mask));
}

/* Futexes. */
static long run_futex_wait(void)
{
	struct timespec *t = (struct timespec *)arena.bytes;

	*t = (struct timespec){ .tv_nsec = 1000 };
	arena.number = 5;
	long result = CALL(syscall(SYS_futex, &arena.number, FUTEX_WAIT, 5, t, NULL, 0));
	return result == -ETIMEDOUT ? 0 : result;
}
static long run_futex_wake(void) { return CALL(syscall(SYS_futex, &arena.number, FUTEX_WAKE, 1, NULL, NULL, 0)); }
static long run_futex_requeue(void)
{
	arena.number = 5;
	return CALL(syscall(SYS_futex, &arena.number, FUTEX_CMP_REQUEUE, 1, 1l, &arena.fds[0], 5));
}
static long run_robust(void)
{
	uintptr_t list[3] = { (uintptr_t)list, 0, 0 };

	return CALL(syscall(SYS_set_robust_list, list, sizeof(list)));
}
static void undo_robust(long result) { syscall(SYS_set_robust_list, NULL, 24); }

static const struct step steps[] = {
	{ "sigaction", NULL, run_sigaction, undo_usr1, {}, {}, SIGNALS | ANSWER_LAST },
	{ "signal handler", handle_usr1, run_handler, undo_usr1, {}, { SIGNALLED(SIGSEGV) }, SIGNALS },
	{ "signal handler on its stack", handle_on_stack, run_handler, undo_on_stack, {}, { SIGNALLED(SIGSEGV) },
	  SIGNALS },
	{ "kill", block_usr1, run_kill, take_usr1, {}, {}, SIGNALS },
	{ "sigqueue", block_usr1, run_sigqueue, take_usr1, { EAGAIN }, {}, SIGNALS },
	{ "sigtimedwait", block_and_send, run_sigtimedwait, take_usr1, {}, {}, SIGNALS | ANSWER_LAST },
	{ "sigprocmask", NULL, run_sigprocmask, undo_sigprocmask, {}, {}, SIGNALS | ANSWER_LAST },
	{ "sigaltstack", NULL, run_sigaltstack, undo_on_stack, {}, {}, SIGNALS | ANSWER_LAST },
	{ "sigsuspend", handle_blocked, run_sigsuspend, undo_handle_blocked, {}, { SIGNALLED(SIGSEGV) }, SIGNALS },
	{ "signalfd", NULL, run_signalfd, undo_fd, { ENOMEM }, {}, 0 },
	{ "signalfd read", open_signalfd, run_signalfd_read, close_signalfd, {}, {}, ANSWER_LAST },
	{ "timer_create", NULL, run_timer_create, undo_timer_create, { EAGAIN, ENOMEM }, {}, 0 },
	{ "timer_settime", create_timer, run_timer_settime, delete_timer, {}, {}, 0 },
	{ "setitimer", NULL, run_setitimer, undo_setitimer, {}, {}, SIGNALS | ANSWER_LAST },
	{ "timerfd_create", NULL, run_timerfd, undo_fd, { ENOMEM }, {}, 0 },
	{ "timerfd_settime", open_timerfd, run_timerfd_settime, close_fd, {}, {}, 0 },
	{ "timerfd read", open_due_timerfd, run_timerfd_read, close_fd, {}, {}, ANSWER_LAST },
	{ "clock_nanosleep", NULL, run_nanosleep, NULL, {}, {}, 0 },
	{ "clock_gettime", NULL, run_clock, NULL, {}, {}, 0 },
	{ "gettimeofday", NULL, run_gettimeofday, NULL, {}, {}, 0 },
	{ "eventfd", NULL, run_eventfd, undo_fd, { ENOMEM }, {}, 0 },
	{ "eventfd read", open_eventfd, run_eventfd_read, close_fd, {}, {}, ANSWER_LAST },
	{ "eventfd write", open_eventfd, run_eventfd_write, close_fd, {}, {}, 0 },
	{ "epoll_create1", NULL, run_epoll_create, undo_fd, { ENOMEM }, {}, 0 },
	{ "epoll_ctl ADD", open_epoll, run_epoll_add, close_epoll, { ENOMEM }, {}, 0 },
	{ "epoll_ctl ADD pipe", open_epoll, run_epoll_add_pipe, close_epoll, { ENOMEM }, {}, 0 },
	{ "epoll_ctl ADD pipe's end", open_epoll, run_epoll_add_pipe_end, close_epoll, { ENOMEM }, {}, 0 },
	{ "epoll_ctl MOD", open_watching, run_epoll_mod, close_epoll, {}, {}, 0 },
	{ "epoll_ctl DEL", open_watching, run_epoll_del, close_epoll, {}, {}, 0 },
	{ "epoll_ctl nested", open_nested, run_epoll_nest, close_nested, { ENOMEM }, {}, 0 },
	{ "epoll_wait", open_watching, run_epoll_wait, close_epoll, {}, {}, 0 },
	{ "poll", open_epoll, run_poll, close_epoll, { ENOMEM }, {}, 0 },
	{ "ppoll", open_epoll, run_ppoll, close_epoll, { ENOMEM }, {}, SIGNALS },
	{ "select", open_epoll, run_select, close_epoll, { ENOMEM }, {}, 0 },
	{ "pselect6", open_epoll, run_pselect, close_epoll, { ENOMEM }, {}, SIGNALS },
	{ "futex FUTEX_WAIT", NULL, run_futex_wait, NULL, { ENOMEM }, {}, 0 },
	{ "futex FUTEX_WAKE", NULL, run_futex_wake, NULL, {}, {}, 0 },
	{ "futex FUTEX_CMP_REQUEUE", NULL, run_futex_requeue, NULL, { ENOMEM }, {}, 0 },
	{ "set_robust_list", NULL, run_robust, undo_robust, {}, {}, 0 },
};

int main(int argc, char **argv) { return walk(steps, ARRAY_SIZE(steps), argv); }
