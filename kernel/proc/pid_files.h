/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of /proc/PID share: the subject is a counted thread, for /proc/PID itself the leader of its process. */
#pragma once
#include <murre/procfs.h>
#include "proc.h"

extern const struct proc_subject_ops pid_subject_ops;
static inline struct thread *subject_thread(const proc_subject *s) { return s->object; }
static inline struct process *subject_process(const proc_subject *s) { return subject_thread(s)->process; }
/* One more subject about the same thread. */
static inline proc_subject subject_about(struct thread *t, uint64_t number)
{
	return (proc_subject){ .ops = &pid_subject_ops, .object = into_raw(thread_share_ref(t)), .number = number };
}
/* Its memory, descriptors and places are for its own user and CAP_SYS_PTRACE. EACCES. */
result(unit) pid_may_look(struct thread *t);
/* Letter and word of its state, as ps shows it. */
const char *pid_state_name(struct thread *t);

extern const struct proc_entry pid_fd_entry, pid_fdinfo_entry;
extern const struct proc_numbers pid_fd_numbers, pid_fdinfo_numbers;

typedef result(unit) pid_show_fn(const proc_subject *s, struct text_out *out, struct can_sleep cs);
/* pid_stat.c; the first two about a process or one thread */
pid_show_fn pid_stat_show, task_stat_show, pid_statm_show, pid_status_show, task_status_show;
/* pid_memory.c */
pid_show_fn pid_maps_show, pid_smaps_show, pid_cmdline_show, pid_environ_show, pid_auxv_show;
/* pid_fd.c */
result(path_ref) pid_exe_follow(const proc_subject *s, struct can_sleep cs);
result(path_ref) pid_cwd_follow(const proc_subject *s, struct can_sleep cs);
result(path_ref) pid_root_follow(const proc_subject *s, struct can_sleep cs);
result(unit) pid_fd_permission(const proc_subject *s, unsigned may);

/* Rows of the debug kernel; fail_nth_debug.c */
#ifdef MURRE_DEBUG
extern const struct file_ops fail_nth_file_ops;
result(unit) fail_nth_may_open(const proc_subject *s, struct can_sleep cs);
#define PID_DEBUG_ROWS PROC_FILE("fail-nth", 0600, .file_ops = &fail_nth_file_ops, .open = fail_nth_may_open),
#else
#define PID_DEBUG_ROWS
#endif
