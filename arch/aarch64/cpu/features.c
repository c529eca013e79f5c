/* SPDX-License-Identifier: GPL-2.0-only */
/* The identification registers (Arm ARM, D19.2), what they mean for programs (AT_HWCAP, AT_HWCAP2), and CPU settings. */
#include <arch/cpu.h>
#include <arm64/cpu.h>
#include <arm64/registers.h>
#include <asm/hwcap.h>

read_only_after_start struct arm64_features arm64_features;

enum id_register { PFR0, PFR1, ISAR0, ISAR1, MMFR2, ID_REGISTERS };

/*
 * Programs may use an instruction set when its field is at least this. Only what needs no state of its own: SVE, pointer
 * authentication and memory tags would have to be switched with the task.
 */
static const struct capability {
	uint8_t reg, shift, least;
	bool second;			/* AT_HWCAP2 */
	unsigned long bit;
} capabilities[] = {
	{ ISAR0, 4, 1, false, HWCAP_AES }, { ISAR0, 4, 2, false, HWCAP_PMULL }, { ISAR0, 8, 1, false, HWCAP_SHA1 },
	{ ISAR0, 12, 1, false, HWCAP_SHA2 }, { ISAR0, 12, 2, false, HWCAP_SHA512 }, { ISAR0, 16, 1, false, HWCAP_CRC32 },
	{ ISAR0, 20, 2, false, HWCAP_ATOMICS }, { ISAR0, 28, 1, false, HWCAP_ASIMDRDM }, { ISAR0, 32, 1, false, HWCAP_SHA3 },
	{ ISAR0, 36, 1, false, HWCAP_SM3 }, { ISAR0, 40, 1, false, HWCAP_SM4 }, { ISAR0, 44, 1, false, HWCAP_ASIMDDP },
	{ ISAR0, 48, 1, false, HWCAP_ASIMDFHM }, { ISAR0, 52, 1, false, HWCAP_FLAGM }, { ISAR0, 52, 2, true, HWCAP2_FLAGM2 },
	{ ISAR0, 60, 1, true, HWCAP2_RNG },
	{ ISAR1, 0, 1, false, HWCAP_DCPOP }, { ISAR1, 0, 2, true, HWCAP2_DCPODP }, { ISAR1, 12, 1, false, HWCAP_JSCVT },
	{ ISAR1, 16, 1, false, HWCAP_FCMA }, { ISAR1, 20, 1, false, HWCAP_LRCPC }, { ISAR1, 20, 2, false, HWCAP_ILRCPC },
	{ ISAR1, 32, 1, true, HWCAP2_FRINT }, { ISAR1, 36, 1, false, HWCAP_SB }, { ISAR1, 44, 1, true, HWCAP2_BF16 },
	{ ISAR1, 48, 1, true, HWCAP2_DGH }, { ISAR1, 52, 1, true, HWCAP2_I8MM },
	{ PFR0, 48, 1, false, HWCAP_DIT }, { PFR1, 4, 2, false, HWCAP_SSBS }, { MMFR2, 32, 1, false, HWCAP_USCAT },
};

static unsigned field(uint64_t reg, unsigned shift) { return reg >> shift & 15; }

/* FP and SIMD are signed fields: 15 says that there is none. */
static void vector_capabilities(struct arm64_features *f, uint64_t pfr0)
{
	if (field(pfr0, 16) != 15)
		f->hwcap |= HWCAP_FP | (field(pfr0, 16) >= 1 ? HWCAP_FPHP : 0);
	if (field(pfr0, 20) != 15)
		f->hwcap |= HWCAP_ASIMD | (field(pfr0, 20) >= 1 ? HWCAP_ASIMDHP : 0);
}

start_code static void caches_read(struct arm64_features *f)
{
	uint64_t ctr = read_register(ctr_el0), dczid = read_register(dczid_el0);

	f->data_line = 4u << field(ctr, 16);
	f->code_line = 4u << field(ctr, 0);
	f->code_lines_by_physical = (ctr >> 14 & 3) == 3;
	f->data_is_fetched = ctr >> 28 & 1;
	f->code_is_coherent = ctr >> 29 & 1;
	f->zero_block = dczid & 16 ? 0 : 4u << field(dczid, 0);
}

start_code void arm64_features_read(void)
{
	struct arm64_features *f = &arm64_features;
	const uint64_t regs[ID_REGISTERS] = {
		[PFR0] = read_register(id_aa64pfr0_el1), [PFR1] = read_register(id_aa64pfr1_el1),
		[ISAR0] = read_register(id_aa64isar0_el1), [ISAR1] = read_register(id_aa64isar1_el1),
		[MMFR2] = read_register(id_aa64mmfr2_el1),
	};

	f->pan = field(read_register(id_aa64mmfr1_el1), 20) >= 1;
	f->random = field(regs[ISAR0], 60) >= 1;
	f->asid_bits = field(read_register(id_aa64mmfr0_el1), 4) == 2 ? 16 : 8;
	caches_read(f);
	/* Identification registers are read for programs that try (arm64/emulate.h). */
	f->hwcap = HWCAP_CPUID;
	vector_capabilities(f, regs[PFR0]);
	for (unsigned i = 0; i < array_size(capabilities); i++) {
		const struct capability *c = &capabilities[i];

		if (field(regs[c->reg], c->shift) >= c->least)
			*(c->second ? &f->hwcap2 : &f->hwcap) |= c->bit;
	}
}

start_code void arm64_cpu_setup(void)
{
	/* Programs read the virtual counter, use vectors, and nothing else is theirs. */
	write_register(cntkctl_el1, CNTKCTL_EL0VCTEN);
	write_register(cpacr_el1, CPACR_FP);
	write_register(mdscr_el1, 0);
	write_register(tpidrro_el0, 0);
	if (field(read_register(id_aa64dfr0_el1), 8) - 1u < 14)
		write_register(pmuserenr_el0, 0);
	instruction_barrier();
	/* Errors of the memory system are reported from now on. */
	__asm__ volatile("msr daifclr, #4" ::: "memory");
}

/* RNDR; the flags say whether it had a number. */
bool arch_random(uint64_t *out)
{
	bool ok = false;

	for (unsigned tries = 0; arm64_features.random && !ok && tries < 10; tries++)
		__asm__ volatile("mrs %0, s3_3_c2_c4_0" : "=r"(*out), "=@ccne"(ok) :: "memory");
	return ok;
}

unsigned long arch_hwcap(void) { return arm64_features.hwcap; }
unsigned long arch_hwcap2(void) { return arm64_features.hwcap2; }

_Noreturn void arch_cpu_halt(void)
{
	for (;;)
		__asm__ volatile("msr daifset, #2; wfi" ::: "memory");
}
