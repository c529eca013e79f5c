/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Epolls that watch epolls: no cycles, and chains of at most EPOLL_NEST_MAX steps, so that a wake-up ends and
 * recursion is bounded. All of it under `watches`; marks make each walk visit an instance once.
 */
#include "epoll.h"

/* A wake-up travels every path upwards: at most this many (from anything below to anything above) may lead through one
 * step, so that no net of epolls multiplies one event into millions of wake-ups (epoll_ctl(2): EINVAL on Linux, too). */
enum { PATHS_MOST = 1000 };

/* Steps to the lowest epoll below ep; EPOLL_NEST_MAX + 1 if `forbidden` is among them. */
static unsigned depth_below(struct epoll *ep, const struct epoll *forbidden, uint64_t mark)
	needs_lock(epoll_watches_role)
{
	unsigned deepest = 0, paths = 1;

	if (ep == forbidden)
		return EPOLL_NEST_MAX + 1;
	if (ep->below_mark == mark)
		return ep->below;
	list_each(nested_item, item, &ep->nested) {
		struct epoll *inner = epoll_of(item->file);

		deepest = max(deepest, 1 + depth_below(inner, forbidden, mark));
		paths = min(paths + inner->paths_below, PATHS_MOST + 1u);
	}
	ep->paths_below = paths;
	ep->below_mark = mark;
	ep->below = min(deepest, EPOLL_NEST_MAX + 1u);
	return ep->below;
}

/* Steps to the highest epoll that watches ep. */
static unsigned depth_above(struct epoll *ep, uint64_t mark)
	needs_lock(epoll_watches_role)
{
	struct list_node *head = &ep->file->epolls;
	unsigned highest = 0, paths = 1;

	if (ep->above_mark == mark)
		return ep->above;
	for (struct list_node *n = head->next; n && n != head; n = n->next) {
		struct epoll *outer = epoll_item_of_list_node(n)->epoll;

		highest = max(highest, 1 + depth_above(outer, mark));
		paths = min(paths + outer->paths_above, PATHS_MOST + 1u);
	}
	ep->paths_above = paths;
	ep->above_mark = mark;
	ep->above = highest;
	return highest;
}

/* Raises the depth of ep and of all that watch it. */
static void depth_raise(struct epoll *ep, unsigned below)
	needs_lock(epoll_watches_role)
{
	struct list_node *head = &ep->file->epolls;

	if (ep->below >= below)
		return;
	ep->below = below;
	for (struct list_node *n = head->next; n && n != head; n = n->next)
		depth_raise(epoll_item_of_list_node(n)->epoll, below + 1);
}

result(unit) epoll_nest_begin(struct epoll *ep, struct epoll *inner, epoll_watches_locked watches)
{
	RETURNS(unit);
	unsigned below = depth_below(inner, ep, ++in(watches)->generation);

	if (below > EPOLL_NEST_MAX || depth_above(ep, in(watches)->generation) + 1 + below > EPOLL_NEST_MAX)
		return FAIL(ELOOP);
	if (inner->paths_below * ep->paths_above > PATHS_MOST)
		return FAIL(EINVAL);
	depth_raise(ep, below + 1);
	return DONE;
}
