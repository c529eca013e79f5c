/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ready side of epoll: wake-ups put items on the ready list, harvesters take them off and ask each file what really
 * holds. A harvester moves the list to one of its own first, so that what it puts back (level-triggered items) comes
 * round only in the next harvest. An item is on one such list at most; which one only matters under the ready lock.
 */
#include "epoll.h"

enum { CHUNK_EVENTS = 16 };		/* copied to the program at a time */

/* Wake-ups. -------------------------------------------------------------------------------------------------------- */

static bool wake_one_sleeper(epoll_ready_locked r)
{
	struct epoll_sleeper *s = epoll_sleeper_list_pop_front(&in(r)->sleepers);

	if (!s)
		return false;
	task_wake(s->task);		/* under the lock: the sleeper's memory is its stack */
	return true;
}

static bool ready_add(struct epoll_item *item)
{
	hold(epoll_ready, r, &item->epoll->ready);
	if (!ready_item_list_linked(item))
		ready_item_list_push_back(&in(r)->items, item);
	return wake_one_sleeper(r);
}

void epoll_item_ready(struct epoll_item *item)
{
	(void)ready_add(item);
	wake_up(&item->epoll->watchers, EPOLLIN | EPOLLRDNORM);
}

bool epoll_item_wake(struct waiter *w, unsigned events)
{
	struct epoll_item *item = epoll_link_of_waiter(w)->item;
	unsigned wanted = read_once(item->events);

	if (!(wanted & ~EPOLL_PRIVATE) || (events && !(events & wanted)))
		return false;
	bool woke = ready_add(item);
	wake_up(&item->epoll->watchers, EPOLLIN | EPOLLRDNORM);
	return woke;
}

void epoll_item_unready(struct epoll_item *item)
{
	hold(epoll_ready, r, &item->epoll->ready);
	if (ready_item_list_linked(item))
		ready_item_list_remove(item);
}

unsigned epoll_item_look(struct epoll_item *item, struct poll_table *t)
{
	struct file *f = item->file;

	if (t)
		t->wanted = item->events;
	return f->ops->poll(f, t) & item->events & ~EPOLL_PRIVATE;
}

/* Harvesting. ------------------------------------------------------------------------------------------------------ */

struct harvest {
	struct ready_item_list todo;	/* taken from the ready list */
	struct ready_item_list again;	/* level-triggered, told already */
};

static void harvest_begin(struct epoll *ep, struct harvest *h)
{
	ready_item_list_init(&h->todo);
	ready_item_list_init(&h->again);
	hold(epoll_ready, r, &ep->ready);
	ready_item_list_splice(&h->todo, &in(r)->items);
}

/* What was not looked at goes to the front, what was told to the back. */
static void harvest_end(struct epoll *ep, struct harvest *h)
{
	hold(epoll_ready, r, &ep->ready);
	ready_item_list_splice(&h->todo, &in(r)->items);
	ready_item_list_splice(&in(r)->items, &h->todo);
	ready_item_list_splice(&in(r)->items, &h->again);
	if (!ready_item_list_empty(&in(r)->items))
		(void)wake_one_sleeper(r);
}

static struct epoll_item *harvest_next(struct epoll *ep, struct harvest *h)
{
	hold(epoll_ready, r, &ep->ready);
	return ready_item_list_pop_front(&h->todo);
}

/* The item's events go to the program: one-shot items fall silent, level-triggered ones stay ready. */
static void item_told(struct epoll_item *item, struct harvest *h)
{
	if (item->events & EPOLLONESHOT) {
		write_once(item->events, item->events & EPOLL_PRIVATE);
		return;
	}
	if (item->events & EPOLLET)
		return;
	hold(epoll_ready, r, &item->epoll->ready);
	if (!ready_item_list_linked(item))
		ready_item_list_push_back(&h->again, item);
}

static int harvest_chunk(struct epoll *ep, struct harvest *h, abi_epoll_event *out, int most, struct can_sleep cs)
{
	struct epoll_item *item;
	int n = 0;
	hold_epoll_items(items, ep);

	while (n < most && (item = harvest_next(ep, h))) {
		unsigned events = epoll_item_look(item, NULL);

		if (!events)
			continue;
		out[n++] = (abi_epoll_event){ .events = events, .data = item->data };
		item_told(item, h);
	}
	return n;
}

static result(int) harvest_all(struct epoll *ep, struct harvest *h, user_out_abi_epoll_event to, int count,
			       struct can_sleep cs)
{
	RETURNS(int);
	abi_epoll_event chunk[CHUNK_EVENTS] not_zeroed;		/* filled by harvest_chunk */
	int done = 0, n;

	do {
		n = harvest_chunk(ep, h, chunk, min(count - done, CHUNK_EVENTS), cs);
		int err = n ? error_of(copy_out_array(user_elem(to, done), chunk, n)) : 0;
		if (err)
			return done ? OK(int, done) : FAIL(err);
		done += n;
	} while (n == CHUNK_EVENTS && done < count);
	return OK(int, done);
}

/* Sleeps until a wake-up takes our entry out; true: the deadline came first. */
static bool epoll_sleep(struct epoll *ep, nsec_t deadline)
{
	struct epoll_sleeper me = { .task = current() };
	bool late = false;

	{
		hold(epoll_ready, r, &ep->ready);
		if (!ready_item_list_empty(&in(r)->items))
			return false;
		epoll_sleeper_list_push_front(&in(r)->sleepers, &me);
		task_set_state(TASK_INTERRUPTIBLE);
	}
	if (!signal_pending())
		late = schedule_until(deadline);
	task_set_state(TASK_RUNNING);
	hold(epoll_ready, r, &ep->ready);
	if (!epoll_sleeper_list_linked(&me))
		return false;
	epoll_sleeper_list_remove(&me);
	return late;
}

/* A look without the lock; a wake-up that comes now also wakes who goes to sleep after it. */
static bool ready_seems_empty(struct epoll *ep)
{
	const struct list_node *head = &peek(&ep->ready)->items.head;

	return read_once(head->next) == head;
}

result(int) epoll_harvest(struct file *f, user_out_abi_epoll_event to, int count, nsec_t deadline, struct can_sleep cs)
{
	RETURNS(int);
	struct epoll *ep = epoll_of(f);
	bool late = deadline.ns == NSEC_NO_WAIT.ns;
	struct harvest h;

	if (!ep)
		return FAIL(EINVAL);
	for (;;) {
		if (!ready_seems_empty(ep)) {
			harvest_begin(ep, &h);
			attempt(done, err, harvest_all(ep, &h, to, count, cs));
			harvest_end(ep, &h);
			if (err || done)
				return err ? FAIL(err) : OK(int, done);
		}
		if (late)
			return OK(int, 0);
		if (signal_pending())
			return FAIL(EINTR);
		late = epoll_sleep(ep, deadline);
	}
}

/* An instance is readable when one of its items really is; those that are not leave the list. */
unsigned epoll_poll(struct file *f, struct poll_table *t)
{
	unsafe_because("poll verbs run in a call of a program, without spin locks: this one may sleep for its items");
	struct can_sleep cs = MAY_SLEEP;
	struct epoll *ep = epoll_of(f);
	struct epoll_item *item;
	struct harvest h;
	bool found = false;

	poll_wait(t, &ep->watchers);
	hold_epoll_items(items, ep);
	harvest_begin(ep, &h);
	while (!found && (item = harvest_next(ep, &h))) {
		found = epoll_item_look(item, NULL) != 0;
		if (found) {
			hold(epoll_ready, r, &ep->ready);
			if (!ready_item_list_linked(item))
				ready_item_list_push_front(&h.todo, item);
		}
	}
	harvest_end(ep, &h);
	return found ? EPOLLIN | EPOLLRDNORM : 0;
}
