/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel log as programs read it: syslog(2), /proc/kmsg and /dev/kmsg. The first two share one position and the
 * mark that "clear" sets; each opening of /dev/kmsg has its own.
 */
#pragma once
#include <murre/poll.h>
#include <murre/usercopy.h>

/* Lines "<6>[    0.123456] text" from the shared position on, as much as fits; sleeps until there is something unless
 * nonblocking (EAGAIN). ERESTARTSYS, EFAULT. */
result(size_t) kmsg_read(struct io_iter *to, bool nonblocking, struct can_sleep cs);
/* The newest lines since the mark that fit, oldest first; then moves the mark if clear is asked for. EFAULT. */
result(size_t) kmsg_read_all(struct io_iter *to, bool clear, struct can_sleep cs);
void kmsg_clear(struct can_sleep cs);
/* Bytes that kmsg_read would give in all. */
size_t kmsg_unread(struct can_sleep cs);
/* Readiness of kmsg_read. */
unsigned kmsg_poll(struct poll_table *t);
/* Size of the log's ring, syslog(2) type 10. */
#define KMSG_RING_BYTES 65536
