/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/PID/stat, statm and status: figures of a process, or of one thread below task/. Taken field by field without
 * stopping it, so they need not fit together to the last digit. proc(5).
 */
#include <murre/string.h>
#include <murre/text.h>
#include <murre/tty.h>
#include "pid_files.h"

enum { CLOCK_TICKS = 100, KB = PAGE_SIZE / 1024, FLAG_EXITING = 4, FLAG_NO_EXEC = 0x40, FLAG_RANDOMIZE = 0x400000 };

/* A moment of the process, gathered under its locks, printed without them. */
struct moment {
	struct usage used, children;
	struct vm_stats memory;
	bool has_memory;
	unsigned threads;
	uint64_t pending, shared_pending, blocked, ignored, caught;
	int exit_signal, exit_status;
	unsigned queued;
	int parent, group, session, foreground;
	dev_nr terminal;
	bool may_see;
};

static void moment_take(struct thread *t, bool whole, struct moment *m, struct can_sleep cs);
static void moment_signals(struct thread *t, bool whole, struct moment *m);
static void moment_family(struct process *p, struct moment *m);
static uint32_t terminal_number(dev_nr d) { return (dev_minor(d) & 0xff) | dev_major(d) << 8 | (dev_minor(d) & ~0xffu) << 12; }
static uint64_t ticks(nsec_t t) { return t.ns / (NSEC_PER_SEC / CLOCK_TICKS); }

const char *pid_state_name(struct thread *t)
{
	struct process *p = t->process;

	if (process_is_dead(p) || (thread_signals_peek(t)->leaving && t == read_once(p->leader)))
		return "Z (zombie)";
	switch (read_once(t->task.state)) {
	case TASK_RUNNING: return "R (running)";
	case TASK_INTERRUPTIBLE: return "S (sleeping)";
	case TASK_STOPPED: return "T (stopped)";
	case TASK_DEAD: return "X (dead)";
	default: return "D (disk sleep)";
	}
}

static int priority_of(const struct task *t)
{
	return t->policy == POLICY_FIFO || t->policy == POLICY_RR ? -1 - t->rt_priority : 20 + t->nice;
}

static void stat_print(struct thread *t, bool whole, struct text_out *out, struct can_sleep cs)
{
	struct process *p = t->process;
	const struct vm_stats *v;
	struct moment m = {};

	moment_take(t, whole, &m, cs);
	v = &m.memory;
	text_print(out, "%d (%s) %c %d %d %d %u %d ", t->pid->nr.nr, t->task.name, pid_state_name(t)[0],
		   m.parent, m.group, m.session, terminal_number(m.terminal), m.foreground);
	text_print(out, "%u %lu %lu %lu %lu ", (thread_signals_peek(t)->leaving ? FLAG_EXITING : 0) | FLAG_RANDOMIZE |
		   (family_peek(p)->has_execed ? 0 : FLAG_NO_EXEC), m.used.minor_faults, m.children.minor_faults,
		   m.used.major_faults, m.children.major_faults);
	text_print(out, "%lu %lu %lu %lu %d %d %u 0 %lu ", ticks(m.used.user), ticks(m.used.system), ticks(m.children.user),
		   ticks(m.children.system), priority_of(&t->task), t->task.nice, m.threads, ticks(whole ? p->started : t->started));
	text_print(out, "%lu %lu %lu ", v->total * PAGE_SIZE, v->resident, (uint64_t)p->limits.limit[RLIMIT_RSS].rlim_cur);
	if (m.may_see)
		text_print(out, "%lu %lu %lu 0 0 ", v->code_start, v->code_end, v->stack_top);
	else
		text_print(out, "%d %d 0 0 0 ", m.has_memory, m.has_memory);
	text_print(out, "%lu %lu %lu %lu ", m.pending & 0x7fffffff, m.blocked & 0x7fffffff, m.ignored & 0x7fffffff,
		   m.caught & 0x7fffffff);
	text_print(out, "%d 0 0 %d %u %u %u 0 0 0 ", t->task.state != TASK_RUNNING, m.exit_signal, t->task.cpu,
		   t->task.rt_priority, t->task.policy);
	if (m.may_see)
		text_print(out, "%lu %lu %lu %lu %lu %lu %lu %d\n", v->data_start, v->data_end, v->brk_start, v->arg_start,
			   v->arg_end, v->env_start, v->env_end, m.exit_status);
	else
		text_print(out, "0 0 0 0 0 0 0 0\n");
}

result(unit) pid_stat_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	stat_print(subject_thread(s), true, out, cs);
	return DONE;
}

result(unit) task_stat_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	stat_print(subject_thread(s), false, out, cs);
	return DONE;
}

result(unit) pid_statm_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	struct moment m = {};
	const struct vm_stats *v = &m.memory;
	own(vm_space_ref, space, thread_space(subject_thread(s)));

	if (!is_none(space))
		vm_stats_get(at(space), &m.memory, cs);
	text_print(out, "%lu %lu %lu %lu 0 %lu 0\n", v->total, v->resident, v->file + v->shmem,
		   pages_for(v->code_end - align_down(v->code_start, PAGE_SIZE)), v->data + v->stack);
	return DONE;
}

/* status. ---------------------------------------------------------------------------------------------------------- */

/* Line breaks and backslashes in a name would break the lines. */
static void name_print(struct text_out *out, const char *name)
{
	for (; *name; name++) {
		if (*name == '\n')
			text_put(out, "\\n", 2);
		else if (*name == '\\')
			text_put(out, "\\\\", 2);
		else
			text_char(out, *name);
	}
}

static void identity_print(struct thread *t, const struct moment *m, struct text_out *out)
{
	own(cred_ref, cred, thread_cred(t));
	const struct cred *c = at(cred);
	int tgid = process_nr(t->process).nr, tid = t->pid->nr.nr;

	text_print(out, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", tgid, tid, m->parent);
	text_print(out, "Uid:\t%u\t%u\t%u\t%u\n", c->uid.id, c->euid.id, c->suid.id, c->fsuid.id);
	text_print(out, "Gid:\t%u\t%u\t%u\t%u\n", c->gid.id, c->egid.id, c->sgid.id, c->fsgid.id);
	own(fd_table_ref, files, thread_files(t));
	text_print(out, "FDSize:\t%u\nGroups:\t", is_none(files) ? 0 : fd_table_capacity(at(files)));
	for (unsigned i = 0; c->groups && i < c->groups->count; i++)
		text_print(out, "%s%u", i ? " " : "", c->groups->ids[i].id);
	text_print(out, "%s\nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", c->groups ? "" : " ", tgid, tid, m->group, m->session);
}

static void memory_print(const struct moment *m, struct text_out *out)
{
	const struct vm_stats *v = &m->memory;
	const struct { const char *name; uint64_t pages; } rows[] = {
		{ "VmPeak", v->peak_total }, { "VmSize", v->total }, { "VmLck", v->locked }, { "VmPin", 0 },
		{ "VmHWM", v->peak_resident }, { "VmRSS", v->resident }, { "RssAnon", v->anon }, { "RssFile", v->file },
		{ "RssShmem", v->shmem }, { "VmData", v->data }, { "VmStk", v->stack },
		{ "VmExe", pages_for(v->code_end - align_down(v->code_start, PAGE_SIZE)) },
		{ "VmLib", v->exec - min(v->exec, pages_for(v->code_end - align_down(v->code_start, PAGE_SIZE))) },
		{ "VmPTE", v->tables }, { "VmSwap", 0 },
	};

	for (unsigned i = 0; m->has_memory && i < array_size(rows); i++)
		text_print(out, "%s:\t%8lu kB\n", rows[i].name, rows[i].pages * KB);
}

static void caps_print(struct thread *t, struct text_out *out)
{
	own(cred_ref, cred, thread_cred(t));
	const struct cred *c = at(cred);

	text_print(out, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n",
		   c->cap_inheritable, c->cap_permitted, c->cap_effective, c->cap_bounding, c->cap_ambient);
	text_print(out, "NoNewPrivs:\t%d\nSeccomp:\t0\nSeccomp_filters:\t0\n", c->no_new_privs);
}

static bool cpu_in(const struct cpu_mask *m, unsigned cpu) { return m->word[cpu / 64] >> cpu % 64 & 1; }

/* As words of 32 CPUs from the highest down, then as ranges. */
static void cpus_print(struct thread *t, struct text_out *out)
{
	const char *separator = "";
	struct cpu_mask mask;

	task_get_affinity(&t->task, &mask);
	text_print(out, "Cpus_allowed:\t");
	for (int i = (cpus_online - 1) / 32; i >= 0; i--) {
		int digits = (min(cpus_online - 32 * i, 32u) + 3) / 4;
		text_print(out, "%0*x%s", digits, (uint32_t)(mask.word[i / 2] >> i % 2 * 32), i ? "," : "\n");
	}
	text_print(out, "Cpus_allowed_list:\t");
	for (unsigned cpu = 0; cpu < cpus_online; cpu++) {
		unsigned first = cpu;
		if (!cpu_in(&mask, cpu))
			continue;
		while (cpu + 1 < cpus_online && cpu_in(&mask, cpu + 1))
			cpu++;
		text_print(out, "%s%u", separator, first);
		if (cpu > first)
			text_print(out, "-%u", cpu);
		separator = ",";
	}
	text_print(out, "\n");
}

static result(unit) status_print(struct thread *t, bool whole, struct text_out *out, struct can_sleep cs)
{
	struct moment m = {};
	own(fs_context_ref, fs, thread_fs(t));

	moment_take(t, whole, &m, cs);
	text_print(out, "Name:\t");
	name_print(out, t->task.name);
	if (!is_none(fs))
		text_print(out, "\nUmask:\t%#04o", at(fs)->umask);
	text_print(out, "\nState:\t%s\n", pid_state_name(t));
	identity_print(t, &m, out);
	memory_print(&m, out);
	text_print(out, "Threads:\t%u\nSigQ:\t%u/%lu\n", m.threads, m.queued, (uint64_t)t->process->limits.limit[RLIMIT_SIGPENDING].rlim_cur);
	text_print(out, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
		   m.pending, m.shared_pending, m.blocked, m.ignored, m.caught);
	caps_print(t, out);
	cpus_print(t, out);
	text_print(out, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
		   t->task.switches_voluntary, t->task.switches_forced);
	return DONE;
}

result(unit) pid_status_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	return status_print(subject_thread(s), true, out, cs);
}

result(unit) task_status_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	return status_print(subject_thread(s), false, out, cs);
}

/* The moment. ------------------------------------------------------------------------------------------------------ */

static void moment_take(struct thread *t, bool whole, struct moment *m, struct can_sleep cs)
{
	struct process *p = t->process;
	own(vm_space_ref, space, thread_space(t));

	m->has_memory = !is_none(space);
	if (m->has_memory)
		vm_stats_get(at(space), &m->memory, cs);
	m->may_see = m->has_memory && !error_of(pid_may_look(t));
	if (whole)
		process_usage(p, &m->used);
	else
		thread_usage(t, &m->used);
	process_children_usage(p, &m->children);
	m->threads = process_is_dead(p) ? 1 : process_thread_count(p);
	m->queued = read_once(t->task.cred->account->queued_signals);
	moment_signals(t, whole, m);
	moment_family(p, m);
}

static void moment_signals(struct thread *t, bool whole, struct moment *m)
{
	struct process *p = t->process;
	hold(process_signals, s, &p->signals);

	m->pending = thread_signals(s, t)->pending.set;
	m->shared_pending = in(s)->pending.set;
	m->blocked = thread_signals(s, t)->blocked;
	m->ignored = read_once(p->actions->ignored);
	m->caught = read_once(p->actions->caught);
}

static void moment_family(struct process *p, struct moment *m)
{
	own(pid_ref, session, none(pid_ref));
	pid_nr_t foreground = { -1 };
	{
		hold(process_tree, t, &process_tree);
		struct process_family *f = family(t, p);
		m->exit_signal = f->exit_signal;
		m->exit_status = f->dead ? f->exit_status : 0;
		if (f->session)
			session = pid_share(f->session);
	}
	m->parent = process_parent_nr(p).nr;
	m->group = process_group_nr(p).nr;
	m->session = is_none(session) ? 0 : at(session)->nr.nr;
	if (!is_none(session) && !p->terminal_given_up)
		m->terminal = session_terminal(at(session), &foreground);
	m->foreground = foreground.nr;
}
