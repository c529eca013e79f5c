/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/cpuinfo in the words that programs look for there (proc(5)). */
#include <arch/cpu.h>
#include <arch/percpu.h>
#include <murre/string.h>
#include <murre/text.h>
#include <x86/cpu.h>
#include <x86/muldiv.h>
#include <x86/registers.h>
#include <x86/time.h>

/* Names by leaf, register and bit, as Linux spells them. */
static const struct flag {
	uint32_t leaf;
	char reg;
	uint8_t bit;
	const char *name;
} flags[] = {
	{ 1, 'd', 0, "fpu" }, { 1, 'd', 1, "vme" }, { 1, 'd', 2, "de" }, { 1, 'd', 3, "pse" },
	{ 1, 'd', 4, "tsc" }, { 1, 'd', 5, "msr" }, { 1, 'd', 6, "pae" }, { 1, 'd', 7, "mce" },
	{ 1, 'd', 8, "cx8" }, { 1, 'd', 9, "apic" }, { 1, 'd', 11, "sep" }, { 1, 'd', 12, "mtrr" },
	{ 1, 'd', 13, "pge" }, { 1, 'd', 14, "mca" }, { 1, 'd', 15, "cmov" }, { 1, 'd', 16, "pat" },
	{ 1, 'd', 17, "pse36" }, { 1, 'd', 19, "clflush" }, { 1, 'd', 23, "mmx" },
	{ 1, 'd', 24, "fxsr" }, { 1, 'd', 25, "sse" }, { 1, 'd', 26, "sse2" }, { 1, 'd', 27, "ss" },
	{ 1, 'd', 28, "ht" }, { 0x80000001, 'd', 11, "syscall" }, { 0x80000001, 'd', 20, "nx" },
	{ 0x80000001, 'd', 26, "pdpe1gb" }, { 0x80000001, 'd', 27, "rdtscp" },
	{ 0x80000001, 'd', 29, "lm" }, { 1, 'c', 0, "pni" }, { 1, 'c', 1, "pclmulqdq" },
	{ 1, 'c', 3, "monitor" }, { 1, 'c', 9, "ssse3" }, { 1, 'c', 12, "fma" },
	{ 1, 'c', 13, "cx16" }, { 1, 'c', 17, "pcid" }, { 1, 'c', 19, "sse4_1" },
	{ 1, 'c', 20, "sse4_2" }, { 1, 'c', 21, "x2apic" }, { 1, 'c', 22, "movbe" },
	{ 1, 'c', 23, "popcnt" }, { 1, 'c', 24, "tsc_deadline_timer" }, { 1, 'c', 25, "aes" },
	{ 1, 'c', 26, "xsave" }, { 1, 'c', 28, "avx" }, { 1, 'c', 29, "f16c" },
	{ 1, 'c', 30, "rdrand" }, { 1, 'c', 31, "hypervisor" }, { 0x80000001, 'c', 0, "lahf_lm" },
	{ 0x80000001, 'c', 5, "abm" }, { 0x80000001, 'c', 6, "sse4a" },
	{ 0x80000001, 'c', 8, "3dnowprefetch" }, { 7, 'b', 0, "fsgsbase" }, { 7, 'b', 3, "bmi1" },
	{ 7, 'b', 5, "avx2" }, { 7, 'b', 7, "smep" }, { 7, 'b', 8, "bmi2" }, { 7, 'b', 9, "erms" },
	{ 7, 'b', 16, "avx512f" }, { 7, 'b', 17, "avx512dq" }, { 7, 'b', 18, "rdseed" },
	{ 7, 'b', 19, "adx" }, { 7, 'b', 20, "smap" }, { 7, 'b', 23, "clflushopt" },
	{ 7, 'b', 24, "clwb" }, { 7, 'b', 29, "sha_ni" }, { 7, 'b', 30, "avx512bw" },
	{ 7, 'b', 31, "avx512vl" }, { 7, 'c', 2, "umip" }, { 7, 'c', 9, "vaes" },
	{ 7, 'c', 10, "vpclmulqdq" }, { 7, 'c', 22, "rdpid" }, { 7, 'd', 4, "fsrm" },
};

static bool flag_is_set(const struct flag *f)
{
	struct cpuid r;

	if (cpuid(f->leaf & 0x80000000, 0).a < f->leaf)
		return false;
	r = cpuid(f->leaf, 0);
	return (f->reg == 'b' ? r.b : f->reg == 'c' ? r.c : r.d) >> f->bit & 1;
}

static void model_name(char name[49])
{
	memset(name, 0, 49);
	for (uint32_t i = 0; i < 3 && cpuid(0x80000000, 0).a >= 0x80000004; i++) {
		struct cpuid r = cpuid(0x80000002 + i, 0);

		memcpy(name + 16 * i, &r, sizeof(r));
	}
}

static void identity_print(struct text_out *out, unsigned cpu)
{
	struct cpuid zero = cpuid(0, 0), one = cpuid(1, 0);
	unsigned family = one.a >> 8 & 15, model = one.a >> 4 & 15;
	char name[49];

	if (family == 6 || family == 15)
		model += (one.a >> 16 & 15) << 4;
	if (family == 15)
		family += one.a >> 20 & 255;
	model_name(name);
	text_print(out, "processor\t: %u\n", cpu);
	text_print(out, "vendor_id\t: %.4s%.4s%.4s\n", (char *)&zero.b, (char *)&zero.d,
		   (char *)&zero.c);
	text_print(out, "cpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\nstepping\t: %u\n",
		   family, model, name, one.a & 15);
}

void arch_cpuinfo_print(struct text_out *out, unsigned cpu)
{
	uint64_t khz = mul_div(1000000, 1ull << 32, x86_clock.tick.fixed);
	uint32_t id = cpu_locals[cpu] ? cpu_locals[cpu]->hw_id : 0;
	struct cpuid sizes = cpuid(0x80000008, 0);

	identity_print(out, cpu);
	text_print(out, "cpu MHz\t\t: %lu.%03lu\n", khz / 1000, khz % 1000);
	text_print(out, "physical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\ncpu cores\t: %u\n",
		   cpus_online, cpu, cpus_online);
	text_print(out, "apicid\t\t: %u\ninitial apicid\t: %u\n", id, id);
	text_print(out,
		   "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\nflags\t\t:",
		   x86_features.max_leaf);
	for (unsigned i = 0; i < array_size(flags); i++)
		if (flag_is_set(&flags[i]))
			text_print(out, " %s", flags[i].name);
	text_print(out, "\nbugs\t\t:\nbogomips\t: %lu.%02lu\n", khz / 500, khz / 5 % 100);
	text_print(out, "clflush size\t: %u\ncache_alignment\t: 64\n",
		   (cpuid(1, 0).b >> 8 & 255) * 8);
	text_print(out, "address sizes\t: %u bits physical, %u bits virtual\npower management:\n\n",
		   sizes.a & 255, sizes.a >> 8 & 255);
}
