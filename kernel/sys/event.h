/* SPDX-License-Identifier: GPL-2.0-only */
/* What the oldest forms of the event calls (legacy_event.c) share with today's (event.c). */
#pragma once
#include <murre/syscall.h>

/* pipe2(2) with its flags checked. */
result(long) pipe_make(user_out_int fds, int flags, struct can_sleep cs);
/* Below 0: for ever; 0: does not wait. */
nsec_t deadline_after_ms(int ms);
/* Waiting calls without their signal mask. */
result(long) epoll_wait_until(fd_t ep, user_out_abi_epoll_event events, int count, nsec_t deadline,
			      struct can_sleep cs);
result(long) poll_until(user_abi_pollfd fds, unsigned count, nsec_t deadline, struct can_sleep cs);
struct select_args { user_addr in, out, except; };
result(long) select_until(int count, const struct select_args *a, nsec_t deadline, struct can_sleep cs);
/* From now to the deadline, at least 0. */
nsec_t time_left(nsec_t deadline);
