/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signal frames, as Linux lays them out on the program's stack (struct rt_sigframe: return address,
 * ucontext, siginfo, vector state above them), and the way back through rt_sigreturn(2). What a
 * frame says is the program's word: nothing in it may lead to more than a program can do anyway.
 */
#include <arch/context.h>
#include <arch/elf.h>
#include <asm/sigcontext.h>
#include <asm/signal.h>
#include <asm/ucontext.h>
#include <murre/string.h>
#include <murre/task.h>
#include <murre/usercopy.h>
#include <x86/cpu.h>
#include <x86/fpu.h>
#include <x86/registers.h>

/* stack_t and struct ucontext with addresses as numbers. */
struct frame_stack { uint64_t base; int32_t flags; uint32_t pad; uint64_t bytes; };
struct frame_context {
	uint64_t flags, link;
	struct frame_stack stack;
	struct sigcontext_64 registers;
	uint64_t mask;
};
struct signal_frame {
	uint64_t return_address;
	struct frame_context context;
	unsigned char info[128];
};
static_assert_size(struct sigcontext_64, 256);
static_assert_size(struct frame_context, 304);
static_assert_size(struct signal_frame, 440);

#define RED_ZONE_BYTES 128
#define STATE_ALIGN 64
/* Flags that a frame may set: arithmetic ones, direction, step, alignment check. Linux's
 * FIX_EFLAGS. */
#define FLAGS_OF_PROGRAM (FLAGS_CF | FLAGS_PF | FLAGS_AF | FLAGS_ZF | FLAGS_SF | FLAGS_TF | \
			  FLAGS_DF | FLAGS_OF | FLAGS_RF | FLAGS_AC)

read_only_after_start size_t x86_signal_frame_max;

/* Where the frame goes; 0: it would leave the alternate stack. */
static uintptr_t frame_place(const struct trap_frame *f, const struct signal_delivery *d,
			     uintptr_t *state)
{
	uintptr_t sp = f->sp - RED_ZONE_BYTES;
	uintptr_t base = d->altstack_base;
	bool switches = d->altstack_size != 0;

	if (switches)
		sp = base + d->altstack_size;
	*state = align_down(sp - x86_fpu_frame_bytes(), STATE_ALIGN);
	sp = align_down(*state - sizeof(struct signal_frame), 16) - 8;
	if (switches && (sp <= base || sp - base > d->altstack_size))
		return 0;
	return sp;
}

static void registers_to_frame(struct sigcontext_64 *c, const struct trap_frame *f, uint64_t mask,
			       uintptr_t state)
{
	const struct arch_task *t = &current()->arch;

	*c = (struct sigcontext_64){
		.r8 = f->r8,
		.r9 = f->r9,
		.r10 = f->r10,
		.r11 = f->r11,
		.r12 = f->r12,
		.r13 = f->r13,
		.r14 = f->r14,
		.r15 = f->r15,
		.di = f->di,
		.si = f->si,
		.bp = f->bp,
		.bx = f->bx,
		.dx = f->dx,
		.ax = f->ax,
		.cx = f->cx,
		.sp = f->sp,
		.ip = f->ip,
		.flags = f->flags,
		.cs = (uint16_t)f->cs,
		.ss = (uint16_t)f->ss,
		.err = t->trap_error,
		.trapno = t->trap_nr,
		.oldmask = mask,
		.cr2 = t->trap_address,
		.fpstate = state,
	};
}

result(unit)
	arch_signal_push(struct trap_frame *f, const struct signal_delivery *d, struct can_sleep cs)
{
	RETURNS(unit);
	uintptr_t state, place = frame_place(f, d, &state);
	struct signal_frame frame = {
		.return_address = d->restorer,
		.context = {
			.flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS |
				 (x86_features.xsave ? UC_FP_XSTATE : 0),
			.stack = { d->old_altstack_base, d->old_altstack_flags, 0,
				   d->old_altstack_size },
			.mask = d->mask.bits,
		},
	};

	/* The address that the handler returns to is the program's to give: there is no other
	 * code for it. */
	if (!place || !(d->flags & SA_RESTORER))
		return FAIL(EFAULT);
	TRY(x86_fpu_save_user(state, cs));
	registers_to_frame(&frame.context.registers, f, d->mask.bits, state);
	memcpy(frame.info, d->siginfo, sizeof(frame.info));
	TRY(copy_to_user(user_addr_from(place), &frame, sizeof(frame), cs));

	f->di = (unsigned long)d->signo;
	f->si = place + offsetof(struct signal_frame, info);
	f->dx = place + offsetof(struct signal_frame, context);
	f->ax = 0;
	f->ip = d->handler;
	f->sp = place;
	f->cs = USER_CS;
	f->ss = USER_DS;
	f->flags &= ~(unsigned long)(FLAGS_DF | FLAGS_RF | FLAGS_TF);
	frame_forget_syscall(f);
	x86_fpu_reset();
	return DONE;
}

static void registers_from_frame(struct trap_frame *f, const struct sigcontext_64 *c)
{
	*f = (struct trap_frame){
		.r8 = c->r8,
		.r9 = c->r9,
		.r10 = c->r10,
		.r11 = c->r11,
		.r12 = c->r12,
		.r13 = c->r13,
		.r14 = c->r14,
		.r15 = c->r15,
		.di = c->di,
		.si = c->si,
		.bp = c->bp,
		.bx = c->bx,
		.dx = c->dx,
		.ax = c->ax,
		.cx = c->cx,
		.sp = c->sp,
		.ip = c->ip,
		.cs = USER_CS,
		.ss = USER_DS,
		.orig_ax = -1ul,
		.flags = (f->flags & ~(unsigned long)FLAGS_OF_PROGRAM) |
			 (c->flags & FLAGS_OF_PROGRAM),
	};
}

result(unit)
	arch_signal_return(struct trap_frame *f, struct signal_return *out, struct can_sleep cs)
{
	RETURNS(unit);
	/* The handler's RET has taken the return address. */
	uintptr_t place = f->sp - sizeof(uint64_t);
	struct frame_context context not_zeroed;	/* filled by the copy, or not looked at */

	TRY(copy_from_user(&context, user_addr_from(place + offsetof(struct signal_frame, context)),
			   sizeof(context), cs));
	/* Only one code segment is there for programs. */
	if ((context.registers.cs | 3) != USER_CS)
		return FAIL(EFAULT);
	if (context.registers.fpstate)
		TRY(x86_fpu_load_user(context.registers.fpstate, cs));
	else
		x86_fpu_reset();
	registers_from_frame(f, &context.registers);
	*out = (struct signal_return){
		.mask = { context.mask },
		.altstack_base = context.stack.base,
		.altstack_size = context.stack.bytes,
		.altstack_flags = context.stack.flags,
	};
	return DONE;
}

/* The largest frame, with what alignment may add. */
void x86_signal_frame_measure(void)
{
	x86_signal_frame_max = align_up(
		sizeof(struct signal_frame) + 2 * 16 + x86_fpu_frame_bytes() + STATE_ALIGN, 16);
}
