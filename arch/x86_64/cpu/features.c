/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID, and the control registers set by what it says (SDM volume 2, CPUID; volume 3, 2.5). */
#include <arch/cpu.h>
#include <arch/usercopy.h>
#include <x86/cpu.h>
#include <x86/fpu.h>
#include <x86/image.h>
#include <x86/registers.h>

read_only_after_start struct x86_features x86_features;

static bool bit(uint32_t word, unsigned n) { return word >> n & 1; }

start_code void x86_features_read(void)
{
	struct x86_features *f = &x86_features;
	struct cpuid r = cpuid(1, 0);

	f->max_leaf = cpuid(0, 0).a;
	f->hwcap = r.d;
	f->apic = bit(r.d, 9);
	f->pge = bit(r.d, 13);
	f->x2apic = bit(r.c, 21);
	f->tsc_deadline = bit(r.c, 24);
	f->xsave = bit(r.c, 26);
	f->rdrand = bit(r.c, 30);
	if (f->max_leaf >= 7) {
		r = cpuid(7, 0);
		f->fsgsbase = bit(r.b, 0);
		f->smep = bit(r.b, 7);
		f->fast_strings = bit(r.b, 9);
		f->smap = bit(r.b, 20);
		f->umip = bit(r.c, 2);
	}
	f->xsaveopt = f->xsave && bit(cpuid(0xd, 1).a, 0);
	r = cpuid(0x80000001, 0);
	f->huge_pages = bit(r.d, 26);
	f->rdtscp = bit(r.d, 27);
	f->physical_bits = cpuid(0x80000000, 0).a >= 0x80000008 ? cpuid(0x80000008, 0).a & 0xff
								: 36;
}

/* PAT entries 0..7: write-back, write-combining, uncached unless the MTRR combines, uncached;
 * then again, with write-protect and write-through in 5 and 7. */
#define PAT_ENTRIES 0x0407050600070106ull

extern char entry_syscall[], entry_syscall_32[];

void x86_cpu_setup(void)
{
	const struct x86_features *f = &x86_features;
	uint64_t cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_MCE;

	cr4 |= f->pge ? CR4_PGE : 0;
	cr4 |= f->umip ? CR4_UMIP : 0;
	cr4 |= f->fsgsbase ? CR4_FSGSBASE : 0;
	cr4 |= f->xsave ? CR4_OSXSAVE : 0;
	cr4 |= f->smep ? CR4_SMEP : 0;
	cr4 |= f->smap ? CR4_SMAP : 0;
	write_cr4(cr4);
	wrmsr(MSR_PAT, PAT_ENTRIES);
	/* SYSRET adds 8 and 16 to the second half for user data and code. */
	wrmsr(MSR_STAR, (uint64_t)USER_CS32 << 48 | (uint64_t)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (uintptr_t)entry_syscall);
	wrmsr(MSR_CSTAR, (uintptr_t)entry_syscall_32);
	wrmsr(MSR_SYSCALL_MASK, FLAGS_CF | FLAGS_PF | FLAGS_AF | FLAGS_ZF | FLAGS_SF | FLAGS_TF |
					FLAGS_IF | FLAGS_DF | FLAGS_OF | FLAGS_IOPL | FLAGS_NT |
					FLAGS_RF | FLAGS_AC | FLAGS_ID);
	x86_fpu_setup();
}

/* Three-byte no-op over STAC and CLAC, which older CPUs refuse. The image is still writable. */
start_code void x86_smap_patch(void)
{
	static const char no_op[3] = { 0x0f, 0x1f, 0x00 };

	if (x86_features.smap)
		return;
	for (const int32_t *site = smap_sites_start; site < smap_sites_end; site++)
		for (unsigned i = 0; i < sizeof(no_op); i++)
			((char *)((uintptr_t)site + *site))[i] = no_op[i];
}

bool arch_random(uint64_t *out)
{
	bool ok = false;

	for (unsigned tries = 0; x86_features.rdrand && !ok && tries < 10; tries++)
		__asm__ volatile("rdrand %0" : "=r"(*out), "=@ccc"(ok));
	return ok;
}

unsigned long arch_hwcap(void) { return x86_features.hwcap; }

/* Bit 1: programs may use the FSGSBASE instructions. */
unsigned long arch_hwcap2(void) { return x86_features.fsgsbase ? 1 << 1 : 0; }

_Noreturn void arch_cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" ::: "memory");
}
