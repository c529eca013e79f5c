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
#include <murre/task.h>
#include <murre/usercopy.h>
#include <x86/cpu.h>
#include <x86/fpu.h>
#include <x86/registers.h>
#include <x86/user_access.h>

/* stack_t, struct sigcontext_64 and struct ucontext in words. */
struct frame_stack { uint64_t base, flags, bytes; };
struct frame_registers {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15, di, si, bp, bx, dx, ax, cx, sp, ip, flags;
	uint64_t segments;			/* cs, gs, fs, ss, from the lowest 16 bits up */
	uint64_t error, trap_nr, old_mask, cr2, state, reserved[8];
};
struct frame_context {
	uint64_t flags, link;
	struct frame_stack stack;
	struct frame_registers registers;
	uint64_t mask;
};
struct signal_frame {
	uint64_t return_address;
	struct frame_context context;
	uint64_t info[128 / 8];
};
static_assert_size(struct frame_registers, sizeof(struct sigcontext_64));
_Static_assert(offsetof(struct frame_registers, segments) == offsetof(struct sigcontext_64, cs),
	       "layout of the ABI");
_Static_assert(offsetof(struct frame_registers, state) == offsetof(struct sigcontext_64, fpstate),
	       "layout of the ABI");
static_assert_size(struct frame_context, 304);
static_assert_size(struct signal_frame, 440);

#define RED_ZONE_BYTES 128
#define STATE_ALIGN 64
/* Flags that a frame may set: arithmetic ones, direction, step, alignment check. Linux's
 * FIX_EFLAGS. */
#define FLAGS_OF_PROGRAM (FLAGS_CF | FLAGS_PF | FLAGS_AF | FLAGS_ZF | FLAGS_SF | FLAGS_TF | \
			  FLAGS_DF | FLAGS_OF | FLAGS_RF | FLAGS_AC)

read_only_after_start size_t x86_signal_frame_max;

static bool is_on(uintptr_t sp, uintptr_t base, size_t bytes)
{
	return sp > base && sp - base <= bytes;
}

/* Where the frame goes; 0: it would leave the alternate stack, be it new or in use already. */
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
	if (switches && !is_on(sp, base, d->altstack_size))
		return 0;
	if (!switches && is_on(f->sp, d->old_altstack_base, d->old_altstack_size) &&
	    !is_on(sp, d->old_altstack_base, d->old_altstack_size))
		return 0;
	return sp;
}

/* Between open and close. The reserved words at the end are not written, as Linux does it. */
static int registers_to_frame(struct frame_registers *c, const struct trap_frame *f, uint64_t mask,
			      uintptr_t state)
{
	const struct arch_task *t = &current()->arch;

	X86_USER_STORE(c->r8, f->r8, fault);
	X86_USER_STORE(c->r9, f->r9, fault);
	X86_USER_STORE(c->r10, f->r10, fault);
	X86_USER_STORE(c->r11, f->r11, fault);
	X86_USER_STORE(c->r12, f->r12, fault);
	X86_USER_STORE(c->r13, f->r13, fault);
	X86_USER_STORE(c->r14, f->r14, fault);
	X86_USER_STORE(c->r15, f->r15, fault);
	X86_USER_STORE(c->di, f->di, fault);
	X86_USER_STORE(c->si, f->si, fault);
	X86_USER_STORE(c->bp, f->bp, fault);
	X86_USER_STORE(c->bx, f->bx, fault);
	X86_USER_STORE(c->dx, f->dx, fault);
	X86_USER_STORE(c->ax, f->ax, fault);
	X86_USER_STORE(c->cx, f->cx, fault);
	X86_USER_STORE(c->sp, f->sp, fault);
	X86_USER_STORE(c->ip, f->ip, fault);
	X86_USER_STORE(c->flags, f->flags, fault);
	X86_USER_STORE(c->segments, f->cs | (uint64_t)f->ss << 48, fault);
	X86_USER_STORE(c->error, t->trap_error, fault);
	X86_USER_STORE(c->trap_nr, t->trap_nr, fault);
	X86_USER_STORE(c->old_mask, mask, fault);
	X86_USER_STORE(c->cr2, t->trap_address, fault);
	X86_USER_STORE(c->state, state, fault);
	return 0;
fault:
	return 1;
}

/* Between open and close. */
static int frame_write(struct signal_frame *u, const struct trap_frame *f,
		       const struct signal_delivery *d, uintptr_t state)
{
	uint64_t flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	const uint64_t *info = d->siginfo;

	X86_USER_STORE(u->return_address, d->restorer, fault);
	X86_USER_STORE(u->context.flags, flags | (x86_features.xsave ? UC_FP_XSTATE : 0), fault);
	X86_USER_STORE(u->context.link, 0, fault);
	X86_USER_STORE(u->context.stack.base, d->old_altstack_base, fault);
	X86_USER_STORE(u->context.stack.flags, (uint32_t)d->old_altstack_flags, fault);
	X86_USER_STORE(u->context.stack.bytes, d->old_altstack_size, fault);
	X86_USER_STORE(u->context.mask, d->mask.bits, fault);
#pragma GCC unroll 16
	for (unsigned i = 0; i < array_size(u->info); i++)
		X86_USER_STORE(u->info[i], info[i], fault);
	return registers_to_frame(&u->context.registers, f, d->mask.bits, state);
fault:
	return 1;
}

result(unit) arch_signal_push(struct trap_frame *f, const struct signal_delivery *d,
			      struct can_sleep cs)
{
	RETURNS(unit);
	uintptr_t state, place = frame_place(f, d, &state);
	int failed;

	/* The address that the handler returns to is the program's to give: nobody else has one. */
	if (!place || !(d->flags & SA_RESTORER))
		return FAIL(EFAULT);
	if (!user_range_ok(place, sizeof(struct signal_frame)))
		return FAIL(EFAULT);
	TRY(x86_fpu_save_user(state));
	x86_user_open();
	failed = frame_write((struct signal_frame *)place, f, d, state);
	x86_user_close();
	if (failed)
		return FAIL(EFAULT);

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

/* Between open and close. */
static int registers_from_frame(struct trap_frame *f, const struct frame_registers *c)
{
	uint64_t flags;

	X86_USER_LOAD(f->r8, c->r8, fault);
	X86_USER_LOAD(f->r9, c->r9, fault);
	X86_USER_LOAD(f->r10, c->r10, fault);
	X86_USER_LOAD(f->r11, c->r11, fault);
	X86_USER_LOAD(f->r12, c->r12, fault);
	X86_USER_LOAD(f->r13, c->r13, fault);
	X86_USER_LOAD(f->r14, c->r14, fault);
	X86_USER_LOAD(f->r15, c->r15, fault);
	X86_USER_LOAD(f->di, c->di, fault);
	X86_USER_LOAD(f->si, c->si, fault);
	X86_USER_LOAD(f->bp, c->bp, fault);
	X86_USER_LOAD(f->bx, c->bx, fault);
	X86_USER_LOAD(f->dx, c->dx, fault);
	X86_USER_LOAD(f->ax, c->ax, fault);
	X86_USER_LOAD(f->cx, c->cx, fault);
	X86_USER_LOAD(f->sp, c->sp, fault);
	X86_USER_LOAD(f->ip, c->ip, fault);
	X86_USER_LOAD(flags, c->flags, fault);
	f->flags = (f->flags & ~(unsigned long)FLAGS_OF_PROGRAM) | (flags & FLAGS_OF_PROGRAM);
	f->cs = USER_CS;
	f->ss = USER_DS;
	frame_forget_syscall(f);
	return 0;
fault:
	return 1;
}

/*
 * Between open and close. Both ends of the context are read before the first register changes: the
 * frame is there in full then, unless another thread unmaps it at this very moment.
 */
static int frame_read(struct trap_frame *f, const struct frame_context *u,
		      struct signal_return *out, uint64_t *state)
{
	uint64_t mask, base, flags, bytes, segments;

	X86_USER_LOAD(mask, u->mask, fault);
	X86_USER_LOAD(base, u->stack.base, fault);
	X86_USER_LOAD(flags, u->stack.flags, fault);
	X86_USER_LOAD(bytes, u->stack.bytes, fault);
	X86_USER_LOAD(segments, u->registers.segments, fault);
	X86_USER_LOAD(*state, u->registers.state, fault);
	*out = (struct signal_return){ { mask }, base, bytes, (int)flags };
	/* Only one code segment is there for programs. */
	if (((uint16_t)segments | 3) != USER_CS)
		return 1;
	return registers_from_frame(f, &u->registers);
fault:
	return 1;
}

result(unit) arch_signal_return(struct trap_frame *f, struct signal_return *out,
				struct can_sleep cs)
{
	RETURNS(unit);
	/* The handler's RET has taken the return address. */
	uintptr_t place = f->sp - sizeof(uint64_t);
	const struct signal_frame *u = (const struct signal_frame *)place;
	uint64_t state = 0;
	int failed;

	if (!place || !user_range_ok(place, sizeof(*u)))
		return FAIL(EFAULT);
	x86_user_open();
	failed = frame_read(f, &u->context, out, &state);
	x86_user_close();
	if (failed)
		return FAIL(EFAULT);
	if (state)
		return x86_fpu_load_user(state);
	x86_fpu_reset();
	return DONE;
}

/* The largest frame, with what alignment may add. */
void x86_signal_frame_measure(void)
{
	x86_signal_frame_max = align_up(
		sizeof(struct signal_frame) + 2 * 16 + x86_fpu_frame_bytes() + STATE_ALIGN, 16);
}
