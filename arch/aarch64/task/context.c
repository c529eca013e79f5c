/* SPDX-License-Identifier: GPL-2.0-only */
/* Switching and starting tasks. What a switch must carry over besides the stack: vector state, TLS, the address space. */
#include <arch/context.h>
#include <arch/mmu.h>
#include <arm64/fp.h>
#include <arm64/offsets.h>
#include <arm64/registers.h>
#include <murre/task.h>

_Static_assert(offsetof(struct task, arch) + offsetof(struct arch_task, sp) == TASK_SP, "entry code");
_Static_assert(offsetof(struct task, arch) + offsetof(struct arch_task, stack_top) == TASK_STACK_TOP, "entry code");

/* entry.S */
struct task *arm64_switch_stacks(struct task *prev, struct task *next);
extern char arm64_fork_start[], arm64_kernel_start[];
_Noreturn void arm64_user_start(struct trap_frame *f);

/* What arm64_switch_stacks pops. */
struct switch_frame { unsigned long fp, ip, x19, x20, others[8]; };
static_assert_size(struct switch_frame, 96);

struct task *arch_switch(struct task *prev, struct task *next)
{
	if (prev->arch.fp)
		prev->arch.tls = read_register(tpidr_el0);
	arm64_fp_switch(&prev->arch, &next->arch);
	if (next->arch.fp)
		write_register(tpidr_el0, next->arch.tls);
	arch_space_switch(next->space);
	return arm64_switch_stacks(prev, next);
}

/* A stack on which arm64_switch_stacks "returns" to ip. */
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
	s = first_frame(t, arch_user_frame(t), arm64_kernel_start);
	s->x19 = (uintptr_t)fn;
	s->x20 = (uintptr_t)arg;
}

result(unit) arch_task_init_user(struct task *t)
{
	RETURNS(unit);

	TRY(arm64_fp_alloc(&t->arch));
	*arch_user_frame(t) = (struct trap_frame){};
	return DONE;
}

result(unit) arch_task_init_fork(struct task *child, const struct trap_frame *frame, uintptr_t sp, bool set_tls,
				 uintptr_t tls)
{
	RETURNS(unit);
	struct trap_frame *f;

	child->arch = (struct arch_task){ .stack_top = child->kernel_stack + KERNEL_STACK_SIZE };
	TRY(arm64_fp_alloc(&child->arch));
	arm64_fp_save(child->arch.fp);
	child->arch.tls = set_tls ? tls : read_register(tpidr_el0);

	f = arch_user_frame(child);
	*f = *frame;
	f->x[0] = 0;
	if (sp)
		f->sp = sp;
	first_frame(child, f, arm64_fork_start);
	return DONE;
}

void arch_task_fini(struct task *t)
{
	arm64_fp_free(&t->arch);
}

void arch_exec_start(struct trap_frame *f, uintptr_t entry, uintptr_t sp)
{
	*f = (struct trap_frame){ .pc = entry, .sp = sp, .pstate = PSTATE_EL0T, .nr = -1 };
	arm64_fp_reset();
	write_register(tpidr_el0, 0);
}

_Noreturn void arch_enter_user(void)
{
	arm64_user_start(arch_user_frame(current()));
}

uintptr_t arch_tls(struct task *t)
{
	return t == current() ? read_register(tpidr_el0) : t->arch.tls;
}
