/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One program, linked against musl, against glibc and as a static PIE: files, pipes, signals,
 * threads, maps, floating point, timers, folders, epoll, eventfd, environment, through the C
 * library's own paths.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 8

static uint32_t checksum(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint32_t sum = 2166136261U;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 16777619U;
	return sum;
}

static void files(void)
{
	char line[64], *big = malloc(3 << 20);
	FILE *file = fopen("numbers", "w+");

	for (int i = 0; i < 20000; i++)
		fprintf(file, "%d %x %o\n", i, i * i, i);
	fflush(file);
	printf("size %ld\n", ftell(file));
	fseek(file, 100000, SEEK_SET);
	fgets(line, sizeof(line), file);
	printf("line %s", fgets(line, sizeof(line), file));
	rewind(file);
	size_t got = fread(big, 1, 3 << 20, file);
	printf("read %zu sum %08x\n", got, checksum(big, got));
	fclose(file);
	printf("rename %d\n", rename("numbers", "renamed"));
	printf("remove %d\n", remove("renamed"));
	printf("again %d\n", remove("renamed"));
	free(big);
}

static void pipes(void)
{
	char text[128];
	FILE *in = popen("echo from the shell; echo $((6 * 7)); exit 3", "r");

	while (fgets(text, sizeof(text), in))
		printf("popen: %s", text);
	printf("pclose %d\n", WEXITSTATUS(pclose(in)));
	printf("system %d\n", WEXITSTATUS(system("cat /no/such/file 2>/dev/null || exit 9")));
	char *argv[] = { "sh", "-c", "echo spawned with $NAME", NULL };
	char *env[] = { "NAME=value", "PATH=/bin", NULL };
	pid_t child;
	int status, error = posix_spawn(&child, "/bin/sh", NULL, NULL, argv, env);
	waitpid(child, &status, 0);
	printf("posix_spawn %d exit %d\n", error, WEXITSTATUS(status));
	printf("missing program: %d\n", posix_spawn(&child, "/no/such", NULL, NULL, argv, env));
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

static void signals_and_timers(void)
{
	struct itimerval every = { { 0, 5000 }, { 0, 5000 } }, off = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_alarm };
	sigset_t wanted;
	int number;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	while (alarms < 10)
		pause();
	setitimer(ITIMER_REAL, &off, NULL);
	printf("ten alarms: %d\n", alarms >= 10);
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGUSR1);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	raise(SIGUSR1);
	sigwait(&wanted, &number);
	printf("sigwait %d\n", number == SIGUSR1);
}

struct work {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int queue[64], head, tail, done;
	long long total;
};

static void *work_take(void *data)
{
	struct work *work = data;

	pthread_mutex_lock(&work->lock);
	for (;;) {
		while (work->head == work->tail && !work->done)
			pthread_cond_wait(&work->changed, &work->lock);
		if (work->head == work->tail)
			break;
		int number = work->queue[work->head++ % 64];
		pthread_cond_broadcast(&work->changed);
		pthread_mutex_unlock(&work->lock);
		long long square = (long long)number * number;
		pthread_mutex_lock(&work->lock);
		work->total += square;
	}
	pthread_mutex_unlock(&work->lock);
	return NULL;
}

static void threads(void)
{
	struct work work = {
		.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER,
	};
	pthread_t workers[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		pthread_create(&workers[i], NULL, work_take, &work);
	for (int i = 1; i <= 2000; i++) {
		pthread_mutex_lock(&work.lock);
		while (work.tail - work.head == 64)
			pthread_cond_wait(&work.changed, &work.lock);
		work.queue[work.tail++ % 64] = i;
		pthread_cond_broadcast(&work.changed);
		pthread_mutex_unlock(&work.lock);
	}
	pthread_mutex_lock(&work.lock);
	work.done = 1;
	pthread_cond_broadcast(&work.changed);
	pthread_mutex_unlock(&work.lock);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(workers[i], NULL);
	printf("sum of squares %lld\n", work.total);
}

static void *thread_float(void *data)
{
	double *value = data;

	for (int i = 0; i < 100000; i++)
		*value = sqrt(*value * *value + 1e-9);
	return NULL;
}

static void floating_point(void)
{
	double values[4] = { 1, 2, 3, 4 };
	pthread_t workers[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&workers[i], NULL, thread_float, &values[i]);
	for (int i = 0; i < 4; i++)
		pthread_join(workers[i], NULL);
	printf("%.9f %.9f %.9f %.9f\n", values[0], values[1], values[2], values[3]);
	printf("%.12g %.12g %.12Lg %a\n", sin(1.0), exp(1.0), expl(1.0L), 1.0 / 3);
	printf("%g %g %g\n", 1.0 / 0.0, strtod("nan", NULL) * 0 != 0 ? 1.0 : 0.0, pow(2, 0.5));
}

static void memory(void)
{
	void *blocks[500];
	uint32_t sum = 0;

	for (int i = 0; i < 500; i++) {
		size_t size = (size_t)i * 997 % 20000 + 1;
		blocks[i] = malloc(size);
		memset(blocks[i], i, size);
	}
	for (int i = 0; i < 500; i += 2)
		free(blocks[i]);
	for (int i = 1; i < 500; i += 2) {
		size_t size = (size_t)i * 997 % 20000 + 1;
		blocks[i] = realloc(blocks[i], size * 2);
		sum ^= checksum(blocks[i], size);
		free(blocks[i]);
	}
	printf("heap %08x\n", sum);
	char *map = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	for (size_t at = 0; at < 64 << 20; at += 1 << 20)
		map[at] = 1;
	printf("sparse map %d, unmap %d\n", map != MAP_FAILED, munmap(map, 64 << 20));
	printf("malloc of too much: %s\n", malloc(SIZE_MAX / 4) ? "given" : "refused");
}

static int by_name(const struct dirent **one, const struct dirent **two)
{
	return strcmp((*one)->d_name, (*two)->d_name);
}

static void folders(void)
{
	struct dirent **entries;
	char name[32];

	mkdir("folder", 0755);
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "folder/entry%02d", i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
	int count = scandir("folder", &entries, NULL, by_name);
	printf("%d entries, first %s, last %s\n", count, entries[0]->d_name,
	       entries[count - 1]->d_name);
	char pattern[] = "temporary-XXXXXX";
	int fd = mkstemp(pattern);
	struct stat st;
	fstat(fd, &st);
	printf("mkstemp %d mode %o\n", fd >= 0, st.st_mode);
	printf("real path %d\n", realpath("folder/../folder/entry01", NULL) != NULL);
}

static void events(void)
{
	struct epoll_event event = { .events = EPOLLIN }, got[8];
	int ep = epoll_create1(0), count = eventfd(0, EFD_NONBLOCK), p[2];
	uint64_t value;

	pipe(p);
	event.data.fd = count;
	epoll_ctl(ep, EPOLL_CTL_ADD, count, &event);
	event.data.fd = p[0];
	epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &event);
	printf("quiet %d\n", epoll_wait(ep, got, 8, 0));
	eventfd_write(count, 7);
	write(p[1], "x", 1);
	printf("two ready %d\n", epoll_wait(ep, got, 8, 1000));
	eventfd_read(count, &value);
	int left = epoll_wait(ep, got, 8, 0);
	printf("value %llu, one left %d, is the pipe %d\n", (unsigned long long)value, left,
	       got[0].data.fd == p[0]);
}

static sigjmp_buf recovered;

static void on_fault(int number)
{
	siglongjmp(recovered, number);
}

static void environment(char **argv)
{
	signal(SIGSEGV, on_fault);
	int number = sigsetjmp(recovered, 1);
	if (number == 0)
		*(volatile int *)(uintptr_t)getpagesize() = 1;
	printf("fault recovered %d\n", number == SIGSEGV);
	printf("program %s\n", strstr(argv[0], "exercise") != NULL ? "named" : argv[0]);
	printf("HOME %s missing %s\n", getenv("HOME"), getenv("MISSING") ? "set" : "unset");
	setenv("ADDED", "yes", 1);
	fflush(stdout);
	system("echo in the shell: $ADDED");
	printf("page %ld cpus %d secure %lu\n", sysconf(_SC_PAGESIZE),
	       sysconf(_SC_NPROCESSORS_ONLN) > 0, getauxval(AT_SECURE));
	time_t then = 1000000000;
	char text[64];
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", gmtime(&then));
	printf("%s\n", text);
	printf("%s\n", strerror(ENOTDIR));
}

static void at_the_end(void)
{
	printf("atexit ran\n");
}

int main(int argc, char **argv)
{
	(void)argc;
	setvbuf(stdout, NULL, _IOLBF, 0);
	atexit(at_the_end);
	files();
	pipes();
	signals_and_timers();
	threads();
	floating_point();
	memory();
	folders();
	events();
	environment(argv);
	return 0;
}
