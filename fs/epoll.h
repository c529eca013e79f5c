/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of epoll share. Locks, outermost first:
 *	watches		(one for all) watches of epolls by epolls; files and instances that go away
 *	epoll.items	the tree of items, and what an item asks for; held while a file's poll verb runs
 *	file_watchers	the list of items on one file
 *	epoll.ready	the ready list and the sleepers; taken by wake-ups
 * A file that goes away takes `watches`, then the items lock of each epoll that watches it; an instance that goes away
 * takes `watches`, too. So an item's file and instance both live as long as one of the two outer locks is held by who
 * found the item.
 */
#pragma once
#include <murre/event.h>
#include <murre/slab.h>

enum { EPOLL_NEST_MAX = 4 };		/* epolls below one another */
/* Bits of an item that are not events of a file. */
#define EPOLL_PRIVATE (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)

/* An item's place in one wait queue of its file. */
struct epoll_item;
struct epoll_link {
	struct waiter waiter;
	struct epoll_item *item;
	waitq *queue;
	struct epoll_link *next;
};
EMBEDDED(epoll_link, waiter, waiter)

struct epoll_item {
	struct tree_node node;
	struct file *file;		/* not counted: leaves with the file */
	struct epoll *epoll;
	uint64_t data;
	uint32_t events;		/* asked for; wake-ups read it without a lock */
	int fd;
	struct list_node on_file;
	struct list_node on_ready;	/* epoll.ready's, or a harvester's own list */
	struct list_node on_parent;	/* items whose file is an epoll: epoll.nested, under `watches` */
	struct epoll_link *links;	/* first is the inline one, more from the heap */
	struct epoll_link first_link;
};
EMBEDDED(epoll_item, list_node, on_file)
DEFINE_BOX(epoll_item, struct epoll_item)

static inline bool epoll_item_before(const struct epoll_item *a, const struct epoll_item *b)
{
	return a->file != b->file ? a->file < b->file : a->fd < b->fd;
}
DEFINE_TREE(epoll_item, struct epoll_item, node, epoll_item_before)
DEFINE_LIST(ready_item, struct epoll_item, on_ready)
DEFINE_LIST(nested_item, struct epoll_item, on_parent)

struct epoll_sleeper {
	struct list_node link;
	struct task *task;
};
DEFINE_LIST(epoll_sleeper, struct epoll_sleeper, link)

struct epoll_ready {
	struct ready_item_list items;
	struct epoll_sleeper_list sleepers;	/* a wake-up takes out the one it wakes */
};
DEFINE_GUARDED_IRQ(epoll_ready, struct epoll_ready, RANK_EPOLL_READY)
DEFINE_GUARDED_MUTEX(epoll_items, struct { struct epoll_item_tree tree; }, RANK_POLL)
DEFINE_GUARDED_MUTEX(epoll_watches, struct { uint64_t generation; }, RANK_EPOLL_FILES)

struct epoll {
	guarded(epoll_items) items;
	guarded(epoll_ready) ready;
	waitq watchers;			/* who polls the instance itself */
	/* Under `watches`: */
	struct file *file guarded_by(epoll_watches_role);
	struct nested_item_list nested guarded_by(epoll_watches_role);
	unsigned below guarded_by(epoll_watches_role), above guarded_by(epoll_watches_role);
					/* epolls below and above, as far as the marks say they were computed */
	unsigned paths_below guarded_by(epoll_watches_role), paths_above guarded_by(epoll_watches_role);	/* ways down and up, with the empty one; computed with them, bounded */
	uint64_t below_mark guarded_by(epoll_watches_role), above_mark guarded_by(epoll_watches_role);
};

/* Locks the items with the rank of the instance's depth. */
#define hold_epoll_items(token, ep) \
	hold_mutex_nested(epoll_items, token, &(ep)->items, EPOLL_NEST_MAX - (int)min(read_once((ep)->below), (unsigned)EPOLL_NEST_MAX))

/* epoll_ready.c: */
bool epoll_item_wake(struct waiter *w, unsigned events);
/* What holds of what the item asks for; the items lock is held. */
unsigned epoll_item_look(struct epoll_item *item, struct poll_table *t);
/* Puts the item on the ready list unless it is on one, and wakes. */
void epoll_item_ready(struct epoll_item *item);
void epoll_item_unready(struct epoll_item *item);
unsigned epoll_poll(struct file *f, struct poll_table *t);

/* epoll_nest.c: ep is going to watch `inner`: ELOOP for a cycle or a chain too long. Otherwise ep's depth, which orders
 * the items locks, is what it will be then; too large a depth does no harm if the watch does not come about. */
result(unit) epoll_nest_begin(struct epoll *ep, struct epoll *inner, epoll_watches_locked watches);
struct epoll *epoll_of(const struct file *f);
