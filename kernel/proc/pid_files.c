/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory /proc/PID: its rows, what they are about, and its small files (comm, limits, mounts, oom_score …). A
 * name stays valid while the thread with that number is the one it was found for. proc(5).
 */
#include <murre/start.h>
#include <murre/string.h>
#include <murre/text.h>
#include "pid_files.h"

/* Subjects. -------------------------------------------------------------------------------------------------------- */

static void subject_share(void *object) { (void)into_raw(thread_share_ref(object)); }
static void subject_release(void *object) { end_raw(thread_ref, object); }

static bool subject_alive(const proc_subject *s)
{
	const struct thread *t = subject_thread(s);

	return read_once(t->pid->thread) == t;
}

/* A process that must not be looked into belongs to root. */
static void subject_owner(const proc_subject *s, kuid_t *uid, kgid_t *gid)
{
	struct thread *t = subject_thread(s);
	own(cred_ref, c, thread_cred(t));

	*uid = t->process->dumpable ? at(c)->euid : (kuid_t){ 0 };
	*gid = t->process->dumpable ? at(c)->egid : (kgid_t){ 0 };
}

const struct proc_subject_ops pid_subject_ops = {
	.share = subject_share, .release = subject_release, .alive = subject_alive, .owner = subject_owner,
};

result(unit) pid_may_look(struct thread *t)
{
	RETURNS(unit);
	const struct cred *mine = current_cred();
	own(cred_ref, held, thread_cred(t));
	const struct cred *c = at(held);

	if (t->process == current_process() || capable(CAP_SYS_PTRACE))
		return DONE;
	if (t->process->dumpable && kuid_equal(mine->fsuid, c->euid) && kuid_equal(mine->fsuid, c->suid) &&
	    kuid_equal(mine->fsuid, c->uid) && kgid_equal(mine->fsgid, c->egid) && kgid_equal(mine->fsgid, c->sgid) &&
	    kgid_equal(mine->fsgid, c->gid))
		return DONE;
	return FAIL(EACCES);
}

/* Small files. ----------------------------------------------------------------------------------------------------- */

static result(unit) comm_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	text_print(out, "%s\n", subject_thread(s)->task.name);
	return DONE;
}

static result(size_t) comm_write(const proc_subject *s, const char *text, size_t n, struct can_sleep cs)
{
	RETURNS(size_t);
	struct thread *t = subject_thread(s);
	size_t length = min(n, (size_t)TASK_NAME_MAX - 1);
	char name[TASK_NAME_MAX] = {};

	if (t->process != current_process())
		return FAIL(EINVAL);
	__builtin_memcpy(name, text, length);
	if (length && name[length - 1] == '\n')
		name[length - 1] = '\0';
	string_copy(t->task.name, sizeof(t->task.name), name);
	return OK(size_t, n);
}

static result(unit) limits_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	static const struct { const char *name, *unit; } rows[RLIM_NLIMITS] = {
		[RLIMIT_CPU] = { "Max cpu time", "seconds" },
		[RLIMIT_FSIZE] = { "Max file size", "bytes" },
		[RLIMIT_DATA] = { "Max data size", "bytes" },
		[RLIMIT_STACK] = { "Max stack size", "bytes" },
		[RLIMIT_CORE] = { "Max core file size", "bytes" },
		[RLIMIT_RSS] = { "Max resident set", "bytes" },
		[RLIMIT_NPROC] = { "Max processes", "processes" },
		[RLIMIT_NOFILE] = { "Max open files", "files" },
		[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
		[RLIMIT_AS] = { "Max address space", "bytes" },
		[RLIMIT_LOCKS] = { "Max file locks", "locks" },
		[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
		[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
		[RLIMIT_NICE] = { "Max nice priority", NULL },
		[RLIMIT_RTPRIO] = { "Max realtime priority", NULL },
		[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
	};
	const struct rlimit64 *limit = subject_process(s)->limits.limit;

	text_print(out, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
		uint64_t both[] = { limit[i].rlim_cur, limit[i].rlim_max };
		text_print(out, "%-25s ", rows[i].name);
		for (unsigned n = 0; n < 2; n++) {
			if (both[n] == RLIM64_INFINITY)
				text_print(out, "%-20s ", "unlimited");
			else
				text_print(out, "%-20lu ", both[n]);
		}
		if (rows[i].unit)
			text_print(out, "%-10s\n", rows[i].unit);
		else
			text_print(out, "\n");
	}
	return DONE;
}

/* For the rows' contexts. */
static const enum mount_show shows[] = {
	[MOUNT_SHOW_MOUNTS] = MOUNT_SHOW_MOUNTS,
	[MOUNT_SHOW_MOUNTINFO] = MOUNT_SHOW_MOUNTINFO,
	[MOUNT_SHOW_MOUNTSTATS] = MOUNT_SHOW_MOUNTSTATS,
};

static result(unit) mounts_show(const struct proc_entry *e, const proc_subject *s,
				struct text_out *out, struct can_sleep cs)
{
	RETURNS(unit);
	const enum mount_show *how = e->context;
	own(fs_context_ref, fs, thread_fs(subject_thread(s)));

	if (is_none(fs))
		return FAIL(EINVAL);
	own(path_ref, root, fs_context_root(at(fs)));
	mounts_print(out, *how, &root);
	return DONE;
}

static result(unit) oom_score_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	struct page_stats stats;
	int64_t badness;

	page_stats_get(&stats);
	badness = oom_badness(subject_process(s), stats.total);
	text_print(out, "%ld\n", badness ? (1000 + badness * 1000 / (int64_t)stats.total) * 2 / 3 : 0);
	return DONE;
}

static result(unit) oom_adj_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	text_print(out, "%d\n", subject_process(s)->oom_score_adj);
	return DONE;
}

/* Making oneself less likely to be chosen is for CAP_SYS_RESOURCE. */
static result(size_t) oom_adj_write(const proc_subject *s, const char *text, size_t n, struct can_sleep cs)
{
	RETURNS(size_t);
	struct process *p = subject_process(s);
	const char *end = text;
	bool negative = *text == '-';
	long value = string_to_u64(text + negative, &end, 0);

	if (end == text + negative || (*end && *end != '\n'))
		return FAIL(EINVAL);
	value = negative ? -value : value;
	if (value < -1000 || value > 1000)
		return FAIL(EINVAL);
	if (value < p->oom_score_adj && !capable(CAP_SYS_RESOURCE))
		return FAIL(EACCES);
	p->oom_score_adj = value;
	return OK(size_t, n);
}

/* Where it sleeps is not told: "0", as for one that runs. */
static result(unit) wchan_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	text_char(out, '0');
	return DONE;
}

static result(unit) personality_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	RETURNS(unit);
	TRY(pid_may_look(subject_thread(s)));
	text_print(out, "%08x\n", subject_process(s)->personality);
	return DONE;
}

/* Directories. ----------------------------------------------------------------------------------------------------- */

static result(proc_subject) task_lookup(const proc_subject *dir, uint64_t number, struct can_sleep cs)
{
	RETURNS(proc_subject);
	own(thread_ref, t, number <= PID_MAX ? thread_find((pid_nr_t){ (int)number }) : none(thread_ref));

	if (is_none(t) || at(t)->process != subject_process(dir))
		return FAIL(ENOENT);
	return OK(proc_subject, subject_about(at(t), number));
}

static bool task_number_next(const proc_subject *dir, uint64_t *number, struct can_sleep cs)
{
	own(thread_ref, t, process_thread_next(subject_process(dir), (pid_nr_t){ (int)*number }));

	if (is_none(t))
		return false;
	*number = at(t)->pid->nr.nr;
	return true;
}

static unsigned task_count(const proc_subject *dir) { return process_thread_count(subject_process(dir)); }

#define ROWS_OF_BOTH \
	PID_DEBUG_ROWS \
	PROC_FILE("statm", 0444, .show = pid_statm_show), \
	PROC_FILE("comm", 0644, .show = comm_show, .write = comm_write), \
	PROC_FILE("cmdline", 0444, .show = pid_cmdline_show), \
	PROC_FILE("environ", 0400, .show = pid_environ_show), \
	PROC_FILE("auxv", 0400, .show = pid_auxv_show), \
	PROC_FILE("maps", 0444, .show = pid_maps_show), \
	PROC_FILE("smaps", 0444, .show = pid_smaps_show), \
	PROC_FILE("limits", 0444, .show = limits_show), \
	PROC_FILE("mounts", 0444, .show_entry = mounts_show, .context = &shows[MOUNT_SHOW_MOUNTS]), \
	PROC_FILE("mountinfo", 0444, .show_entry = mounts_show, .context = &shows[MOUNT_SHOW_MOUNTINFO]), \
	PROC_FILE("oom_score", 0444, .show = oom_score_show), \
	PROC_FILE("oom_score_adj", 0644, .show = oom_adj_show, .write = oom_adj_write), \
	PROC_FILE("wchan", 0444, .show = wchan_show), \
	PROC_FILE("personality", 0400, .show = personality_show), \
	PROC_LINK("exe", .follow = pid_exe_follow), \
	PROC_LINK("cwd", .follow = pid_cwd_follow), \
	PROC_LINK("root", .follow = pid_root_follow), \
	PROC_NUMBERS_DIR("fd", 0500, &pid_fd_numbers, .permission = pid_fd_permission), \
	PROC_NUMBERS_DIR("fdinfo", 0555, &pid_fdinfo_numbers, .permission = pid_fd_permission)

static const struct proc_entry task_rows[] = {
	PROC_FILE("stat", 0444, .show = task_stat_show),
	PROC_FILE("status", 0444, .show = task_status_show),
	ROWS_OF_BOTH,
};
static const struct proc_entry task_entry = PROC_DIR("", 0555, task_rows);
static const struct proc_numbers task_numbers = {
	.entry = &task_entry, .lookup = task_lookup, .next = task_number_next, .count = task_count,
};
static const struct proc_entry pid_rows[] = {
	PROC_FILE("stat", 0444, .show = pid_stat_show),
	PROC_FILE("status", 0444, .show = pid_status_show),
	PROC_FILE("mountstats", 0400, .show_entry = mounts_show, .context = &shows[MOUNT_SHOW_MOUNTSTATS]),
	PROC_NUMBERS_DIR("task", 0555, &task_numbers),
	ROWS_OF_BOTH,
};

/* Any thread's number leads somewhere, but only processes are listed. */
static result(proc_subject) pid_lookup(const proc_subject *dir, uint64_t number, struct can_sleep cs)
{
	RETURNS(proc_subject);
	own(thread_ref, t, number <= PID_MAX ? thread_find((pid_nr_t){ (int)number }) : none(thread_ref));

	if (is_none(t))
		return FAIL(ENOENT);
	return OK(proc_subject, subject_about(at(t), number));
}

static bool pid_number_next(const proc_subject *dir, uint64_t *number, struct can_sleep cs)
{
	own(process_ref, p, *number <= PID_MAX ? process_next((pid_nr_t){ (int)*number }) : none(process_ref));

	if (is_none(p))
		return false;
	*number = process_nr(at(p)).nr;
	return true;
}

static const struct proc_entry pid_entry = PROC_DIR("", 0555, pid_rows);
static const struct proc_numbers pid_numbers = { .entry = &pid_entry, .lookup = pid_lookup, .next = pid_number_next };

static pid_nr_t current_process_nr(void) { return process_nr(current_process()); }
static pid_nr_t current_thread_nr(void) { return current_thread()->pid->nr; }
static unsigned all_threads(void) { return read_once(peek(&process_tree)->threads); }

static const struct proc_processes processes = {
	.numbers = &pid_numbers,
	.current_process = current_process_nr,
	.current_thread = current_thread_nr,
	.thread_count = all_threads,
	.last_pid = pid_last,
};

START_TASK(pid_files_start, needs(proc_start))
{
	proc_processes_register(&processes);
}
