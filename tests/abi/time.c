/* SPDX-License-Identifier: GPL-2.0-only */
/* Clocks and timers: clock_gettime(2), nanosleep(2), alarm(2), setitimer(2), timer_create(2). */
#include "fact.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>

static volatile int hits;
static volatile int last_value, last_code;

static void count(int number)
{
	(void)number;
	hits++;
}

static void remember(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	hits++;
	last_value = info->si_value.sival_int;
	last_code = info->si_code;
}

static void clocks(void)
{
	static const clockid_t ids[] = {
		CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
		CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
		CLOCK_TAI,
	};
	struct timespec first, second, now;

	PART("clocks");
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		int got = clock_gettime(ids[i], &first) | clock_gettime(ids[i], &second);
		int ordered = first.tv_sec < second.tv_sec ||
			(first.tv_sec == second.tv_sec && first.tv_nsec <= second.tv_nsec);
		printf("clock %d: %d ordered %d\n", ids[i], got, ordered);
		CALL(clock_getres(ids[i], &now));
	}
	clock_getres(CLOCK_MONOTONIC, &now);
	SHOW(now.tv_nsec);
	CALL(clock_gettime(77, &now));
	CALL(syscall(SYS_clock_gettime, CLOCK_REALTIME, (void *)16));
	CALL(clock_getres(77, &now));
	clock_gettime(CLOCK_REALTIME, &now);
	CHECK(now.tv_sec > 1700000000 && now.tv_sec < 4000000000);
	struct timeval day;
	CALL(gettimeofday(&day, NULL));
	CHECK(labs(day.tv_sec - now.tv_sec) <= 1);
	CHECK(labs(time(NULL) - now.tv_sec) <= 1);
	long long wrong = 0, before = 0;
	for (int i = 0; i < 20000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		long long nanoseconds = now.tv_sec * 1000000000LL + now.tv_nsec;
		wrong += nanoseconds < before;
		before = nanoseconds;
	}
	SHOW(wrong);
}

static void sleeping(void)
{
	struct timespec some = { 0, 30000000 }, bad = { 0, 1000000000 }, negative = { -1, 0 };
	struct timespec deadline;
	long long before = now_ms();

	PART("sleep");
	CALL(nanosleep(&some, NULL));
	CHECK(now_ms() - before >= 30 && now_ms() - before < 3000);
	CALL(nanosleep(&bad, NULL));
	CALL(nanosleep(&negative, NULL));
	CALL(syscall(SYS_nanosleep, (void *)16, NULL));
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec -= 1;
	printf("past: %d\n", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL));
	deadline.tv_sec += 1;
	before = now_ms();
	deadline.tv_nsec += 30000000;
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000;
	}
	printf("soon: %d\n", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL));
	CHECK(now_ms() - before >= 29);
	printf("%s\n", fact_errno(clock_nanosleep(77, 0, &some, NULL)));
	printf("%s\n", fact_errno(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &some, NULL)));
	CALL(nanosleep(&(struct timespec){ 0, 0 }, NULL));
}

static void alarms(void)
{
	struct itimerval every = { { 0, 10000 }, { 0, 10000 } }, off = { 0 }, old;
	struct itimerval bad = { { 0, 1000000 }, { 0, 1000000 } };

	PART("alarm and setitimer");
	signal(SIGALRM, count);
	CALL(alarm(100));
	CALL(alarm(50) > 95);
	CALL(alarm(0) > 45);
	CALL(alarm(0));
	CALL(setitimer(ITIMER_REAL, &every, NULL));
	while (hits < 5)
		pause();
	CALL(setitimer(ITIMER_REAL, &off, &old));
	CHECK(old.it_interval.tv_usec == 10000);
	CALL(getitimer(ITIMER_REAL, &old));
	SHOW(old.it_value.tv_sec + old.it_value.tv_usec);
	CALL(setitimer(ITIMER_REAL, &bad, NULL));
	CALL(setitimer(77, &every, NULL));
	hits = 0;
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 0 }, { 0, 10000 } }, NULL);
	sleep(2);
	SHOW(hits);
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 0 }, { 100, 0 } }, NULL);
	IN_CHILD("a child has no alarm", {
		getitimer(ITIMER_REAL, &old);
		SHOW(old.it_value.tv_sec);
	});
	setitimer(ITIMER_REAL, &off, NULL);
	IN_CHILD("killed by the alarm", {
		signal(SIGALRM, SIG_DFL);
		setitimer(ITIMER_REAL, &every, NULL);
		for (;;)
			pause();
	});
}

static void cpu_time_timers(void)
{
	struct itimerval some = { { 0, 0 }, { 0, 20000 } };

	PART("CPU time");
	IN_CHILD("ITIMER_VIRTUAL", {
		setitimer(ITIMER_VIRTUAL, &some, NULL);
		for (;;)
			;
	});
	IN_CHILD("ITIMER_PROF", {
		setitimer(ITIMER_PROF, &some, NULL);
		for (;;)
			;
	});
	IN_CHILD("RLIMIT_CPU", {
		struct rlimit limit = { 1, 2 };
		setrlimit(RLIMIT_CPU, &limit);
		for (;;)
			;
	});
}

static void posix_timers(void)
{
	struct sigaction action = { .sa_sigaction = remember, .sa_flags = SA_SIGINFO };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3,
				  .sigev_value.sival_int = 55 };
	struct itimerspec soon = { { 0, 0 }, { 0, 10000000 } }, left;
	struct itimerspec bad = { { 0, 0 }, { 0, -1 } };
	timer_t timer, other;

	PART("timer_create");
	sigaction(SIGRTMIN + 3, &action, NULL);
	hits = 0;
	CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
	CALL(timer_gettime(timer, &left));
	SHOW(left.it_value.tv_nsec);
	CALL(timer_settime(timer, 0, &soon, NULL));
	while (hits < 1)
		sleep_ms(2);
	printf("value %d code %d\n", last_value, last_code);
	CALL(timer_settime(timer, 0, &bad, NULL));
	CALL(timer_settime(timer, TIMER_ABSTIME, &(struct itimerspec){ { 0, 0 }, { 1, 0 } }, NULL));
	while (hits < 2)
		sleep_ms(2);
	CALL(timer_getoverrun(timer));
	CALL(timer_delete(timer));
	CALL(timer_delete(timer));
	CALL(timer_create(77, &event, &timer));
	event.sigev_signo = 99;
	CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
	event.sigev_notify = SIGEV_NONE;
	CALL(timer_create(CLOCK_REALTIME, &event, &other));
	CALL(timer_settime(other, 0, &(struct itimerspec){ { 0, 0 }, { 50, 0 } }, NULL));
	CALL(timer_gettime(other, &left));
	CHECK(left.it_value.tv_sec >= 48 && left.it_value.tv_sec <= 50);
	CALL(timer_delete(other));
}

static void usage(void)
{
	struct rusage self, children;
	struct timespec before, cpu;
	struct tms ticks;
	volatile unsigned int sink = 0;

	PART("usage");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	do {
		for (int i = 0; i < 100000; i++)
			sink += i;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	} while ((cpu.tv_sec - before.tv_sec) * 1000000000 + cpu.tv_nsec - before.tv_nsec < 60000000);
	CALL(getrusage(RUSAGE_SELF, &self));
	CHECK(self.ru_utime.tv_sec + self.ru_utime.tv_usec > 0);
	CHECK(self.ru_minflt > 0);
	CALL(getrusage(RUSAGE_CHILDREN, &children));
	CHECK(children.ru_utime.tv_sec * 1000000 + children.ru_utime.tv_usec > 500000);
	CALL(getrusage(RUSAGE_THREAD, &self));
	CALL(getrusage(77, &self));
	CHECK(times(&ticks) > 0);
	CHECK(ticks.tms_utime + ticks.tms_stime > 0 && ticks.tms_cutime > 0);
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	CHECK(wait4(child, NULL, 0, &children) == child);
	CHECK(children.ru_minflt > 0);
}

int main(void)
{
	clocks();
	sleeping();
	alarms();
	cpu_time_timers();
	posix_timers();
	usage();
	return 0;
}
