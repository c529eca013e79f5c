/* SPDX-License-Identifier: GPL-2.0-only */
/* Turning the machine off, restarting and halting it: no state but the Ctrl-Alt-Del switch. */
#include <arch/cpu.h>
#include <murre/device.h>
#include <murre/log.h>
#include <murre/power.h>

bool ctrl_alt_del_restarts = true;

/* A machine that cannot be turned off by itself may have a VMM that ends with us; else it stands still. */
void power_off(struct can_sleep cs)
{
	device_shutdown(cs);
	log_notice("reboot: Power down");
	arch_irq_disable();
	arch_power_off();
	arch_vmm_exit(0);
	arch_cpu_halt();
}

void power_restart(struct can_sleep cs)
{
	device_shutdown(cs);
	log_notice("reboot: Restarting system");
	arch_irq_disable();
	arch_reset();
	arch_cpu_halt();
}

void power_halt(struct can_sleep cs)
{
	device_shutdown(cs);
	log_notice("reboot: System halted");
	arch_irq_disable();
	arch_cpu_halt();
}
