/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * epoll(7): instances and their items. An instance (struct epoll) lives as long as its file; an item stands for one
 * watched (file, descriptor) from EPOLL_CTL_ADD until EPOLL_CTL_DEL, the end of the file or the end of the instance,
 * whichever comes first. epoll.h has the locks, epoll_ready.c what happens when files get ready.
 */
#include <murre/base/address.h>
#include <murre/text.h>
#include "epoll.h"

DEFINE_BOX_CACHE(epoll_item, struct epoll_item);
DEFINE_BOX(epoll, struct epoll)
DEFINE_BOX_CACHE(epoll, struct epoll);

static guarded(epoll_watches) watches;

/* The list of items on a file (file->epolls); files share a few locks. */
DEFINE_GUARDED(file_watchers, struct { char unused; }, RANK_FILES)
enum { WATCHER_LOCKS = 16 };
static guarded(file_watchers) watcher_locks[WATCHER_LOCKS];

static guarded(file_watchers) *watchers_of(const struct file *f)
{
	return &watcher_locks[pointer_value(f) / sizeof(struct file) % WATCHER_LOCKS];
}

static const struct file_ops epoll_ops;
bool file_is_epoll(const struct file *f) { return f->ops == &epoll_ops; }
struct epoll *epoll_of(const struct file *f) { return file_is_epoll(f) ? f->private : NULL; }

/* Items and their files. ------------------------------------------------------------------------------------------- */

static void file_list_add(struct epoll_item *item)
{
	struct list_node *head = &item->file->epolls;

	hold(file_watchers, w, watchers_of(item->file));
	if (!head->next)
		head->next = head->prev = head;
	list_insert_raw(&item->on_file, head, head->next);
}

/* The last touch of the file: whoever lets go of it looks at the list's head without the lock. */
static void file_list_remove(struct epoll_item *item)
{
	struct list_node *head = &item->file->epolls;

	hold(file_watchers, w, watchers_of(item->file));
	list_remove_raw(&item->on_file);
	if (head->next == head)
		__atomic_store_n(&head->next, NULL, __ATOMIC_RELEASE);
}

static struct epoll_item *file_list_first(struct file *f)
{
	hold(file_watchers, w, watchers_of(f));
	return f->epolls.next ? epoll_item_of_list_node(f->epolls.next) : NULL;
}

/* poll_table that hangs an item into the queues of its file. */
struct item_table {
	struct poll_table table;
	struct epoll_item *item;
	bool no_memory;
};
EMBEDDED(item_table, poll_table, table)

static struct epoll_link *link_take(struct epoll_item *item)
{
	return item->links ? bytes_take(sizeof(struct epoll_link)) : &item->first_link;
}

static void item_enqueue(struct poll_table *t, waitq *q)
{
	struct item_table *it = item_table_of_poll_table(t);
	struct epoll_link *link = link_take(it->item);

	if (!link) {
		it->no_memory = true;
		return;
	}
	*link = (struct epoll_link){
		.waiter = { .fn = epoll_item_wake, .exclusive = it->item->events & EPOLLEXCLUSIVE },
		.item = it->item, .queue = q, .next = it->item->links,
	};
	it->item->links = link;
	waitq_add(q, &link->waiter);
}

static void item_leave_queues(struct epoll_item *item)
{
	while (item->links) {
		struct epoll_link *link = item->links;

		item->links = link->next;
		waitq_remove(link->queue, &link->waiter);
		if (link != &item->first_link)
			bytes_put(link);
	}
}

/* Ends an item; `watches` is held, too, if its file is an epoll. */
static void item_remove(struct epoll_item *item, epoll_items_locked items)
{
	item_leave_queues(item);
	epoll_item_unready(item);
	epoll_item_tree_remove(&in(items)->tree, item);
	if (nested_item_list_linked(item))
		nested_item_list_remove(item);
	file_list_remove(item);
	epoll_item_box_free(item);
}

static struct epoll_item *item_find(epoll_items_locked items, struct file *f, int fd)
{
	struct epoll_item wanted = { .file = f, .fd = fd };
	struct epoll_item *item = epoll_item_tree_top(&in(items)->tree);

	while (item) {
		if (epoll_item_before(&wanted, item))
			item = epoll_item_tree_left(item);
		else if (epoll_item_before(item, &wanted))
			item = epoll_item_tree_right(item);
		else
			return item;
	}
	return NULL;
}

/* epoll_ctl(2). ---------------------------------------------------------------------------------------------------- */

struct control {
	struct epoll *ep;
	struct file *file;
	int fd;
	uint32_t events;
	uint64_t data;
};

static result(unit) item_add(const struct control *c, epoll_items_locked items)
{
	RETURNS(unit);

	if (item_find(items, c->file, c->fd))
		return FAIL(EEXIST);
	own(epoll_item_box, box, TRY(epoll_item_box_new()));
	struct epoll_item *item = unbox(box);
	*item = (struct epoll_item){
		.epoll = c->ep, .file = c->file, .fd = c->fd, .data = c->data, .events = c->events,
	};
	epoll_item_tree_insert(&in(items)->tree, item);
	file_list_add(item);
	struct item_table it = { .table = { .enqueue = item_enqueue }, .item = item };
	unsigned ready = epoll_item_look(item, &it.table);
	if (it.no_memory) {
		item_remove(item, items);
		return FAIL(ENOMEM);
	}
	if (ready)
		epoll_item_ready(item);
	return DONE;
}

static result(unit) item_modify(const struct control *c, epoll_items_locked items)
{
	RETURNS(unit);
	struct epoll_item *item = item_find(items, c->file, c->fd);

	if (!item)
		return FAIL(ENOENT);
	if (item->events & EPOLLEXCLUSIVE)
		return FAIL(EINVAL);
	item->data = c->data;
	/* Full barrier: either a wake-up sees the new events, or the look below sees what it announced. */
	__atomic_store_n(&item->events, c->events, __ATOMIC_SEQ_CST);
	if (epoll_item_look(item, NULL))
		epoll_item_ready(item);
	return DONE;
}

static result(unit) item_delete(const struct control *c, epoll_items_locked items)
{
	RETURNS(unit);
	struct epoll_item *item = item_find(items, c->file, c->fd);

	if (!item)
		return FAIL(ENOENT);
	item_remove(item, items);
	return DONE;
}

static result(unit) control_items(const struct control *c, int op, struct can_sleep cs)
{
	RETURNS(unit);
	hold_epoll_items(items, c->ep);

	switch (op) {
	case EPOLL_CTL_ADD:
		return item_add(c, items);
	case EPOLL_CTL_MOD:
		return item_modify(c, items);
	case EPOLL_CTL_DEL:
		return item_delete(c, items);
	}
	return FAIL(EINVAL);
}

static void nest_added(const struct control *c, struct can_sleep cs) needs_lock(epoll_watches_role)
{
	hold_epoll_items(items, c->ep);

	struct epoll_item *item = item_find(items, c->file, c->fd);

	invariant(item);		/* added by us, and `watches` is held since */
	nested_item_list_push_back(&c->ep->nested, item);
}

/* The target is an epoll itself. */
static result(unit) control_nested(const struct control *c, int op, struct can_sleep cs)
{
	RETURNS(unit);
	hold_mutex(epoll_watches, w, &watches);

	if (op == EPOLL_CTL_ADD)
		TRY(epoll_nest_begin(c->ep, epoll_of(c->file), w));
	TRY(control_items(c, op, cs));
	if (op == EPOLL_CTL_ADD)
		nest_added(c, cs);
	return DONE;
}

/* EPOLLEXCLUSIVE is for a first watch of a plain file, with these events only (epoll_ctl(2)). */
static bool exclusive_is_fine(int op, const struct file *target, uint32_t events)
{
	uint32_t allowed = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;

	return !(events & EPOLLEXCLUSIVE) ||
	       (op == EPOLL_CTL_ADD && !file_is_epoll(target) && !(events & ~allowed));
}

result(unit) epoll_control(struct file *f, int op, struct file *target, fd_t fd, abi_epoll_event event, struct can_sleep cs)
{
	RETURNS(unit);
	uint32_t events = op == EPOLL_CTL_DEL ? 0 : event.events;
	struct control c = { .ep = epoll_of(f), .file = target, .fd = fd.nr, .data = event.data };

	if (!target->ops->poll)
		return FAIL(EPERM);
	if (f == target || !c.ep)
		return FAIL(EINVAL);
	if (!exclusive_is_fine(op, target, events))
		return FAIL(EINVAL);
	if (!capable(CAP_BLOCK_SUSPEND))
		events &= ~EPOLLWAKEUP;		/* with it: kept and without effect, for nothing here suspends */
	c.events = events | EPOLLERR | EPOLLHUP;
	return file_is_epoll(target) ? control_nested(&c, op, cs) : control_items(&c, op, cs);
}

/* Ends. ------------------------------------------------------------------------------------------------------------ */

void epoll_forget_file(struct file *f, struct can_sleep cs)
{
	struct epoll_item *item;
	hold_mutex(epoll_watches, w, &watches);

	while ((item = file_list_first(f))) {
		struct epoll *ep = item->epoll;
		hold_epoll_items(items, ep);

		item_remove(item, items);
	}
}

static void epoll_release(struct file *f, struct can_sleep cs)
{
	struct epoll *ep = f->private;

	{
		struct epoll_item *item;
		hold_mutex(epoll_watches, w, &watches);
		hold_epoll_items(items, ep);

		while ((item = epoll_item_tree_first(&in(items)->tree)))
			item_remove(item, items);
	}
	epoll_box_free(ep);
}

/* The instance's file. --------------------------------------------------------------------------------------------- */

static void epoll_show_fdinfo(struct file *f, struct text_out *out)
{
	unsafe_because("fdinfo is printed for a read of /proc, which may sleep");
	struct can_sleep cs = MAY_SLEEP;
	struct epoll *ep = f->private;
	hold_epoll_items(items, ep);

	tree_each(epoll_item, item, &in(items)->tree) {
		struct inode *i = item->file->inode;

		text_print(out, "tfd: %8d events: %8x data: %16lx  pos:%ld ino:%lx sdev:%lx\n", item->fd, item->events,
			   item->data, item->file->pos, i->ino, i->sb->dev);
	}
}

static const struct file_ops epoll_ops = {
	.poll = epoll_poll, .seek = event_seek, .release = epoll_release, .show_fdinfo = epoll_show_fdinfo,
};

result(file_ref) epoll_new(void)
{
	RETURNS(file_ref);
	own(epoll_box, ep, TRY(epoll_box_new()));

	unshared(epoll_watches_role);
	nested_item_list_init(&at(ep)->nested);
	ready_item_list_init(&peek(&at(ep)->ready)->items);
	epoll_sleeper_list_init(&peek(&at(ep)->ready)->sleepers);
	waitq_init(&at(ep)->watchers);
	own(file_ref, f, TRY(file_anonymous("[eventpoll]", &epoll_ops, at(ep), O_RDWR)));
	at(ep)->file = at(f);
	(void)unbox(ep);		/* the file's from here on */
	return OK(file_ref, give(f));
}
