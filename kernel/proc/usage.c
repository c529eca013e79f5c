/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Resources used, added up over threads and children. A thread's times come from its task; those of departed threads are
 * kept with the process under its signal lock, those of waited-for children in the tree. getrusage(2), times(2).
 */
#include "proc.h"

void usage_add(struct usage *to, const struct usage *from)
{
	to->user = nsec_add(to->user, from->user);
	to->system = nsec_add(to->system, from->system);
	to->minor_faults += from->minor_faults;
	to->major_faults += from->major_faults;
	to->switches_voluntary += from->switches_voluntary;
	to->switches_forced += from->switches_forced;
	to->blocks_in += from->blocks_in;
	to->blocks_out += from->blocks_out;
	to->peak_resident = max(to->peak_resident, from->peak_resident);
}

void thread_usage(struct thread *t, struct usage *out)
{
	*out = t->faults;
	task_cpu_times(&t->task, &out->user, &out->system);
	out->switches_voluntary = t->task.switches_voluntary;
	out->switches_forced = t->task.switches_forced;
}

void process_usage(struct process *p, struct usage *out)
{
	hold(process_signals, s, &p->signals);
	process_usage_in(s, out);
}

void process_usage_in(process_signals_locked s, struct usage *out)
{
	*out = in(s)->dead_threads;
	list_each(thread, t, &in(s)->threads) {
		struct usage one;
		thread_usage(t, &one);
		usage_add(out, &one);
	}
}

void process_children_usage(struct process *p, struct usage *out)
{
	hold(process_tree, t, &process_tree);
	*out = family(t, p)->usage;
}

nsec_t process_cpu_time(struct process *p)
{
	hold(process_signals, s, &p->signals);
	nsec_t sum = nsec_add(in(s)->dead_threads.user, in(s)->dead_threads.system);

	list_each(thread, t, &in(s)->threads)
		sum = nsec_add(sum, task_cpu_time(&t->task));
	return sum;
}
