/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Readiness: how poll, select and epoll hang themselves into the wait queues of files. A file's poll verb calls
 * poll_wait for each queue that may announce a change, then says what holds now (EPOLLIN, EPOLLOUT …).
 */
#pragma once
#include <murre/wait.h>
#include <linux/eventpoll.h>

struct poll_table {
	/* Adds a waiter of the poller's to q. */
	void (*enqueue)(struct poll_table *t, waitq *q);
	unsigned wanted;		/* events asked for, a hint */
};
static inline void poll_wait(struct poll_table *t, waitq *q)
{
	if (t && t->enqueue)
		t->enqueue(t, q);
}
