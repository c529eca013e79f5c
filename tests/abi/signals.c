/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals: handlers, masks, siginfo, alternate stacks, restarts, queues, kill(2). */
#include "fact.h"

#include <poll.h>
#include <setjmp.h>
#include <sys/resource.h>
#include <ucontext.h>

static volatile int hits;
static volatile siginfo_t seen;
static char alternate_stack[65536];

static void count(int number)
{
	(void)number;
	hits++;
}

static void remember(int number, siginfo_t *info, void *context)
{
	(void)context;
	hits++;
	*(siginfo_t *)&seen = *info;
	seen.si_signo = number;
}

static void install(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };

	sigaction(number, &action, NULL);
}

static void install_plain(int number, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigaction(number, &action, NULL);
}

static void errors(void)
{
	struct sigaction action = { .sa_handler = count };

	PART("errors");
	CALL(kill(getpid(), 0));
	CALL(kill(getpid(), 65));
	CALL(kill(getpid(), -1));
	CALL(kill(999999, SIGTERM));
	CALL(kill(-999999, SIGTERM));
	CALL(kill(INT_MIN, SIGTERM));
	CALL(sigaction(SIGKILL, &action, NULL));
	CALL(sigaction(SIGSTOP, &action, NULL));
	CALL(sigaction(SIGKILL, NULL, &action));
	CALL(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
	CALL(syscall(SYS_rt_sigaction, 65, NULL, NULL, 8));
	CALL(syscall(SYS_rt_sigprocmask, 7, &action, NULL, 8));
	CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, (void *)16, NULL, 8));
	CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, (void *)16, 8));
	CALL(syscall(SYS_rt_sigaction, SIGUSR1, (void *)16, NULL, 8));
}

static void information(void)
{
	union sigval value = { .sival_int = 1234 };

	PART("siginfo");
	install(SIGUSR1, remember, 0);
	kill(getpid(), SIGUSR1);
	printf("kill: %d code %d self %d uid %d\n", seen.si_signo, seen.si_code,
	       seen.si_pid == getpid(), seen.si_uid);
	raise(SIGUSR1);
	printf("raise: %d code %d\n", seen.si_signo, seen.si_code);
	sigqueue(getpid(), SIGUSR1, value);
	printf("sigqueue: %d code %d value %d\n", seen.si_signo, seen.si_code,
	       seen.si_value.sival_int);
	install(SIGCHLD, remember, 0);
	pid_t child = fork();
	if (child == 0)
		_exit(5);
	while (seen.si_signo != SIGCHLD)
		sleep_ms(1);
	printf("child: code %d status %d right %d\n", seen.si_code, seen.si_status,
	       seen.si_pid == child);
	waitpid(child, NULL, 0);
	install_plain(SIGCHLD, SIG_DFL, 0);
	siginfo_t forged = { .si_signo = SIGUSR1, .si_code = 0 };
	CALL(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &forged));
}

static void masks_hold_signals(void)
{
	sigset_t set, pending;

	PART("masks");
	hits = 0;
	install_plain(SIGUSR1, count, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGKILL);
	CALL(sigprocmask(SIG_BLOCK, &set, NULL));
	sigprocmask(SIG_BLOCK, NULL, &pending);
	CALL(sigismember(&pending, SIGKILL));
	for (int i = 0; i < 5; i++)
		raise(SIGUSR1);
	SHOW(hits);
	sigpending(&pending);
	CALL(sigismember(&pending, SIGUSR1));
	IN_CHILD("pending is not inherited", {
		sigpending(&pending);
		_exit(sigismember(&pending, SIGUSR1));
	});
	CALL(sigprocmask(SIG_UNBLOCK, &set, NULL));
	SHOW(hits);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	sigpending(&pending);
	CALL(sigismember(&pending, SIGUSR1));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static volatile int order[16], order_count;

static void note(int number)
{
	order[order_count++] = number;
}

static void real_time_signals_queue(void)
{
	sigset_t set;

	PART("real time");
	sigemptyset(&set);
	for (int i = 0; i < 3; i++) {
		sigaddset(&set, SIGRTMIN + i);
		install_plain(SIGRTMIN + i, note, 0);
	}
	sigaddset(&set, SIGUSR2);
	install_plain(SIGUSR2, note, 0);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 2; i >= 0; i--)
		for (int j = 0; j < 2; j++)
			raise(SIGRTMIN + i);
	raise(SIGUSR2);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	printf("%d deliveries, SIGUSR2 %s\n", order_count, "among them");
	for (int i = 0; i < order_count; i++)
		printf("%d ", order[i] == SIGUSR2 ? -1 : order[i] - SIGRTMIN);
	printf("\n");
}

static void waiting_for_signals(void)
{
	struct timespec soon = { 0, 10000000 };
	siginfo_t info;
	sigset_t set, none;

	PART("sigwait and sigsuspend");
	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CALL(sigtimedwait(&set, &info, &soon));
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 5 });
	CALL(sigwaitinfo(&set, &info) - SIGRTMIN);
	SHOW(info.si_value.sival_int);
	pid_t child = fork();
	if (child == 0) {
		sleep_ms(20);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	CALL(sigtimedwait(&set, &info, NULL));
	CHECK(info.si_pid == child && info.si_code == SI_USER);
	waitpid(child, NULL, 0);
	hits = 0;
	install_plain(SIGUSR1, count, 0);
	raise(SIGUSR1);
	CALL(sigsuspend(&none));
	SHOW(hits);
	sigprocmask(SIG_BLOCK, NULL, &set);
	CALL(sigismember(&set, SIGUSR1));
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void handlers_nest_and_reset(void)
{
	struct sigaction action;

	PART("flags");
	hits = 0;
	install_plain(SIGUSR1, count, SA_RESETHAND);
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &action);
	CHECK(hits == 1 && action.sa_handler == SIG_DFL);
	install_plain(SIGUSR1, count, SA_NODEFER | SA_RESTART);
	sigaction(SIGUSR1, NULL, &action);
	CHECK((action.sa_flags & (SA_NODEFER | SA_RESTART)) == (SA_NODEFER | SA_RESTART));
}

static void on_stack(int number)
{
	char here;

	(void)number;
	printf("on the alternate stack: %d\n",
	       &here >= alternate_stack && &here < alternate_stack + sizeof(alternate_stack));
	stack_t now;
	sigaltstack(NULL, &now);
	printf("flags in the handler: %d\n", now.ss_flags);
	CALL(syscall(SYS_sigaltstack, &now, NULL));
}

static void alternate_stacks(void)
{
	stack_t stack = { .ss_sp = alternate_stack, .ss_size = 100 };
	stack_t bad = { .ss_sp = alternate_stack, .ss_size = 65536, .ss_flags = 77 };
	stack_t old;

	PART("sigaltstack");
	CALL(sigaltstack(NULL, &old));
	SHOW(old.ss_flags);
	CALL(syscall(SYS_sigaltstack, &stack, NULL));
	CALL(syscall(SYS_sigaltstack, &bad, NULL));
	CALL(syscall(SYS_sigaltstack, (void *)16, NULL));
	stack.ss_size = sizeof(alternate_stack);
	CALL(sigaltstack(&stack, NULL));
	install_plain(SIGUSR1, on_stack, SA_ONSTACK);
	raise(SIGUSR1);
	stack.ss_flags = SS_DISABLE;
	CALL(sigaltstack(&stack, NULL));
}

static void interrupted(const char *what, int flags)
{
	int p[2];
	char byte;

	hits = 0;
	pipe(p);
	install_plain(SIGUSR1, count, flags);
	pid_t child = fork();
	if (child == 0) {
		sleep_ms(20);
		kill(getppid(), SIGUSR1);
		sleep_ms(20);
		write(p[1], "x", 1);
		_exit(0);
	}
	errno = 0;
	long got = read(p[0], &byte, 1);
	printf("%s: %ld %s, hits %d\n", what, got, got == -1 ? fact_errno(errno) : "", hits);
	waitpid(child, NULL, 0);
	close(p[0]);
	close(p[1]);
}

static void restarting(void)
{
	struct timespec long_time = { 0, 60000000 }, left = { 0 };

	PART("restart");
	interrupted("read with SA_RESTART", SA_RESTART);
	interrupted("read without", 0);
	install_plain(SIGUSR1, count, SA_RESTART);
	pid_t parent = getpid();
	pid_t child = fork();
	if (child == 0) {
		sleep_ms(20);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	CALL(nanosleep(&long_time, &left));
	CHECK(left.tv_nsec > 0 && left.tv_nsec < 60000000);
	waitpid(child, NULL, 0);
	child = fork();
	if (child == 0) {
		sleep_ms(20);
		kill(parent, SIGUSR1);
		sleep_ms(20);
		_exit(6);
	}
	int status;
	CHECK(waitpid(child, &status, 0) == child);
	child = fork();
	if (child == 0) {
		sleep_ms(20);
		kill(parent, SIGUSR1);
		_exit(6);
	}
	CALL(poll(NULL, 0, 5000));
	CALL(waitpid(child, &status, 0) == child);
	child = fork();
	if (child == 0) {
		sleep_ms(20);
		kill(parent, SIGSTOP);
		sleep_ms(5);
		kill(parent, SIGCONT);
		_exit(0);
	}
	long long before = now_ms();
	CALL(nanosleep(&(struct timespec){ 0, 50000000 }, NULL));
	CHECK(now_ms() - before >= 50);
	waitpid(child, NULL, 0);
}

static void groups(void)
{
	int status;

	PART("groups");
	pid_t child = fork();
	if (child == 0) {
		setpgid(0, 0);
		for (int i = 0; i < 3; i++)
			if (fork() == 0)
				for (;;)
					pause();
		signal(SIGTERM, SIG_IGN);
		sleep_ms(10);
		kill(0, SIGTERM);
		int killed = 0;
		while (wait(&status) > 0)
			killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
		_exit(killed);
	}
	waitpid(child, &status, 0);
	fact_status("killed by the group signal", status);
}

static void registers_survive(void)
{
	double sum = 0.1;
	int wrong = 0;

	PART("floating point across handlers");
	install_plain(SIGALRM, count, SA_RESTART);
	hits = 0;
	struct { struct timespec interval, value; } every = { { 0, 1000000 }, { 0, 1000000 } };
	timer_t timer;
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, (struct itimerspec *)&every, NULL);
	for (int i = 0; hits < 20 && i < 2000000000; i++) {
		double next = sum * 3.0 - sum * 2.0;
		wrong += next < 0.0999 || next > 0.1001;
	}
	timer_delete(timer);
	SHOW(wrong);
	CHECK(hits >= 20);
}

#if defined __x86_64__
#define UNDEFINED_INSTRUCTION "ud2"
#define NO_STACK "mov $16, %rsp; push %rax"
#elif defined __aarch64__
#define UNDEFINED_INSTRUCTION "udf #0"
#define NO_STACK "mov x9, #16; mov sp, x9; str x0, [sp, #-16]!"
#endif

static void step_over(int number, siginfo_t *info, void *data)
{
	ucontext_t *context = data;

	(void)info;
	printf("%s, going on\n", fact_signal(number));
#if defined __x86_64__
	context->uc_mcontext.gregs[REG_RIP] += 2;
	context->uc_mcontext.gregs[REG_RAX] = 99;
#elif defined __aarch64__
	context->uc_mcontext.pc += 4;
	context->uc_mcontext.regs[0] = 99;
#endif
}

static void contexts_can_be_changed(void)
{
#if defined __x86_64__
	register long value __asm__("rax") = 1;
#elif defined __aarch64__
	register long value __asm__("x0") = 1;
#endif

	PART("context");
	install(SIGILL, step_over, 0);
	value = 1;
	__asm__ volatile(UNDEFINED_INSTRUCTION : "+r"(value));
	SHOW(value);
	install_plain(SIGILL, SIG_DFL, 0);
	IN_CHILD("fault with the signal blocked", {
		sigset_t all;
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		install_plain(SIGSEGV, count, 0);
		*(volatile int *)8 = 1;
	});
	IN_CHILD("fault with the signal ignored", {
		signal(SIGSEGV, SIG_IGN);
		*(volatile int *)8 = 1;
	});
	IN_CHILD("no stack for the handler", {
		install_plain(SIGSEGV, count, 0);
		__asm__ volatile(NO_STACK);
	});
}

static sigjmp_buf back;

static void jump(int number)
{
	siglongjmp(back, number);
}

static void jumping_out(void)
{
	volatile int rounds = 0;

	PART("siglongjmp");
	install_plain(SIGUSR1, jump, 0);
	if (sigsetjmp(back, 1) < 0)
		return;
	if (++rounds < 100)
		raise(SIGUSR1);
	SHOW(rounds);
}

int main(void)
{
	errors();
	information();
	masks_hold_signals();
	real_time_signals_queue();
	waiting_for_signals();
	handlers_nest_and_reset();
	alternate_stacks();
	restarting();
	groups();
	registers_survive();
	contexts_can_be_changed();
	jumping_out();
	return 0;
}
