/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end, by asking firmware (Arm DEN 0022, Power State Coordination Interface, 5.1.9 and 5.1.10). No monitor of virtual
 * machines listens for an exit code here.
 */
#include <arch/cpu.h>
#include <arm64/machine.h>

enum psci_function { SYSTEM_OFF = 0x84000008u, SYSTEM_RESET = 0x84000009u };

/* Returns only if firmware could not do it. */
static void psci_call(enum psci_function function)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = 0;
	register uint64_t x2 __asm__("x2") = 0;
	register uint64_t x3 __asm__("x3") = 0;

	if (arm64_machine.psci == PSCI_BY_HVC)
		__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) :: "memory");
	else if (arm64_machine.psci == PSCI_BY_SMC)
		__asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) :: "memory");
}

void arch_power_off(void) { psci_call(SYSTEM_OFF); }
void arch_reset(void) { psci_call(SYSTEM_RESET); }
void arch_vmm_exit(unsigned code) {}
