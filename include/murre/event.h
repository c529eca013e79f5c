/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that are events: eventfd(2), timerfd_create(2), signalfd(2), epoll(7), memfd_create(2); and waiting for many
 * files at once: poll(2) and select(2).
 */
#pragma once
#include <murre/abi.h>
#include <murre/file.h>

/* seek verb of the files here, as Linux has it: lseek(2) answers the position, which is always 0. */
result(loff_t) event_seek(struct file *f, loff_t offset, int whence, struct can_sleep cs);

/* A deadline that lies in the past: look, do not wait. */
#define NSEC_NO_WAIT ((nsec_t){ 0 })

/* poll(2): fills in revents; how many are not 0. ERESTARTNOHAND when a signal came before anything else, EINTR never. */
result(int) poll_files(abi_pollfd *fds, unsigned count, nsec_t deadline, struct can_sleep cs);
/* select(2): of three sets of `count` bits, what is ready; the number of bits. The arrays hold whole words. EBADF,
 * ERESTARTNOHAND, ENOMEM. */
struct select_sets { unsigned long *in, *out, *except; };
result(int) select_files(unsigned count, const struct select_sets *wanted, struct select_sets *ready, nsec_t deadline,
			 struct can_sleep cs);

/* EFD_SEMAPHORE (which Linux's headers keep to themselves) and O_NONBLOCK in flags. */
enum { EFD_SEMAPHORE = 1 };
result(file_ref) eventfd_new(unsigned initial, unsigned flags);

/* epoll. The file verbs: EINVAL when ep is no epoll file. */
result(file_ref) epoll_new(void);
/* epoll_ctl(2). EEXIST, ENOENT, EPERM, ELOOP, EINVAL, ENOMEM. event is not read for EPOLL_CTL_DEL. */
result(unit) epoll_control(struct file *ep, int op, struct file *target, fd_t fd, abi_epoll_event event,
			   struct can_sleep cs);
/* epoll_wait(2): up to count events to user memory; how many. EINTR, EFAULT. */
result(int) epoll_harvest(struct file *ep, user_out_abi_epoll_event events, int count, nsec_t deadline,
			  struct can_sleep cs);
bool file_is_epoll(const struct file *f);
/* A file that epolls may watch is going away: takes it out of all of them. Before its release verb. */
void epoll_forget_file(struct file *f, struct can_sleep cs);

/* O_NONBLOCK in flags. The clock is checked: EINVAL; CLOCK_*_ALARM without CAP_WAKE_ALARM: EPERM. */
result(file_ref) timerfd_new(int clock, unsigned flags);
/* Sets the timer; *old is what timerfd_get would have said before. EINVAL: bad flags or times, not a timerfd; EPERM: an
 * alarm clock; ECANCELED: set, but the date has changed meanwhile (TFD_TIMER_CANCEL_ON_SET). */
result(unit) timerfd_set(struct file *f, int flags, const abi_itimerspec *value, abi_itimerspec *old);
result(unit) timerfd_get(struct file *f, abi_itimerspec *value);

/* O_NONBLOCK in flags; SIGKILL and SIGSTOP in the set are without effect. */
result(file_ref) signalfd_new(abi_sigset set, unsigned flags);
/* Replaces the set. EINVAL: not a signalfd. */
result(unit) signalfd_set(struct file *f, abi_sigset set);

/* memfd_create(2): name without its prefix; flags MFD_*. EINVAL, ENOSYS (huge pages), ENOMEM. */
result(file_ref) memfd_new(const char *name, unsigned flags);
