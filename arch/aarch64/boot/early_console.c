/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The UART that the device tree sends standard output to, polled: shows messages until a real console takes over. Firmware
 * has set it up. Source: PrimeCell UART (PL011) Technical Reference Manual.
 */
#include <arch/cpu.h>
#include <arch/io.h>
#include <arm64/kernel_map.h>
#include <arm64/machine.h>
#include <murre/log.h>
#include "boot.h"

enum { DATA = 0x0, FLAGS = 0x18, CONTROL = 0x30 };
#define REGISTERS_BYTES 0x1000
#define FLAG_FULL (1u << 5)
#define CONTROL_ENABLE 0x301			/* the UART, its transmitter and its receiver */
/* About what one character takes at the slowest speed in use. */
#define POLLS_MOST 200000

static read_only_after_start io_region uart;

static void put(char c)
{
	for (unsigned i = 0; i < POLLS_MOST && io_read32(uart, FLAGS) & FLAG_FULL; i++)
		arch_cpu_relax();
	io_write32(uart, DATA, (uint8_t)c);
}

static void early_write(struct console *c, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			put('\r');
		put(text[i]);
	}
}

start_code void early_console_start(void)
{
	static struct console early = { .name = "early", .write = early_write };
	void *window;

	if (!arm64_machine.console_is_pl011)
		return;
	window = arm64_window_map(arm64_machine.console, REGISTERS_BYTES, PTE_READ | PTE_WRITE | PTE_UNCACHED);
	if (!window)
		return;
	uart = (io_region){ .base = (uintptr_t)window };
	io_write32(uart, CONTROL, io_read32(uart, CONTROL) | CONTROL_ENABLE);
	console_register(&early);
}
