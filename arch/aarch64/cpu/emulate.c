/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Identification registers as programs see them. Fields of features that need state of their own, or that programs have
 * no business with, read as if the CPU lacked them.
 */
#include <arm64/cpu.h>
#include <arm64/emulate.h>
#include <arm64/registers.h>

/* ISS of a trapped MSR or MRS (Arm ARM, D19.2.37): op0, op2, op1, CRn, Rt, CRm, direction. */
#define ISS_READ 1u
#define ISS_RT(iss) ((iss) >> 5 & 31)
#define ISS_REGISTER(op0, op1, crn, crm, op2) ((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define ISS_REGISTER_MASK ISS_REGISTER(3u, 7u, 15u, 15u, 7u)
/* The whole space of identification registers: op0 3, op1 0, CRn 0, CRm 0 and 2..7. */
#define ISS_SPACE_MASK ISS_REGISTER(3u, 7u, 15u, 0u, 0u)

#define FIELD(shift) (15ull << (shift))
#define PFR0_SHOWN (FIELD(16) | FIELD(20) | FIELD(48))
#define PFR0_EL0_64 1ull
#define ISAR1_HIDDEN (FIELD(4) | FIELD(8) | FIELD(24) | FIELD(28))	/* pointer authentication */

static uint64_t register_shown(uint32_t which)
{
	switch (which) {
	case ISS_REGISTER(3u, 0u, 0u, 0u, 0u): return read_register(midr_el1);
	case ISS_REGISTER(3u, 0u, 0u, 0u, 5u): return 1ull << 31;
	case ISS_REGISTER(3u, 0u, 0u, 0u, 6u): return read_register(revidr_el1);
	case ISS_REGISTER(3u, 0u, 0u, 4u, 0u): return (read_register(id_aa64pfr0_el1) & PFR0_SHOWN) | PFR0_EL0_64 << 4 | 1;
	case ISS_REGISTER(3u, 0u, 0u, 6u, 0u): return read_register(id_aa64isar0_el1) & ~FIELD(56);
	case ISS_REGISTER(3u, 0u, 0u, 6u, 1u): return read_register(id_aa64isar1_el1) & ~ISAR1_HIDDEN;
	case ISS_REGISTER(3u, 0u, 0u, 7u, 2u): return read_register(id_aa64mmfr2_el1) & FIELD(32);
	default: return 0;
	}
}

bool arm64_register_emulate(struct trap_frame *f, uint32_t iss)
{
	unsigned rt = ISS_RT(iss), crm = iss >> 1 & 15;

	if (!(iss & ISS_READ) || (iss & ISS_SPACE_MASK) != ISS_REGISTER(3u, 0u, 0u, 0u, 0u) || crm == 1 || crm > 7)
		return false;
	if (rt != 31)
		f->x[rt] = register_shown(iss & ISS_REGISTER_MASK);
	f->pc += ARM64_INSTRUCTION_BYTES;
	return true;
}
