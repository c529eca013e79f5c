/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/cpuinfo in the words that programs look for there (proc(5)). */
#include <arch/cpu.h>
#include <arm64/cpu.h>
#include <arm64/registers.h>
#include <murre/text.h>

/* Names by the bit of AT_HWCAP and AT_HWCAP2, as Linux spells them. */
static const char *const names[64] = {
	"fp", "asimd", "evtstrm", "aes", "pmull", "sha1", "sha2", "crc32", "atomics", "fphp", "asimdhp", "cpuid", "asimdrdm",
	"jscvt", "fcma", "lrcpc", "dcpop", "sha3", "sm3", "sm4", "asimddp", "sha512", "sve", "asimdfhm", "dit", "uscat",
	"ilrcpc", "flagm", "ssbs", "sb", "paca", "pacg",
};
static const char *const names2[64] = {
	"dcpodp", "sve2", "sveaes", "svepmull", "svebitperm", "svesha3", "svesm4", "flagm2", "frint", "svei8mm", "svef32mm",
	"svef64mm", "svebf16", "i8mm", "bf16", "dgh", "rng",
};

static void features_print(struct text_out *out, unsigned long bits, const char *const *bit_names)
{
	for (unsigned i = 0; i < 64; i++)
		if (bits >> i & 1 && bit_names[i])
			text_print(out, "%s ", bit_names[i]);
}

void arch_cpuinfo_print(struct text_out *out, unsigned cpu)
{
	uint64_t hz = read_register(cntfrq_el0), id = read_register(midr_el1);

	text_print(out, "processor\t: %u\nBogoMIPS\t: %lu.%02lu\nFeatures\t: ", cpu, hz / 500000, hz / 5000 % 100);
	features_print(out, arm64_features.hwcap, names);
	features_print(out, arm64_features.hwcap2, names2);
	text_print(out, "\nCPU implementer\t: 0x%02x\nCPU architecture: 8\nCPU variant\t: 0x%x\n", (unsigned)(id >> 24 & 0xff),
		   (unsigned)(id >> 20 & 0xf));
	text_print(out, "CPU part\t: 0x%03x\nCPU revision\t: %u\n\n", (unsigned)(id >> 4 & 0xfff), (unsigned)(id & 0xf));
}
