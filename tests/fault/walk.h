/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every program of tests/fault shares: it walks through steps, each a call or a few that stand for an area, and
 * lets the n-th allocation, user copy or page read in each fail, for n from 1 until the step passes untouched
 * (/proc/PID/fail-nth of the debug kernel). A failed step has to end in an errno that the manual page names, to change
 * nothing and to leave nothing behind; after all the failures the kernel has to have as much memory as before.
 */
#ifndef TESTS_FAULT_WALK_H
#define TESTS_FAULT_WALK_H

#include "state.h"
#include <setjmp.h>

/* What a failed step must have left as it was, besides descriptors and children. */
enum {
	NAMES = 1,		/* the tree below the working directory: names, attributes, contents */
	MAPS = 2,
	SIGNALS = 4,		/* mask, pending, handlers, alternate stack, interval timers */
	CRED = 8,
	MOUNTS = 16,
	ANSWER_LAST = 32,	/* done before the answer is copied out: EFAULT does not undo it, on Linux either */
};

struct step {
	const char *name;
	void (*prepare)(void);		/* not made to fail */
	long (*run)(void);
	void (*undo)(long result);	/* also after failures */
	int alloc[4];			/* errnos when memory is short; none: it has to do without */
	int also[4];			/* errnos of any kind, besides EFAULT for copies and EIO for reads */
	unsigned state;
};

enum { MOST_FAILURES = 5000, MOST_PASSES = 6, CACHES = 200 };
static sigjmp_buf step_ended;

static uint64_t state_hash(const struct step *s)
{
	siginfo_t child = {};
	uint64_t hash = fds_hash();

	hash = mix_number(hash, waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0);
	if (s->state & NAMES)
		hash = mix_number(hash, names_hash());
	if (s->state & MAPS)
		hash = mix_number(hash, text_hash("/proc/self/maps"));
	if (s->state & SIGNALS)
		hash = mix_number(hash, signals_hash());
	if (s->state & CRED)
		hash = mix_number(hash, cred_hash());
	if (s->state & MOUNTS)
		hash = mix_number(hash, text_hash("/proc/self/mountinfo"));
	return hash;
}

/* One step. */
static void on_signal(int signo) { siglongjmp(step_ended, signo); }

static int is_among(const int *list, int err)
{
	for (int i = 0; i < 4; i++)
		if (list[i] == err)
			return 1;
	return 0;
}

static int is_documented(const struct step *s, const char *kind, int err)
{
	if (is_among(s->also, err))
		return 1;
	if (*kind == 'a')
		/* A buffer's page that could not be brought in. */
		return is_among(s->alloc, err) || (err == EFAULT && strstr(report, " fault_handle+"));
	return err == (*kind == 'r' ? EIO : EFAULT);
}

static long step_run(const struct step *s, const char *kind, unsigned n)
{
	int signo = sigsetjmp(step_ended, 1);

	if (signo)
		return -SIGNALLED(signo);
	arena_touch();
	plan_set(CONTROL, kind, n);
	return s->run();
}

/* Whether the n-th failure was there to be had. */
static int step_try(const struct step *s, const char *kind, unsigned n)
{
	uint64_t before = state_hash(s), ready;
	long result;
	int fired;

	if (s->prepare)
		s->prepare();
	ready = state_hash(s);
	result = step_run(s, kind, n);
	fired = plan_end(CONTROL, kind);
	if (result < 0 && !fired)
		COMPLAIN("%s: fails by itself (%s): %ld %s", s->name, kind, result, strerror(-result));
	else if (result < 0 && !is_documented(s, kind, -result))
		COMPLAIN("%s: %s %u: undocumented %ld %s; %s", s->name, kind, n, result,
			 strerror(-result), report);
	if (result < 0 && !(s->state & ANSWER_LAST && *kind == 'c') && state_hash(s) != ready)
		COMPLAIN("%s: %s %u: failed (%s), but changed something; %s", s->name, kind, n,
			 strerror(-result), report);
	if (s->undo)
		s->undo(result);
	if (state_hash(s) != before)
		COMPLAIN("%s: %s %u: left something behind (%ld); %s", s->name, kind, n, result, report);
	return fired;
}

static void step_walk(const struct step *s, unsigned *failures)
{
	for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++) {
		unsigned n = 1;

		while (n < MOST_FAILURES && step_try(s, kinds[k], n))
			n++;
		if (n == MOST_FAILURES)
			COMPLAIN("%s: %s: no end of failures; %s", s->name, kinds[k], report);
		if (failures[k] < n - 1)
			failures[k] = n - 1;
	}
}

/* Memory. */
struct cache { char name[32]; long used; };
struct memory { struct cache cache[CACHES]; int caches; long pages; };

static long meminfo(const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtol(line + strlen(name) + 1, NULL, 10) / 4 : 0;
}

/* After what waits for the end of RCU's readers is free. */
static void memory_measure(struct memory *m)
{
	syscall(SYS_membarrier, 1, 0, 0);
	syscall(SYS_membarrier, 1, 0, 0);
	usleep(15000);
	file_text("/proc/meminfo", text, sizeof(text));
	m->pages = meminfo("AnonPages") + meminfo("Shmem");
	m->caches = 0;
	file_text("/proc/slabinfo", text, sizeof(text));
	for (char *line = strtok(text, "\n"); line && m->caches < CACHES; line = strtok(NULL, "\n")) {
		struct cache *c = &m->cache[m->caches];

		if (sscanf(line, "%31s %ld", c->name, &c->used) == 2)
			m->caches++;
	}
}

/* Which caches have grown, as text. */
static int memory_grown(const struct memory *from, const struct memory *to, char *what, size_t cap)
{
	int grown = to->pages > from->pages;

	*what = 0;
	if (grown)
		snprintf(what, cap, " pages +%ld", to->pages - from->pages);
	for (int i = 0; i < to->caches; i++) {
		long old = i < from->caches ? from->cache[i].used : 0;

		if (to->cache[i].used <= old)
			continue;
		grown++;
		snprintf(what + strlen(what), cap - strlen(what), " %s +%ld", to->cache[i].name,
			 to->cache[i].used - old);
	}
	return grown;
}

/* Handles that nobody has any more, as the kernel's audit finds them: numbered lines. */
static void handles_check(const struct step *s)
{
	static unsigned known;
	unsigned number;

	file_text("/proc/murre/handles", text, sizeof(text));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (sscanf(line, "leak %u:", &number) == 1 && number > known) {
			COMPLAIN("%s: %s", s->name, line);
			known = number;
		}
}

/* Caches fill up at first; what grows with each pass is lost. */
static void step_check(const struct step *s)
{
	static struct memory memory[2];
	unsigned failures[ARRAY_SIZE(kinds)] = {};
	char what[512] = "";
	int pass, seen = complaints;

	for (pass = 0; pass < MOST_PASSES; pass++) {
		step_walk(s, failures);
		memory_measure(&memory[pass % 2]);
		if (complaints != seen || (pass && !memory_grown(&memory[!(pass % 2)], &memory[pass % 2],
								   what, sizeof(what))))
			break;
	}
	if (pass == MOST_PASSES)
		COMPLAIN("%s: memory is lost with each pass:%s", s->name, what);
	handles_check(s);
	say("%s: alloc %u copy %u short %u read %u\n", s->name, failures[0], failures[1], failures[2],
	    failures[3]);
}

/* Walks through all steps, or through the one that argv names. */
static int walk(const struct step *steps, size_t count, char **argv)
{
	plan_start();
	signal(SIGBUS, on_signal);
	signal(SIGSEGV, on_signal);
	for (size_t i = 0; i < count; i++)
		if (!argv[1] || strcmp(argv[1], steps[i].name) == 0)
			step_check(&steps[i]);
	say("%d complaints\n", complaints);
	return complaints != 0;
}
#endif
