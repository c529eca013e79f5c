/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Switching and starting tasks. What a switch must carry over besides the stack: vector state, the
 * bases of FS and GS, and the address space. Segment selectors are the same for all programs.
 */
#include <arch/context.h>
#include <arch/mmu.h>
#include <murre/string.h>
#include <murre/task.h>
#include <x86/cpu.h>
#include <x86/fpu.h>
#include <x86/offsets.h>
#include <x86/registers.h>
#include <x86/task.h>

_Static_assert(offsetof(struct task, arch) + offsetof(struct arch_task, sp) == TASK_SP,
	       "entry code");

/* entry.S */
struct task *x86_switch_stacks(struct task *prev, struct task *next);
extern char x86_fork_start[], x86_kernel_start[];
_Noreturn void x86_user_start(struct trap_frame *f);

/* What x86_switch_stacks pops. */
struct switch_frame { unsigned long r15, r14, r13, r12, bx, bp, ip; };

static void bases_save(struct arch_task *t)
{
	/* Without FSGSBASE only arch_prctl changes them, and keeps these fields current. */
	if (x86_features.fsgsbase) {
		__asm__ volatile("rdfsbase %0" : "=r"(t->fs_base));
		__asm__ volatile("swapgs; rdgsbase %0; swapgs" : "=r"(t->gs_base));
	}
}

static void bases_load(const struct arch_task *t)
{
	if (x86_features.fsgsbase) {
		__asm__ volatile("wrfsbase %0" :: "r"(t->fs_base));
		__asm__ volatile("swapgs; wrgsbase %0; swapgs" :: "r"(t->gs_base));
	} else {
		wrmsr(MSR_FS_BASE, t->fs_base);
		wrmsr(MSR_KERNEL_GS_BASE, t->gs_base);
	}
}

struct task *arch_switch(struct task *prev, struct task *next)
{
	if (prev->arch.fpu)
		bases_save(&prev->arch);
	x86_fpu_switch(&prev->arch, &next->arch);
	if (next->arch.fpu)
		bases_load(&next->arch);
	x86_stack_top_set(next->arch.stack_top);
	arch_space_switch(next->space);
	return x86_switch_stacks(prev, next);
}

/* A stack on which x86_switch_stacks "returns" to ip. */
static struct switch_frame *first_frame(struct task *t, struct trap_frame *above, const char *ip)
{
	struct switch_frame *s = (struct switch_frame *)above - 1;

	*s = (struct switch_frame){ .ip = (uintptr_t)ip };
	t->arch.sp = (uintptr_t)s;
	return s;
}

void arch_task_init_kernel(struct task *t, void (*fn)(void *), void *arg)
{
	struct switch_frame *s;

	t->arch = (struct arch_task){ .stack_top = t->kernel_stack + KERNEL_STACK_SIZE };
	s = first_frame(t, arch_user_frame(t), x86_kernel_start);
	s->bx = (uintptr_t)fn;
	s->r12 = (uintptr_t)arg;
}

result(unit) arch_task_init_user(struct task *t)
{
	RETURNS(unit);

	TRY(x86_fpu_alloc(&t->arch));
	*arch_user_frame(t) = (struct trap_frame){};
	return DONE;
}

result(unit) arch_task_init_fork(struct task *child, const struct trap_frame *frame, uintptr_t sp,
				 bool set_tls, uintptr_t tls)
{
	RETURNS(unit);
	struct trap_frame *f;

	child->arch = (struct arch_task){ .stack_top = child->kernel_stack + KERNEL_STACK_SIZE };
	TRY(x86_fpu_alloc(&child->arch));
	x86_fpu_copy(&child->arch);
	bases_save(&current()->arch);
	child->arch.fs_base = set_tls ? tls : current()->arch.fs_base;
	child->arch.gs_base = current()->arch.gs_base;

	f = arch_user_frame(child);
	*f = *frame;
	f->ax = 0;
	if (sp)
		f->sp = sp;
	first_frame(child, f, x86_fork_start);
	return DONE;
}

void arch_task_fini(struct task *t)
{
	x86_fpu_free(&t->arch);
}

void arch_exec_start(struct trap_frame *f, uintptr_t entry, uintptr_t sp)
{
	irq_state s;

	*f = (struct trap_frame){
		.ip = entry,
		.sp = sp,
		.cs = USER_CS,
		.ss = USER_DS,
		.flags = FLAGS_IF | FLAGS_FIXED,
		.orig_ax = -1ul,
	};
	s = arch_irq_save();
	x86_fpu_reset();
	current()->arch.fs_base = 0;
	current()->arch.gs_base = 0;
	bases_load(&current()->arch);
	arch_irq_restore(s);
}

_Noreturn void arch_enter_user(void)
{
	x86_user_start(arch_user_frame(current()));
}

uintptr_t arch_tls(struct task *t)
{
	if (t == current())
		bases_save(&t->arch);
	return t->arch.fs_base;
}

/* arch_prctl's. */
void x86_base_set(bool gs, uintptr_t base)
{
	struct arch_task *t = &current()->arch;
	irq_state s = arch_irq_save();

	bases_save(t);
	*(gs ? &t->gs_base : &t->fs_base) = base;
	bases_load(t);
	arch_irq_restore(s);
}

uintptr_t x86_base_get(bool gs)
{
	struct arch_task *t = &current()->arch;
	irq_state s = arch_irq_save();
	uintptr_t base;

	bases_save(t);
	base = gs ? t->gs_base : t->fs_base;
	arch_irq_restore(s);
	return base;
}
