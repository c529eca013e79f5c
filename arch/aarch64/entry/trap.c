/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions (Arm ARM, D1.3, D19.2.37): a program's become faults for the memory manager or signals, with the codes that
 * Linux gives; the kernel's own end at the fixup of the access, or in a panic.
 */
#include <arch/mmu.h>
#include <arch/percpu.h>
#include <arch/trap.h>
#include <arm64/cpu.h>
#include <arm64/emulate.h>
#include <arm64/image.h>
#include <arm64/offsets.h>
#include <arm64/registers.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <murre/log.h>
#include <murre/task.h>

#define OFFSET_CHECK(name, field) _Static_assert(offsetof(struct trap_frame, field) == FRAME_##name, "entry code")
OFFSET_CHECK(SP, sp);
OFFSET_CHECK(PC, pc);
OFFSET_CHECK(PSTATE, pstate);
OFFSET_CHECK(ORIG_X0, orig_x0);
OFFSET_CHECK(NR, nr);
OFFSET_CHECK(RECORD, record);
static_assert_size(struct trap_frame, FRAME_BYTES);
_Static_assert(offsetof(struct task, work) == TASK_WORK, "entry code");
_Static_assert(WORK_TRACE_SYSCALL == TASK_WORK_PASSED_BY, "entry code");
_Static_assert(KERNEL_STACK_SIZE == KERNEL_STACK_PAGES * PAGE_SIZE, "entry code");

/* The entry code's. */
void arm64_program_exception(struct trap_frame *f, uint32_t esr);
void arm64_kernel_exception(struct trap_frame *f, uint32_t esr);
void arm64_serror(struct trap_frame *f, uint32_t esr);
_Noreturn void arm64_unexpected(struct trap_frame *f, uint32_t esr);
_Noreturn void arm64_stack_overflow(struct trap_frame *f);

#define ISS_WRITE (1u << 6)
#define ISS_CACHE_MAINTENANCE (1u << 8)
#define ISS_STATUS 0x3fu
enum fault_status {
	STATUS_TRANSLATION = 0x04, STATUS_ACCESS_FLAG = 0x08, STATUS_PERMISSION = 0x0c, STATUS_LEVELS = 3,
	STATUS_ALIGNMENT = 0x21,
};

/* What a program gets for a class of exceptions; addr_is_pc: si_addr names the instruction. Rows without signo are handled
 * by name below. */
static const struct exception_row {
	const char *name;
	uint8_t signo;
	int16_t code;
	bool addr_is_pc;
} rows[64] = {
	[CLASS_UNKNOWN] = { "undefined instruction", SIGILL, ILL_ILLOPC, true },
	[CLASS_FP_ACCESS] = { "access to vector registers", SIGILL, ILL_ILLOPC, true },
	[CLASS_BRANCH_TARGET] = { "branch to no target", SIGILL, ILL_ILLOPC, true },
	[CLASS_ILLEGAL_STATE] = { "illegal execution state", SIGILL, ILL_ILLOPC, true },
	[CLASS_SYSTEM_REGISTER] = { "access to a system register", SIGILL, ILL_ILLOPC, true },
	[CLASS_SVE] = { "access to scalable vectors", SIGILL, ILL_ILLOPC, true },
	[CLASS_POINTER_AUTH] = { "pointer authentication failure", SIGILL, ILL_ILLOPN, true },
	[CLASS_FETCH_USER] = { "instruction abort" },
	[CLASS_FETCH] = { "instruction abort" },
	[CLASS_PC_ALIGNMENT] = { "misaligned PC", SIGBUS, BUS_ADRALN, true },
	[CLASS_DATA_USER] = { "data abort" },
	[CLASS_DATA] = { "data abort" },
	[CLASS_SP_ALIGNMENT] = { "misaligned SP", SIGBUS, BUS_ADRALN, true },
	[CLASS_FP_EXCEPTION] = { "floating-point exception" },
	[CLASS_BREAKPOINT_USER] = { "breakpoint", SIGTRAP, TRAP_HWBKPT, true },
	[CLASS_STEP_USER] = { "single step", SIGTRAP, TRAP_TRACE, true },
	[CLASS_WATCHPOINT_USER] = { "watchpoint", SIGTRAP, TRAP_HWBKPT, true },
	[CLASS_BRK] = { "BRK instruction", SIGTRAP, TRAP_BRKPT, true },
};

static void program_abort(struct trap_frame *f, uint32_t esr, uintptr_t far);
static void floating_point_exception(struct trap_frame *f, uint32_t esr);
static bool may_resolve(const struct trap_frame *f, uintptr_t addr);
static bool fixup_apply(struct trap_frame *f);

static void remember(uint32_t esr, uintptr_t address)
{
	struct arch_task *t = &current()->arch;

	t->trap_esr = esr;
	t->trap_address = address;
}

/* The upper byte of a program's data address is its own. */
static uintptr_t without_tag(uintptr_t far) { return far >> 55 & 1 ? far : far & 0x00fffffffffffffful; }

void arm64_program_exception(struct trap_frame *f, uint32_t esr)
{
	const struct exception_row *row = &rows[ESR_CLASS(esr)];
	uintptr_t far = read_register(far_el1);

	arch_irq_enable();
	if (likely(ESR_CLASS(esr) == CLASS_DATA_USER || ESR_CLASS(esr) == CLASS_FETCH_USER)) {
		program_abort(f, esr, far);
		return;
	}
	if ((ESR_CLASS(esr) == CLASS_SYSTEM_REGISTER || ESR_CLASS(esr) == CLASS_UNKNOWN) && arm64_register_emulate(f))
		return;
	if (ESR_CLASS(esr) == CLASS_FP_EXCEPTION) {
		floating_point_exception(f, esr);
		return;
	}
	/* As on Linux: a trap leaves the last syndrome standing, a refused instruction has none. */
	if (row->signo != SIGTRAP)
		remember(row->signo == SIGILL ? 0 : esr, 0);
	if (row->signo)
		exception_signal(f, row->signo, row->code, ESR_CLASS(esr) == CLASS_WATCHPOINT_USER ? far : f->pc);
	else
		exception_signal(f, SIGILL, ILL_ILLOPC, f->pc);
}

static bool is_kind(uint32_t esr, enum fault_status kind) { return (esr & ISS_STATUS & ~STATUS_LEVELS) == (uint32_t)kind; }

static bool is_page_fault(uint32_t esr)
{
	return is_kind(esr, STATUS_TRANSLATION) || is_kind(esr, STATUS_ACCESS_FLAG) || is_kind(esr, STATUS_PERMISSION);
}

/* Cache maintenance needs the right to read only, whatever it says of writing. */
static unsigned access_of(uint32_t esr)
{
	if (ESR_CLASS(esr) == CLASS_FETCH || ESR_CLASS(esr) == CLASS_FETCH_USER)
		return FAULT_EXEC;
	return (esr & (ISS_WRITE | ISS_CACHE_MAINTENANCE)) == ISS_WRITE ? FAULT_WRITE : FAULT_READ;
}

/* Programs shall not learn from the syndrome where the kernel has mappings: nothing is translated there. */
static uint32_t syndrome_without_knowledge(uint32_t esr)
{
	const uint32_t shown = ~ESR_ISS | (ESR_CLASS(esr) == CLASS_DATA_USER ? ISS_WRITE | ISS_CACHE_MAINTENANCE : 0);

	return (esr & shown) | STATUS_TRANSLATION;
}

static void program_abort(struct trap_frame *f, uint32_t esr, uintptr_t far)
{
	uintptr_t addr = without_tag(far);

	if (likely(is_page_fault(esr) && fault_handle(f, addr, access_of(esr) | FAULT_USER)))
		return;
	remember(addr < USER_TOP ? esr : syndrome_without_knowledge(esr), addr);
	if (is_page_fault(esr))
		return;
	if ((esr & ISS_STATUS) == STATUS_ALIGNMENT)
		exception_signal(f, SIGBUS, BUS_ADRALN, addr);
	else
		exception_signal(f, SIGBUS, BUS_OBJERR, addr);
}

/* Inexact, underflow, overflow, divide by zero, invalid: bits 4 to 0, if bit 23 says that they tell. */
static void floating_point_exception(struct trap_frame *f, uint32_t esr)
{
	int code = FPE_FLTUNK;

	if (esr >> 23 & 1)
		code = esr & 1 ? FPE_FLTINV : esr & 2 ? FPE_FLTDIV : esr & 4 ? FPE_FLTOVF : esr & 8 ? FPE_FLTUND :
		       esr & 16 ? FPE_FLTRES : FPE_FLTUNK;
	exception_signal(f, SIGFPE, code, f->pc);
}

void arm64_kernel_exception(struct trap_frame *f, uint32_t esr)
{
	const char *name = rows[ESR_CLASS(esr)].name;
	uintptr_t far = read_register(far_el1), addr = without_tag(far);
	unsigned access = access_of(esr);

	if (ESR_CLASS(esr) != CLASS_DATA && ESR_CLASS(esr) != CLASS_FETCH)
		panic_from(f, "%s (syndrome %#x)", name ? name : "unknown exception", esr);
	if (likely(is_page_fault(esr) && may_resolve(f, addr))) {
		bool resolved;

		arch_irq_enable();
		resolved = fault_handle(f, addr, access);
		arch_irq_disable();
		if (resolved)
			return;
	}
	if (addr < USER_TOP && fixup_apply(f))
		return;
	panic_from(f, "page fault: the kernel %s at %#lx (syndrome %#x)",
		   access & FAULT_WRITE ? "wrote" : access & FAULT_EXEC ? "jumped" : "read", far, esr);
}

/* LDTR and STTR of any width: what the kernel reaches a program's memory with. */
static bool is_unprivileged_access(uint32_t instruction) { return (instruction & 0x3f200c00) == 0x38000800; }

/*
 * The kernel's own access to a program's memory, in a context that may sleep: by an instruction made for it, or with PAN
 * lifted for it. Any other would be refused again, whatever the memory manager did about it.
 */
static bool may_resolve(const struct trap_frame *f, uintptr_t addr)
{
	if (addr >= USER_TOP || f->pc < (uintptr_t)text_start || f->pc >= (uintptr_t)start_text_end)
		return false;
	if (!is_unprivileged_access(*(const uint32_t *)f->pc) && f->pstate & PSTATE_PAN)
		return false;
	return frame_irqs_were_on(f) && (arch_preempt_word() & ~PREEMPT_NO_SWITCH_WANTED) == 0;
}

static bool fixup_apply(struct trap_frame *f)
{
	for (const struct arm64_fixup *x = fixups_start; x < fixups_end; x++)
		if ((uintptr_t)&x->from + x->from == f->pc) {
			f->pc = (uintptr_t)&x->to + x->to;
			return true;
		}
	return false;
}

void arm64_serror(struct trap_frame *f, uint32_t esr)
{
	panic_from(f, "SError: the memory system reports an error (syndrome %#x)", esr);
}

_Noreturn void arm64_unexpected(struct trap_frame *f, uint32_t esr)
{
	panic_from(f, "exception by a vector that nothing should come by (syndrome %#x)", esr);
}

_Noreturn void arm64_stack_overflow(struct trap_frame *f) { panic_from(f, "kernel stack overflow"); }
