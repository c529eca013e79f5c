/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Identification registers as programs see them. Fields of features that need state of their own, or that programs have
 * no business with, read as if the CPU lacked them.
 */
#include <arch/mmu.h>
#include <arch/usercopy.h>
#include <arm64/emulate.h>
#include <arm64/registers.h>

/* MRS (Arm ARM, C6.2.228): L and op0 in bits 31..19, then op1, CRn, CRm, op2, Rt. Depending on the CPU the exception says
 * what was tried to read, or that the instruction is not known; so the instruction itself is looked at. */
#define MRS_OF(op1, crn, crm, op2) (0xd5380000u | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define MRS_RT(instruction) ((instruction) & 31)
#define MRS_CRM(instruction) ((instruction) >> 8 & 15)
#define MRS_MASK (~31u)
/* The whole space of identification registers: op0 3, op1 0, CRn 0, CRm 0 and 2..7. */
#define MRS_SPACE_MASK 0xfffff000u

#define FIELD(shift) (15ull << (shift))
#define PFR0_SHOWN (FIELD(16) | FIELD(20) | FIELD(48))
#define PFR0_EL0_64 1ull
#define ISAR1_HIDDEN (FIELD(4) | FIELD(8) | FIELD(24) | FIELD(28))	/* pointer authentication */

static uint64_t register_shown(uint32_t which)
{
	switch (which) {
	case MRS_OF(0u, 0u, 0u, 0u): return read_register(midr_el1);
	case MRS_OF(0u, 0u, 0u, 5u): return 1ull << 31;
	case MRS_OF(0u, 0u, 0u, 6u): return read_register(revidr_el1);
	case MRS_OF(0u, 0u, 4u, 0u): return (read_register(id_aa64pfr0_el1) & PFR0_SHOWN) | PFR0_EL0_64 << 4 | 1;
	case MRS_OF(0u, 0u, 6u, 0u): return read_register(id_aa64isar0_el1) & ~FIELD(56);
	case MRS_OF(0u, 0u, 6u, 1u): return read_register(id_aa64isar1_el1) & ~ISAR1_HIDDEN;
	case MRS_OF(0u, 0u, 7u, 2u): return read_register(id_aa64mmfr2_el1) & FIELD(32);
	default: return 0;
	}
}

bool arm64_register_emulate(struct trap_frame *f)
{
	uint64_t word;
	uint32_t instruction;

	if (!is_aligned(f->pc, 4) || f->pc >= USER_TOP || arch_get_user(&word, f->pc, sizeof(instruction)))
		return false;
	instruction = (uint32_t)word;
	if ((instruction & MRS_SPACE_MASK) != MRS_OF(0u, 0u, 0u, 0u) || MRS_CRM(instruction) == 1 || MRS_CRM(instruction) > 7)
		return false;
	if (MRS_RT(instruction) != 31)
		f->x[MRS_RT(instruction)] = register_shown(instruction & MRS_MASK);
	f->pc += ARM64_INSTRUCTION_BYTES;
	return true;
}
