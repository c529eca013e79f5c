/* SPDX-License-Identifier: GPL-2.0-only */
/* Names that end in an underscore belong to the file that declares them. */
#include <murre/file.h>
#include <murre/process.h>

bool another_files_field(struct process *p)
{
	return p->family_.dead; // wrong: [private-name]
}

uint64_t signals_without_the_lock(struct thread *t)
{
	return t->signals_.pending.set; // wrong: [private-name]
}

size_t its_place(void)
{
	return offsetof(struct process, family_); // wrong: [private-name]
}

uint64_t raw_lists(struct process_family *f, struct process *p)
{
	struct list_node *n = &p->family_.sibling; // wrong: [private-name]

	return n == &f->sibling;
}

bool locked_by_hand(struct process *p, struct no_sleep cs)
{
	process_signals_locked s = process_signals_lock_(&p->signals, cs); // wrong: [private-name]

	return in(s)->exiting;
}

void ended_by_hand(process_ref p)
{
	own(process_ref, q, give(p));

	process_ref_end_(&q); // wrong: [private-name]
}
