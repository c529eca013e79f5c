/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads and futex(2): mutexes, conditions, barriers, TLS, exit of the group, robust lists. */
#include "fact.h"

#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>

#define THREADS 16

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static __thread int own_value;
static int counter, turn;

static long futex(void *word, int operation, unsigned int value, void *timeout, void *second,
		  unsigned int third)
{
	return syscall(SYS_futex, word, operation, value, timeout, second, third);
}

static void *count_up(void *data)
{
	own_value = (int)(intptr_t)data;
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&lock);
		counter++;
		pthread_mutex_unlock(&lock);
	}
	return (void *)(intptr_t)own_value;
}

static void mutual_exclusion(void)
{
	pthread_t threads[THREADS];
	void *value;
	int sum = 0;

	PART("mutex, barrier, TLS");
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, count_up, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &value);
		sum += (int)(intptr_t)value;
	}
	SHOW(counter);
	SHOW(sum);
}

static void *take_turns(void *data)
{
	int mine = (int)(intptr_t)data;

	for (int round = 0; round < 50; round++) {
		pthread_mutex_lock(&lock);
		while (turn != mine)
			pthread_cond_wait(&changed, &lock);
		turn = !turn;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void conditions(void)
{
	struct timespec deadline;
	pthread_t one, two;

	PART("conditions");
	pthread_create(&one, NULL, take_turns, (void *)0);
	pthread_create(&two, NULL, take_turns, (void *)1);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	SHOW(turn);
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_nsec += 20000000;
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&lock);
	printf("timed wait: %s\n", fact_errno(pthread_cond_timedwait(&changed, &lock, &deadline)));
	pthread_mutex_unlock(&lock);
}

static void raw_futex(void)
{
	struct timespec soon = { 0, 20000000 }, bad = { 0, -1 }, past = { 1, 0 };
	unsigned int *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int second = 5;

	PART("futex");
	CALL(futex(word, FUTEX_WAIT, 1, NULL, NULL, 0));
	CALL(futex(word, FUTEX_WAIT, 0, &soon, NULL, 0));
	CALL(futex(word, FUTEX_WAIT, 0, &bad, NULL, 0));
	CALL(futex(word, FUTEX_WAIT_BITSET, 0, &past, NULL, 1));
	CALL(futex(word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
	CALL(futex(word, FUTEX_WAKE, 10, NULL, NULL, 0));
	CALL(futex((char *)word + 1, FUTEX_WAIT, 0, NULL, NULL, 0));
	CALL(futex((void *)16, FUTEX_WAIT, 0, NULL, NULL, 0));
	CALL(futex((void *)16, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	CALL(futex((void *)0xffff800000000000, FUTEX_WAIT, 0, NULL, NULL, 0));
	CALL(futex(word, 99, 0, NULL, NULL, 0));
	CALL(futex(word, FUTEX_CMP_REQUEUE, 1, (void *)1L, &second, 7));
	pid_t child = fork();
	if (child == 0) {
		long got = futex(word, FUTEX_WAIT, 0, NULL, NULL, 0);
		_exit(got == 0 ? 0 : 1);
	}
	while (futex(word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0)
		sleep_ms(1);
	int status;
	waitpid(child, &status, 0);
	fact_status("woken in another process", status);
	munmap(word, 4096);
}

static unsigned int requeue_from, requeue_to;

static void *wait_on_first(void *data)
{
	futex(&requeue_from, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return data;
}

static void requeueing(void)
{
	pthread_t threads[4];
	long moved = 0, woken = 0;

	PART("requeue");
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, wait_on_first, NULL);
	while (moved < 4) {
		moved += futex(&requeue_from, FUTEX_CMP_REQUEUE_PRIVATE, 0, (void *)10L,
			       &requeue_to, 0);
		sleep_ms(1);
	}
	SHOW(moved);
	/* Onto the word where they wait already: each counts once. */
	CALL(futex(&requeue_to, FUTEX_CMP_REQUEUE_PRIVATE, 0, (void *)(long)INT_MAX, &requeue_to, 0));
	CALL(futex(&requeue_from, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
	while (woken < 4)
		woken += futex(&requeue_to, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0);
	SHOW(woken);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void *sleep_long(void *data)
{
	sleep(100);
	return data;
}

static void *exit_all(void *data)
{
	sleep_ms(5);
	exit(33);
	return data;
}

static void *exec_self(void *data)
{
	execl("/proc/self/exe", "threads", "after exec", NULL);
	return data;
}

static void the_group_ends_together(void)
{
	pthread_t thread;

	PART("group exit");
	IN_CHILD("exit from a thread", {
		pthread_create(&thread, NULL, sleep_long, NULL);
		pthread_create(&thread, NULL, exit_all, NULL);
		pause();
	});
	IN_CHILD("main thread leaves first", {
		pthread_create(&thread, NULL, exit_all, NULL);
		pthread_exit(NULL);
	});
	IN_CHILD("a thread execs", {
		for (int i = 0; i < 3; i++)
			pthread_create(&thread, NULL, sleep_long, NULL);
		pthread_create(&thread, NULL, exec_self, NULL);
		pause();
	});
	IN_CHILD("a thread is hit", {
		pthread_create(&thread, NULL, sleep_long, NULL);
		kill(getpid(), SIGTERM);
		pause();
	});
}

static void *tid_of(void *data)
{
	*(pid_t *)data = syscall(SYS_gettid);
	return (void *)(intptr_t)getpid();
}

static void numbers(void)
{
	pthread_t thread;
	pid_t tid = 0;
	void *pid;

	PART("numbers");
	pthread_create(&thread, NULL, tid_of, &tid);
	pthread_join(thread, &pid);
	CHECK((pid_t)(intptr_t)pid == getpid());
	CHECK(tid != getpid() && tid > 0);
	CALL(syscall(SYS_tgkill, 1 << 22, tid, 0));
	CALL(syscall(SYS_tgkill, getpid(), getpid(), 0));
	CALL(syscall(SYS_tgkill, getpid(), -1, 0));
	CALL(syscall(SYS_tkill, getpid(), 65));
}

static void *hold_robust(void *data)
{
	pthread_mutex_lock(data);
	return NULL;
}

static void robust_mutex(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t mutex;
	pthread_t thread;

	PART("robust");
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&mutex, &attributes);
	pthread_create(&thread, NULL, hold_robust, &mutex);
	pthread_join(thread, NULL);
	printf("owner died: %d\n", pthread_mutex_lock(&mutex) == EOWNERDEAD);
	CALL(pthread_mutex_consistent(&mutex));
	CALL(pthread_mutex_unlock(&mutex));
}

static void semaphores(void)
{
	sem_t *semaphore = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec past = { 1, 0 };

	PART("semaphores between processes");
	sem_init(semaphore, 1, 0);
	pid_t child = fork();
	if (child == 0) {
		for (int i = 0; i < 100; i++)
			sem_post(semaphore);
		_exit(0);
	}
	for (int i = 0; i < 100; i++)
		sem_wait(semaphore);
	waitpid(child, NULL, 0);
	CALL(sem_timedwait(semaphore, &past));
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		printf("%s, alone: %d\n", argv[1], syscall(SYS_gettid) == getpid());
		return 0;
	}
	mutual_exclusion();
	conditions();
	raw_futex();
	requeueing();
	the_group_ends_together();
	numbers();
	robust_mutex();
	semaphores();
	return 0;
}
