/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * poll(2) and select(2): one look at all files that leaves a waiter in each queue, then sleep and look again until
 * something holds. The waiters of a call live on its stack, more of them in chunks from the heap; each keeps its file
 * open, for another thread may close the descriptor meanwhile. Nothing outlives the call.
 */
#include <murre/base/bits.h>
#include <murre/event.h>
#include <murre/slab.h>
#include <linux/poll.h>

enum { WAITERS_INLINE = 6, WAITERS_PER_CHUNK = 62 };

struct poller;
struct poll_waiter {
	struct waiter waiter;
	struct poller *poller;
	waitq *queue;
	unsigned wanted;		/* wake-ups for other events are not for us */
	file_ref file;
};
EMBEDDED(poll_waiter, waiter, waiter)

struct poll_chunk {
	struct poll_chunk *next;
	unsigned used;
	struct poll_waiter waiters[WAITERS_PER_CHUNK];
};

struct poller {
	struct poll_table table;
	struct task *task;
	struct file *file;		/* whose queues are being added */
	bool triggered;			/* by a wake-up since the last look */
	bool no_memory;
	bool alone;			/* with its descriptor table: nobody else can close a file */
	unsigned used;
	struct poll_chunk *chunks;
	struct poll_waiter waiters[WAITERS_INLINE];
};
EMBEDDED(poller, poll_table, table)

/* Waiting. --------------------------------------------------------------------------------------------------------- */

static bool poller_wake(struct waiter *w, unsigned events)
{
	struct poll_waiter *p = poll_waiter_of_waiter(w);

	if (events && !(events & p->wanted))
		return false;
	write_once(p->poller->triggered, true);
	return task_wake(p->poller->task);
}

static struct poll_waiter *waiter_take(struct poller *p)
{
	if (p->used < WAITERS_INLINE)
		return &p->waiters[p->used++];
	if (!p->chunks || p->chunks->used == WAITERS_PER_CHUNK) {
		struct poll_chunk *c = bytes_take(sizeof(*c));

		if (!c)
			return NULL;
		c->next = p->chunks;
		p->chunks = c;
	}
	return &p->chunks->waiters[p->chunks->used++];
}

static void poller_enqueue(struct poll_table *t, waitq *q)
{
	struct poller *p = poller_of_poll_table(t);
	struct poll_waiter *w = waiter_take(p);

	if (!w) {
		p->no_memory = true;
		return;
	}
	*w = (struct poll_waiter){
		.waiter = { .fn = poller_wake }, .poller = p, .queue = q, .wanted = t->wanted,
		.file = file_share(p->file),
	};
	waitq_add(q, &w->waiter);
}

static void poller_init(struct poller *p)
{
	p->table = (struct poll_table){ .enqueue = poller_enqueue };
	p->task = current();
	p->file = NULL;
	p->triggered = p->no_memory = false;
	p->alone = !fd_table_is_shared(current_files());
	p->used = 0;
	p->chunks = NULL;
}

static void waiters_end(struct poll_waiter *w, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		waitq_remove(w[i].queue, &w[i].waiter);
		drop(file_ref, w[i].file);
	}
}

static void poller_end(struct poller *p)
{
	waiters_end(p->waiters, p->used);
	while (p->chunks) {
		struct poll_chunk *c = p->chunks;

		p->chunks = c->next;
		waiters_end(c->waiters, c->used);
		bytes_put(c);
	}
}

/* The file of a descriptor for the time of a look; EBADF. */
static always_inline result(file_loan) poller_loan(const struct poller *p, int fd)
{
	RETURNS(file_loan);

	if (unlikely(!p->alone))
		return fd_loan((fd_t){ fd });
	struct file *f = fd_peek((fd_t){ fd });
	return likely(f && !(f->mode & FILE_PATH_ONLY)) ? OK(file_loan, file_loan_make(f, false)) : FAIL(EBADF);
}

/* Files without a poll verb are always ready for these. */
#define ALWAYS_READY (EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM)

/* What of `wanted` holds. Leaves waiters as long as the table has its enqueue. */
static unsigned file_look(struct poller *p, struct file *f, unsigned wanted)
{
	p->file = f;
	p->table.wanted = wanted;
	return f->ops->poll(f, p->table.enqueue ? &p->table : NULL) & wanted;
}

/* Sleeps until a waiter is woken. True: the deadline passed. */
static bool poller_sleep(struct poller *p, nsec_t deadline)
{
	bool late = false;

	task_set_state(TASK_INTERRUPTIBLE);
	if (!read_once(p->triggered) && !signal_pending())
		late = schedule_until(deadline);
	task_set_state(TASK_RUNNING);		/* full barrier: what we look at next is not older than this */
	write_once(p->triggered, false);
	return late;
}

/* Looks until something counts, a signal comes or the deadline has passed. */
typedef result(int) (*look_fn)(struct poller *p, void *request);
static result(int) poller_run(look_fn look, void *request, nsec_t deadline)
{
	RETURNS(int);
	struct poller p not_zeroed ended_by(poller_end);	/* poller_init sets all but the waiters */
	bool late = deadline.ns == NSEC_NO_WAIT.ns;

	poller_init(&p);
	if (late)
		p.table.enqueue = NULL;
	for (;;) {
		int count = TRY(look(&p, request));

		p.table.enqueue = NULL;
		if (count)
			return OK(int, count);
		if (unlikely(p.no_memory))
			return FAIL(ENOMEM);
		if (signal_pending())
			return FAIL(ERESTARTNOHAND);
		if (late)
			return OK(int, 0);
		late = poller_sleep(&p, deadline);
	}
}

/* poll(2). --------------------------------------------------------------------------------------------------------- */

struct poll_request { abi_pollfd *fds; unsigned count; };

static always_inline unsigned pollfd_look(struct poller *p, const abi_pollfd *one)
{
	unsigned wanted = (uint16_t)one->events | EPOLLERR | EPOLLHUP;

	if (one->fd < 0)
		return 0;
	attempt_as(own_loan, file_loan, loan, bad, poller_loan(p, one->fd));
	if (unlikely(bad))
		return POLLNVAL;
	return loaned(loan)->ops->poll ? file_look(p, loaned(loan), wanted) : ALWAYS_READY & wanted;
}

static result(int) poll_look(struct poller *p, void *request)
{
	struct poll_request *r = request;
	int count = 0;

	for (unsigned i = 0; i < r->count; i++) {
		r->fds[i].revents = pollfd_look(p, &r->fds[i]);
		if (r->fds[i].revents) {
			count++;
			p->table.enqueue = NULL;	/* nobody will sleep */
		}
	}
	return OK(int, count);
}

result(int) poll_files(abi_pollfd *fds, unsigned count, nsec_t deadline, struct can_sleep cs)
{
	return poller_run(poll_look, &(struct poll_request){ fds, count }, deadline);
}

/* select(2). ------------------------------------------------------------------------------------------------------- */

enum {
	SELECT_IN = EPOLLRDNORM | EPOLLRDBAND | EPOLLIN | EPOLLHUP | EPOLLERR,
	SELECT_OUT = EPOLLWRBAND | EPOLLWRNORM | EPOLLOUT | EPOLLERR,
	SELECT_EXCEPT = EPOLLPRI,
	WORD_BITS = 64,
};

struct select_request {
	unsigned count;
	const struct select_sets *wanted;
	struct select_sets *ready;
	bool looked;			/* a bad descriptor is an error the first time; later it was closed meanwhile */
};

/* What was found in one word of the sets. */
struct select_found { unsigned long in, out, except; };

/* A file that has to be asked. */
static never_inline void select_ask(struct poller *p, struct file *f, unsigned long bit, const struct select_found *wanted,
				    struct select_found *found)
{
	unsigned events = SELECT_EXCEPT | (wanted->in & bit ? SELECT_IN : 0) | (wanted->out & bit ? SELECT_OUT : 0);

	events = file_look(p, f, events);
	if (!events)
		return;
	p->table.enqueue = NULL;		/* nobody will sleep */
	if (events & SELECT_IN)
		found->in |= bit & wanted->in;
	if (events & SELECT_OUT)
		found->out |= bit & wanted->out;
	if (events & SELECT_EXCEPT)
		found->except |= bit & wanted->except;
}

/* A descriptor that is not open is an error at the first look; later it was closed meanwhile. */
static result(unit) select_look_word(struct poller *p, const struct select_request *r, int first_fd,
				     const struct select_found *wanted, struct select_found *found)
{
	RETURNS(unit);
	unsigned long ready = 0;

	for (unsigned long all = wanted->in | wanted->out | wanted->except; all; all &= all - 1) {
		attempt_as(own_loan, file_loan, loan, bad, poller_loan(p, first_fd + __builtin_ctzl(all)));

		if (unlikely(bad)) {
			if (!r->looked)
				return FAIL(EBADF);
			continue;
		}
		if (loaned(loan)->ops->poll) {
			select_ask(p, loaned(loan), all & -all, wanted, found);
			continue;
		}
		ready |= all & -all;
		p->table.enqueue = NULL;	/* nobody will sleep */
	}
	found->in |= ready & wanted->in;
	found->out |= ready & wanted->out;
	return DONE;
}

static int select_found_store(struct select_sets *ready, unsigned word, const struct select_found *found)
{
	ready->in[word] = found->in;
	ready->out[word] = found->out;
	ready->except[word] = found->except;
	if (!(found->in | found->out | found->except))
		return 0;
	return bits_count(found->in) + bits_count(found->out) + bits_count(found->except);
}

static result(int) select_look(struct poller *p, void *request)
{
	RETURNS(int);
	struct select_request *r = request;
	int count = 0;

	for (unsigned done = 0; done < r->count; done += WORD_BITS) {
		unsigned word = done / WORD_BITS, bits = r->count - done;
		unsigned long mask = bits < WORD_BITS ? (1ul << bits) - 1 : ~0ul;
		struct select_found found = {}, wanted = {
			r->wanted->in[word] & mask, r->wanted->out[word] & mask, r->wanted->except[word] & mask,
		};

		TRY(select_look_word(p, r, (int)done, &wanted, &found));
		count += select_found_store(r->ready, word, &found);
	}
	r->looked = true;
	return OK(int, count);
}

result(int) select_files(unsigned count, const struct select_sets *wanted, struct select_sets *ready, nsec_t deadline,
			 struct can_sleep cs)
{
	return poller_run(select_look, &(struct select_request){ .count = count, .wanted = wanted, .ready = ready }, deadline);
}
