/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lower tiers (terminals, pipes, files) need of processes: signals and job control. The process tier registers its
 * implementation at start; before that no program exists that could ask.
 */
#pragma once
#include <murre/pid.h>
#include <murre/siginfo.h>
#include <murre/wait.h>

struct job_ops {
	/* Signal to the calling thread as from itself: SIGPIPE, SIGXFSZ. */
	void (*raise)(int signo);
	/* Signal from the kernel (SI_KERNEL) to every member of the group. Any context. */
	void (*signal_group)(struct pid *group, int signo);
	/* SIGHUP and SIGCONT to the leader of the session and to the group (its terminal hung up). Any context. */
	void (*signal_hangup)(struct pid *session, struct pid *group);
	/* SIGIO or F_SETSIG's signal for a file's owner (F_SETOWN): a group when is_group. Any context. */
	void (*signal_owner)(struct pid *owner, bool is_group, int signo, int fd, int code, long band);
	/* Signal from the kernel to one process. Any context. */
	void (*signal_process)(struct pid *leader, int signo);
	struct pid *(*current_group)(void);		/* borrowed until current changes it */
	struct pid *(*current_session)(void);		/* borrowed likewise */
	bool (*current_is_session_leader)(void);
	/* TIOCNOTTY of a process that leads no session: it, and its children from now on, have no controlling terminal until
	 * setsid(2). */
	void (*terminal_give_up)(void);
	bool (*current_terminal_given_up)(void);
	bool (*session_has_members)(struct pid *session);
	bool (*group_in_session)(struct pid *group, struct pid *session);
	bool (*current_group_orphaned)(void);
	bool (*current_ignores_or_blocks)(int signo);
	/* Who has this number in the caller's view, be it a group yet or only a process (tcsetpgrp); none: no one. */
	pid_ref (*group_find)(pid_nr_t nr);

	/* signalfd(2): signals of the mask that wait for current or its process; a queue, valid for good, that is woken when
	 * a signal comes for current's process (others may share it); takes one out, false: none. */
	uint64_t (*pending)(uint64_t mask);
	waitq *(*pending_queue)(void);
	bool (*dequeue)(uint64_t mask, struct signal_info *out);
};
extern const struct job_ops *job_ops;

/* The controlling terminal of a session, kept by the terminal tier: called without locks when a session leader exits. */
extern void (*session_ended)(struct pid *session, struct can_sleep cs);
