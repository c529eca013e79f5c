/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that make pipes and event files and wait for them. Bodies parse: descriptors, times, masks and flags become
 * files and deadlines; fs/ does the rest. Those that swap the signal mask put it back at their end, or leave that to
 * the handler of the signal that broke them off.
 */
#include <murre/event.h>
#include <murre/pipe.h>
#include <murre/signal.h>
#include <murre/syscall.h>
#include <linux/memfd.h>
#include "event.h"

/* Making files. ---------------------------------------------------------------------------------------------------- */

result(long) pipe_make(user_out_int fds, int flags, struct can_sleep cs)
{
	bool close_on_exec = flags & O_CLOEXEC;
	struct pipe_ends ends ended_by(pipe_ends_end) = {};
	int numbers[2];

	TRY(pipe_open(flags & (O_NONBLOCK | O_DIRECT), &ends));
	own_fd_slot(reader, TRY(fd_reserve(0, close_on_exec)));
	own_fd_slot(writer, TRY(fd_reserve(0, close_on_exec)));
	numbers[0] = reader.fd.nr;
	numbers[1] = writer.fd.nr;
	TRY(copy_out_array(fds, numbers, 2));
	fd_install(&reader, give(ends.reader));
	fd_install(&writer, give(ends.writer));
	return OK(long, 0);
}

SYSCALL(pipe2, user_out_int fds, int flags)
{
	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT | O_EXCL))
		return FAIL(EINVAL);
	if (flags & O_EXCL)
		return FAIL(ENOPKG);		/* O_NOTIFICATION_PIPE: no watch queues in this kernel */
	return pipe_make(fds, flags, cs);
}

SYSCALL(eventfd2, unsigned initial, int flags)
{
	if (flags & ~(O_CLOEXEC | O_NONBLOCK | EFD_SEMAPHORE))
		return FAIL(EINVAL);
	return fd_publish(TRY(eventfd_new(initial, flags)), flags & O_CLOEXEC);
}

SYSCALL(epoll_create1, int flags)
{
	if (flags & ~O_CLOEXEC)
		return FAIL(EINVAL);
	return fd_publish(TRY(epoll_new()), flags & O_CLOEXEC);
}

SYSCALL(memfd_create, user_cstr name, unsigned flags)
{
	unsigned known = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB;
	char text[NAME_BYTES_MAX - sizeof("memfd:") + 2];

	if (flags & MFD_HUGETLB)
		known |= (unsigned)MFD_HUGE_MASK << MFD_HUGE_SHIFT;
	if (flags & ~known)
		return FAIL(EINVAL);
	attempt(length, err, copy_string_from_user(text, sizeof(text), name, cs));
	if (err)
		return FAIL(err == ENAMETOOLONG ? EINVAL : err);
	return fd_publish(TRY(memfd_new(text, flags)), flags & MFD_CLOEXEC);
}

SYSCALL(timerfd_create, int clock, int flags)
{
	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return FAIL(EINVAL);
	return fd_publish(TRY(timerfd_new(clock, flags)), flags & O_CLOEXEC);
}

SYSCALL(timerfd_settime, fd_t fd, int flags, user_in_abi_itimerspec new_value, user_out_abi_itimerspec old_value)
{
	abi_itimerspec value, old;

	TRY(copy_in(&value, new_value));
	own_loan(f, TRY(fd_loan(fd)));
	TRY(timerfd_set(loaned(f), flags, &value, &old));
	if (!user_is_null(old_value))
		TRY(copy_out(old_value, &old));
	return OK(long, 0);
}

SYSCALL(timerfd_gettime, fd_t fd, user_out_abi_itimerspec value)
{
	abi_itimerspec left;
	own_loan(f, TRY(fd_loan(fd)));

	TRY(timerfd_get(loaned(f), &left));
	TRY(copy_out(value, &left));
	return OK(long, 0);
}

SYSCALL(signalfd4, fd_t fd, user_in_abi_sigset mask, size_t mask_bytes, int flags)
{
	abi_sigset set;

	if (mask_bytes != sizeof(set))
		return FAIL(EINVAL);
	TRY(copy_in(&set, mask));
	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return FAIL(EINVAL);
	if (fd.nr == -1)
		return fd_publish(TRY(signalfd_new(set, flags)), flags & O_CLOEXEC);
	own_loan(f, TRY(fd_loan(fd)));
	TRY(signalfd_set(loaned(f), set));
	return OK(long, fd.nr);
}

/* Times. ----------------------------------------------------------------------------------------------------------- */

static nsec_t deadline_after(nsec_t span)
{
	return span.ns == 0 ? NSEC_NO_WAIT : nsec_add(clock_now(), span);
}

nsec_t deadline_after_ms(int ms)
{
	return ms < 0 ? NSEC_NEVER : deadline_after(nsec_from_msec(ms));
}

/* NULL: for ever. EFAULT, EINVAL. */
static result(nsec_t) deadline_read(user_in_timespec64 timeout, struct can_sleep cs)
{
	RETURNS(nsec_t);
	timespec64 span;

	if (user_is_null(timeout))
		return OK(nsec_t, NSEC_NEVER);
	TRY(copy_in(&span, timeout));
	return OK(nsec_t, deadline_after(TRY(nsec_from_timespec(span))));
}

nsec_t time_left(nsec_t deadline)
{
	return nsec(max(nsec_sub(deadline, clock_now()).ns, 0l));
}

/* Linux tells how much of the timeout was left. A call that has to start again does so with what it finds there: if it
 * could not be written, it does not start again (poll_select_finish's rule). */
static int timeout_write(user_timespec64 timeout, nsec_t deadline, int err, struct can_sleep cs)
{
	if (user_is_null(timeout) || deadline.ns == NSEC_NO_WAIT.ns)
		return err;
	timespec64 left = nsec_to_timespec(time_left(deadline));
	return error_of(copy_out(timeout, &left)) && err == ERESTARTNOHAND ? EINTR : err;
}

/* epoll. ----------------------------------------------------------------------------------------------------------- */

SYSCALL(epoll_ctl, fd_t ep, int op, fd_t fd, user_in_abi_epoll_event event)
{
	abi_epoll_event wanted = {};

	if (op != EPOLL_CTL_DEL)
		TRY(copy_in(&wanted, event));
	own_loan(f, TRY(fd_loan(ep)));
	own_loan(target, TRY(fd_loan(fd)));
	TRY(epoll_control(loaned(f), op, loaned(target), fd, wanted, cs));
	return OK(long, 0);
}

result(long) epoll_wait_until(fd_t ep, user_out_abi_epoll_event events, int count, nsec_t deadline, struct can_sleep cs)
{
	if (count <= 0 || (size_t)count > INT32_MAX / sizeof(abi_epoll_event))
		return FAIL(EINVAL);
	if (!user_range_ok(user_value(events), count * sizeof(abi_epoll_event)))
		return FAIL(EFAULT);
	own_loan(f, TRY(fd_loan(ep)));
	return OK(long, TRY(epoll_harvest(loaned(f), events, count, deadline, cs)));
}

static result(long) epoll_wait_masked(fd_t ep, user_out_abi_epoll_event events, int count, nsec_t deadline,
				      user_in_abi_sigset mask, size_t mask_bytes, struct can_sleep cs)
{
	TRY(signal_mask_swap(mask, mask_bytes, cs));
	attempt(done, err, epoll_wait_until(ep, events, count, deadline, cs));
	signal_mask_swap_end(err == EINTR);
	return err ? FAIL(err) : OK(long, done);
}

SYSCALL(epoll_pwait, fd_t ep, user_out_abi_epoll_event events, int count, int timeout_ms, user_in_abi_sigset mask,
	size_t mask_bytes)
{
	return epoll_wait_masked(ep, events, count, deadline_after_ms(timeout_ms), mask, mask_bytes, cs);
}

SYSCALL(epoll_pwait2, fd_t ep, user_out_abi_epoll_event events, int count, user_in_timespec64 timeout,
	user_in_abi_sigset mask,
	size_t mask_bytes)
{
	nsec_t deadline = TRY(deadline_read(timeout, cs));

	return epoll_wait_masked(ep, events, count, deadline, mask, mask_bytes, cs);
}

/* poll. ------------------------------------------------------------------------------------------------------------ */

enum { POLLFDS_INLINE = 32 };

/* Only revents: the rest is the program's, and another thread may be changing it. */
static result(unit) revents_write(user_abi_pollfd fds, const abi_pollfd *from, unsigned count, struct can_sleep cs)
{
	RETURNS(unit);

	for (unsigned i = 0; i < count; i++) {
		uintptr_t place = user_value(user_elem(fds, i)) + offsetof(abi_pollfd, revents);
		uint16_t revents = from[i].revents;

		TRY(copy_out(user_from(uint16_t, place), &revents));
	}
	return DONE;
}

result(long) poll_until(user_abi_pollfd fds, unsigned count, nsec_t deadline, struct can_sleep cs)
{
	abi_pollfd few[POLLFDS_INLINE] not_zeroed;		/* filled by copy_in_array */
	own(bytes_box, many, none(bytes_box));
	abi_pollfd *list = few;

	if (count > current_limit(RLIMIT_NOFILE))
		return FAIL(EINVAL);
	if (count > POLLFDS_INLINE) {
		many = TRY(bytes_box_new(TRY(array_bytes(abi_pollfd, count))));
		list = at(many);
	}
	TRY(copy_in_array(list, fds, count));
	attempt(ready, err, poll_files(list, count, deadline, cs));
	if (err && err != ERESTARTNOHAND)
		return FAIL(err);
	TRY(revents_write(fds, list, count, cs));
	return err ? FAIL(err) : OK(long, ready);
}

SYSCALL(ppoll, user_abi_pollfd fds, unsigned count, user_timespec64 timeout, user_in_abi_sigset mask, size_t mask_bytes)
{
	nsec_t deadline = TRY(deadline_read(user_as_in(timespec64, timeout), cs));

	TRY(signal_mask_swap(mask, mask_bytes, cs));
	attempt(ready, err, poll_until(fds, count, deadline, cs));
	signal_mask_swap_end(err == ERESTARTNOHAND);
	int said = timeout_write(timeout, deadline, err, cs);
	return err ? FAIL(said) : OK(long, ready);
}

/* select. ---------------------------------------------------------------------------------------------------------- */

enum { SELECT_WORDS_INLINE = 16, WORD_BITS = 64 };

/* Three sets of the program and three results, each of `words` words. */
struct select_memory {
	size_t words;
	unsigned long *sets;
	bytes_box heap;
	unsigned long few[6 * SELECT_WORDS_INLINE];
};
static void select_memory_end(struct select_memory *m)
{
	drop(bytes_box, m->heap);
}

static struct select_sets sets_at(struct select_memory *m, unsigned first)
{
	return (struct select_sets){
		.in = m->sets + first * m->words, .out = m->sets + (first + 1) * m->words,
		.except = m->sets + (first + 2) * m->words,
	};
}

static result(unit) select_memory_take(struct select_memory *m, unsigned count)
{
	RETURNS(unit);

	m->heap = none(bytes_box);
	m->words = (count + WORD_BITS - 1) / WORD_BITS;
	m->sets = m->few;
	if (m->words > SELECT_WORDS_INLINE) {
		m->heap = TRY(bytes_box_new(TRY(size_mul(6 * sizeof(long), m->words))));
		m->sets = at(m->heap);
	}
	return DONE;
}

static result(unit) set_read(unsigned long *to, user_addr from, size_t words, struct can_sleep cs)
{
	if (user_is_null(from)) {
		memset(to, 0, words * sizeof(*to));
		return DONE;
	}
	return copy_from_user(to, from, words * sizeof(*to), cs);
}

static result(unit) set_write(user_addr to, const unsigned long *from, size_t words, struct can_sleep cs)
{
	if (user_is_null(to))
		return DONE;
	return copy_to_user(to, from, words * sizeof(*from), cs);
}

result(long) select_until(int count, const struct select_args *a, nsec_t deadline, struct can_sleep cs)
{
	struct select_memory m not_zeroed ended_by(select_memory_end);	/* filled by select_memory_take and set_read */

	m.heap = none(bytes_box);
	if (count < 0)
		return FAIL(EINVAL);
	/* No descriptor can be larger, and Linux does not look further, either. */
	unsigned bits = min((unsigned)count, fd_table_capacity(current_files()));
	TRY(select_memory_take(&m, bits));
	struct select_sets wanted = sets_at(&m, 0), ready = sets_at(&m, 3);
	TRY(set_read(wanted.in, a->in, m.words, cs));
	TRY(set_read(wanted.out, a->out, m.words, cs));
	TRY(set_read(wanted.except, a->except, m.words, cs));
	long found = TRY(select_files(bits, &wanted, &ready, deadline, cs));
	TRY(set_write(a->in, ready.in, m.words, cs));
	TRY(set_write(a->out, ready.out, m.words, cs));
	TRY(set_write(a->except, ready.except, m.words, cs));
	return OK(long, found);
}

SYSCALL(pselect6, int count, user_addr in, user_addr out, user_addr except, user_timespec64 timeout,
	user_in_abi_sigmask_arg mask)
{
	abi_sigmask_arg arg = {};

	if (!user_is_null(mask))
		TRY(copy_in(&arg, mask));
	nsec_t deadline = TRY(deadline_read(user_as_in(timespec64, timeout), cs));
	TRY(signal_mask_swap(user_as_in(abi_sigset, user_addr_from(arg.mask)), arg.mask_bytes, cs));
	attempt(ready, err, select_until(count, &(struct select_args){ in, out, except }, deadline, cs));
	signal_mask_swap_end(err == ERESTARTNOHAND);
	int said = timeout_write(timeout, deadline, err, cs);
	return err ? FAIL(said) : OK(long, ready);
}
