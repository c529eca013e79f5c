/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions (SDM volume 3, chapter 6): a program's become faults for the memory manager or
 * signals, with the codes that Linux gives; the kernel's own end at the fixup of the access, or in
 * a panic.
 */
#include <arch/mmu.h>
#include <arch/percpu.h>
#include <arch/trap.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <murre/log.h>
#include <murre/task.h>
#include <x86/cpu.h>
#include <x86/image.h>
#include <x86/offsets.h>
#include <x86/registers.h>
#include <x86/vectors.h>

#define OFFSET_CHECK(name, field) \
	_Static_assert(offsetof(struct trap_frame, field) == FRAME_##name, "entry code")
OFFSET_CHECK(R10, r10);
OFFSET_CHECK(R9, r9);
OFFSET_CHECK(R8, r8);
OFFSET_CHECK(AX, ax);
OFFSET_CHECK(DX, dx);
OFFSET_CHECK(SI, si);
OFFSET_CHECK(DI, di);
OFFSET_CHECK(ORIG_AX, orig_ax);
OFFSET_CHECK(IP, ip);
OFFSET_CHECK(CS, cs);
OFFSET_CHECK(FLAGS, flags);
OFFSET_CHECK(SP, sp);
_Static_assert(offsetof(struct task, work) == TASK_WORK, "entry code");
_Static_assert(WORK_TRACE_SYSCALL == TASK_WORK_PASSED_BY, "entry code");

/* The entry code's. */
void x86_exception(unsigned vector, struct trap_frame *f);
void x86_return_refused(struct trap_frame *f);

enum { PF_PRESENT = 1, PF_WRITE = 2, PF_USER = 4, PF_RESERVED = 8, PF_FETCH = 16 };

/* What a program gets; addr_is_ip: si_addr names the instruction. Rows without signo are handled
 * by name below. */
static const struct exception_row {
	const char *name;
	uint8_t signo;
	int16_t code;
	bool addr_is_ip;
} rows[32] = {
	[VECTOR_DIVIDE] = { "divide error", SIGFPE, FPE_INTDIV, true },
	[VECTOR_DEBUG] = { "debug exception" },
	[VECTOR_NMI] = { "non-maskable interrupt" },
	[VECTOR_BREAKPOINT] = { "breakpoint", SIGTRAP, SI_KERNEL },
	[VECTOR_OVERFLOW] = { "overflow", SIGSEGV, SI_KERNEL },
	[VECTOR_BOUND] = { "bound range exceeded", SIGSEGV, SI_KERNEL },
	[VECTOR_INVALID_OPCODE] = { "invalid opcode", SIGILL, ILL_ILLOPN, true },
	[VECTOR_DEVICE_MISSING] = { "no coprocessor", SIGFPE, SI_KERNEL },
	[VECTOR_DOUBLE_FAULT] = { "double fault" },
	[VECTOR_INVALID_TSS] = { "invalid task state segment", SIGSEGV, SI_KERNEL },
	[VECTOR_SEGMENT_MISSING] = { "segment not present", SIGBUS, SI_KERNEL },
	[VECTOR_STACK_SEGMENT] = { "stack segment fault", SIGBUS, SI_KERNEL },
	[VECTOR_PROTECTION] = { "general protection fault", SIGSEGV, SI_KERNEL },
	[VECTOR_PAGE_FAULT] = { "page fault" },
	[VECTOR_X87] = { "x87 floating-point exception" },
	[VECTOR_ALIGNMENT] = { "alignment check", SIGBUS, BUS_ADRALN },
	[VECTOR_MACHINE_CHECK] = { "machine check" },
	[VECTOR_SIMD] = { "SIMD floating-point exception" },
	[VECTOR_CONTROL_PROTECTION] = { "control protection exception", SIGSEGV, SI_KERNEL },
};

static PER_CPU(unsigned long, unknown_nmis);

static void page_fault(struct trap_frame *f, uint32_t error);
static void debug_exception(struct trap_frame *f);
static void fpu_exception(struct trap_frame *f, unsigned vector);
static void kernel_exception(struct trap_frame *f, unsigned vector, uint32_t error);
static bool fixup_apply(struct trap_frame *f);

static void remember(unsigned vector, uint32_t error, uintptr_t address)
{
	struct arch_task *t = &current()->arch;

	t->trap_nr = vector;
	t->trap_error = error;
	t->trap_address = address;
}

void x86_exception(unsigned vector, struct trap_frame *f)
{
	const struct exception_row *row = &rows[vector];
	uint32_t error = (uint32_t)f->orig_ax;

	frame_forget_syscall(f);
	if (likely(vector == VECTOR_PAGE_FAULT)) {
		page_fault(f, error);
		return;
	}
	if (vector == VECTOR_NMI) {
		this_cpu(unknown_nmis)++;
		return;
	}
	if (vector == VECTOR_DEBUG) {
		debug_exception(f);
		return;
	}
	if (!frame_from_user(f) || vector == VECTOR_MACHINE_CHECK ||
	    vector == VECTOR_DOUBLE_FAULT) {
		kernel_exception(f, vector, error);
		return;
	}
	remember(vector, error, current()->arch.trap_address);
	arch_irq_enable();
	if (row->signo)
		exception_signal(f, row->signo, row->code, row->addr_is_ip ? f->ip : 0);
	else
		fpu_exception(f, vector);
}

/* The frame's IP is no address at all: IRET would refuse it, which Linux shows as a fault of the
 * program. */
void x86_return_refused(struct trap_frame *f)
{
	remember(VECTOR_PROTECTION, 0, 0);
	exception_signal(f, SIGSEGV, SI_KERNEL, 0);
}

static unsigned access_of(uint32_t error)
{
	unsigned access = error & PF_WRITE   ? FAULT_WRITE
			  : error & PF_FETCH ? FAULT_EXEC
					     : FAULT_READ;

	return error & PF_USER ? access | FAULT_USER : access;
}

/* The kernel's own access to a program's memory, by way of STAC, in a context that may sleep. */
static bool may_resolve(const struct trap_frame *f, uintptr_t addr)
{
	if (addr >= USER_TOP || (x86_features.smap && !(f->flags & FLAGS_AC)))
		return false;
	return frame_irqs_were_on(f) && (arch_preempt_word() & ~PREEMPT_NO_SWITCH_WANTED) == 0;
}

/* A page that is there and cannot even be read: no old translation explains that, so resolving it would repeat for ever. */
static bool is_refused_read(uint32_t error)
{
	return (error & (PF_PRESENT | PF_WRITE | PF_FETCH)) == PF_PRESENT;
}

static void page_fault(struct trap_frame *f, uint32_t error)
{
	uintptr_t addr = read_cr2();

	if (unlikely(error & PF_RESERVED))
		panic_from(f, "page fault at %#lx: reserved bits in a page table", addr);
	if (frame_from_user(f)) {
		/* Programs shall not learn from the error code where the kernel has mappings. */
		remember(VECTOR_PAGE_FAULT, addr >= USER_TOP ? error | PF_PRESENT : error, addr);
		arch_irq_enable();
		if (unlikely(is_refused_read(error) && addr < USER_TOP))
			exception_signal(f, SIGSEGV, SEGV_ACCERR, addr);
		else
			fault_handle(f, addr, access_of(error) | FAULT_USER);
		return;
	}
	if (likely(may_resolve(f, addr))) {
		bool resolved;

		arch_irq_enable();
		resolved = fault_handle(f, addr, access_of(error));
		arch_irq_disable();
		if (resolved)
			return;
	}
	if (addr < USER_TOP && fixup_apply(f))
		return;
	panic_from(f, "page fault: the kernel %s at %#lx (error code %#x)",
		   error & PF_WRITE ? "wrote" : error & PF_FETCH ? "jumped" : "read", addr, error);
}

/* The stack has a guard page below: what ran over it could not push the page fault's frame. */
static bool stack_overflowed(const struct trap_frame *f)
{
	uintptr_t bottom = current()->arch.stack_top - KERNEL_STACK_SIZE;

	return f->sp >= bottom - PAGE_SIZE && f->sp < bottom + 256;
}

static void kernel_exception(struct trap_frame *f, unsigned vector, uint32_t error)
{
	const char *name = rows[vector].name;

	/* XRSTOR refuses what a program left in its signal frame. */
	if (vector == VECTOR_PROTECTION && fixup_apply(f))
		return;
	if (vector == VECTOR_DOUBLE_FAULT && stack_overflowed(f))
		panic_from(f, "kernel stack overflow");
	panic_from(f, "%s (vector %u, error code %#x)", name ? name : "unknown exception", vector,
		   error);
}

static bool fixup_apply(struct trap_frame *f)
{
	for (const struct x86_fixup *x = fixups_start; x < fixups_end; x++)
		if ((uintptr_t)&x->from + x->from == f->ip) {
			f->ip = (uintptr_t)&x->to + x->to;
			return true;
		}
	return false;
}

#define DR6_DEFAULT 0xffff0ff0ul
#define DR6_BREAKPOINTS 0xful
#define DR6_STEP (1ul << 14)

static void debug_exception(struct trap_frame *f)
{
	uint64_t why;

	__asm__ volatile("movq %%dr6, %0" : "=r"(why));
	__asm__ volatile("movq %0, %%dr6" :: "r"(DR6_DEFAULT));
	if (!frame_from_user(f)) {
		/* A step flag that came in with an odd instruction, or a stray INT1. */
		f->flags &= ~(unsigned long)FLAGS_TF;
		return;
	}
	remember(VECTOR_DEBUG, 0, 0);
	arch_irq_enable();
	exception_signal(f, SIGTRAP,
			 why & DR6_STEP		 ? TRAP_TRACE
			 : why & DR6_BREAKPOINTS ? TRAP_HWBKPT
						 : TRAP_BRKPT,
			 f->ip);
}

/* Exception flags of x87 and SSE stand in the same order: invalid, denormal, divide, overflow,
 * underflow, inexact. */
static int fpu_code(unsigned raised)
{
	if (raised & 1)
		return FPE_FLTINV;
	if (raised & 4)
		return FPE_FLTDIV;
	if (raised & 8)
		return FPE_FLTOVF;
	if (raised & (2 | 16))
		return FPE_FLTUND;
	return raised & 32 ? FPE_FLTRES : 0;
}

static void fpu_exception(struct trap_frame *f, unsigned vector)
{
	uint16_t status, control;
	uint32_t mxcsr;
	int code;

	if (vector == VECTOR_SIMD) {
		__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
		code = fpu_code(mxcsr & ~(mxcsr >> 7) & 0x3f);
	} else if (vector == VECTOR_X87) {
		__asm__ volatile("fnstsw %0" : "=m"(status));
		__asm__ volatile("fnstcw %0" : "=m"(control));
		code = fpu_code(status & ~control & 0x3f);
	} else {
		exception_signal(f, SIGSEGV, SI_KERNEL, 0);
		return;
	}
	/* No unmasked flag is set: the exception is stale. */
	if (code)
		exception_signal(f, SIGFPE, code, f->ip);
}
