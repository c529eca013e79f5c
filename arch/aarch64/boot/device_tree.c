/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the device tree says (Devicetree Specification 0.4; the bindings of Linux): memory, command line, initial archive,
 * and the few devices that the kernel knows. The tree may say anything; all that is kept is checked by whoever uses it.
 * Two walks: the first finds what the second must know beforehand, which is where standard output goes.
 */
#include <arm64/kernel_map.h>
#include <arm64/machine.h>
#include <murre/fdt.h>
#include <murre/log.h>
#include <murre/string.h>
#include "boot.h"

#define TREE_BYTES_MOST 0x200000
#define CELLS_PER_INTERRUPT 3
#define PATH_MAX_BYTES 256
/* Cells of an interrupt of the GIC: kind, number, flags. */
enum { INTERRUPT_SHARED = 0, INTERRUPT_PRIVATE = 1 };
enum { FIRST_PRIVATE = 16, FIRST_SHARED = 32 };
enum { FLAG_EDGE_RISING = 1, FLAG_EDGE_FALLING = 2 };
/* The virtual timer's place among the timer's interrupts. */
enum { TIMER_VIRTUAL = 2 };

read_only_after_start struct arm64_machine arm64_machine;

/* The path of the node that output goes to, without its options. */
start_data static char output_path[PATH_MAX_BYTES];

static const struct { const char *compatible; enum platform_kind kind; } known_devices[] = {
	{ "virtio,mmio", PLATFORM_VIRTIO_MMIO }, { "arm,pl011", PLATFORM_PL011 }, { "arm,pl031", PLATFORM_PL031 },
};

start_code static void interrupt_note(unsigned line, uint32_t flags)
{
	if (line < IRQ_LINES_MAX && flags & (FLAG_EDGE_RISING | FLAG_EDGE_FALLING))
		arm64_machine.edge_lines[line / 64] |= 1ull << line % 64;
}

/* The line of the node's n-th interrupt; false: it has none that is the GIC's. */
start_code static bool interrupt_read(const struct fdt_walk *w, unsigned n, unsigned *line)
{
	struct fdt_value v = fdt_property(w, "interrupts");
	uint32_t kind = fdt_cell(v, n * CELLS_PER_INTERRUPT), number = fdt_cell(v, n * CELLS_PER_INTERRUPT + 1);

	if (v.bytes / 4 < (n + 1) * CELLS_PER_INTERRUPT || number >= IRQ_LINES_MAX)
		return false;
	if (kind != INTERRUPT_SHARED && kind != INTERRUPT_PRIVATE)
		return false;
	*line = number + (kind == INTERRUPT_PRIVATE ? FIRST_PRIVATE : FIRST_SHARED);
	interrupt_note(*line, fdt_cell(v, n * CELLS_PER_INTERRUPT + 2));
	return true;
}

start_code static void ranges_read(struct boot_info *boot, const struct fdt_walk *w, enum memory_kind kind)
{
	uint64_t base, bytes;

	for (unsigned n = 0; fdt_reg(w, n, &base, &bytes); n++)
		boot_range_add(boot, base, bytes, kind);
}

start_code static void chosen_read(struct boot_info *boot, const struct fdt_walk *w)
{
	const char *line = fdt_text(w, "bootargs"), *output = fdt_text(w, "stdout-path");
	uint64_t start, end;

	if (line)
		string_copy(boot->cmdline, sizeof(boot->cmdline), line);
	if (output) {
		size_t n = string_copy(output_path, sizeof(output_path), output);
		char *options = strchr(output_path, ':');

		output_path[options ? (size_t)(options - output_path) : n] = '\0';
	}
	if (fdt_number(w, "linux,initrd-start", &start) && fdt_number(w, "linux,initrd-end", &end) && start < end) {
		boot->initrd_start = paddr(start);
		boot->initrd_bytes = end - start;
	}
}

start_code static void gic_read(const struct fdt_walk *w, enum arm64_gic kind)
{
	struct arm64_machine *m = &arm64_machine;
	uint64_t bytes;

	if (m->gic != GIC_NONE || !fdt_reg(w, 0, &m->gic_distributor.raw, &bytes) ||
	    !fdt_reg(w, 1, &m->gic_cpu.raw, &m->gic_cpu_bytes))
		return;
	m->gic = kind;
}

start_code static void psci_read(const struct fdt_walk *w)
{
	const char *method = fdt_text(w, "method");

	if (method)
		arm64_machine.psci = strcmp(method, "hvc") == 0 ? PSCI_BY_HVC : strcmp(method, "smc") == 0 ? PSCI_BY_SMC : PSCI_NONE;
}

start_code static void device_read(const struct fdt_walk *w, enum platform_kind kind)
{
	struct arm64_machine *m = &arm64_machine;
	struct arm64_device d = { .kind = kind, .clock = fdt_cell(fdt_property(w, "clocks"), 0) };

	if (m->device_count < ARM64_DEVICES_MAX && fdt_reg(w, 0, &d.at.base.raw, &d.at.bytes) &&
	    interrupt_read(w, 0, &d.at.line))
		m->devices[m->device_count++] = d;
}

/* Clocks of a fixed speed; what hangs on another keeps the speed that firmware gave it. */
start_code static void clocks_read(const struct fdt *t)
{
	uint64_t handle, hz;
	struct fdt_walk w;

	fdt_walk_start(&w, t);
	while (fdt_walk_next(&w)) {
		if (!fdt_is_compatible(&w, "fixed-clock") || !fdt_number(&w, "phandle", &handle) ||
		    !fdt_number(&w, "clock-frequency", &hz))
			continue;
		for (unsigned i = 0; i < arm64_machine.device_count; i++)
			if (arm64_machine.devices[i].clock == handle)
				arm64_machine.devices[i].at.clock_hz = hz;
	}
}

start_code static void timer_read(const struct fdt_walk *w)
{
	uint64_t hz;

	if (!interrupt_read(w, TIMER_VIRTUAL, &arm64_machine.timer_line))
		arm64_machine.timer_line = 0;
	if (fdt_number(w, "clock-frequency", &hz))
		arm64_machine.timer_hz = hz;
}

start_code static void node_read(struct boot_info *boot, const struct fdt_walk *w, unsigned reserved_depth)
{
	const char *type = fdt_text(w, "device_type");

	if (type && strcmp(type, "memory") == 0)
		ranges_read(boot, w, MEMORY_RAM);
	else if (reserved_depth && w->node.depth == reserved_depth + 1)
		ranges_read(boot, w, MEMORY_RESERVED);
	else if (w->node.depth == 1 && strcmp(w->node.name, "chosen") == 0)
		chosen_read(boot, w);
	else if (fdt_is_compatible(w, "arm,gic-v3"))
		gic_read(w, GIC_V3);
	else if (fdt_is_compatible(w, "arm,cortex-a15-gic") || fdt_is_compatible(w, "arm,gic-400"))
		gic_read(w, GIC_V2);
	else if (fdt_is_compatible(w, "arm,armv8-timer"))
		timer_read(w);
	else if (fdt_is_compatible(w, "arm,psci-0.2") || fdt_is_compatible(w, "arm,psci-1.0"))
		psci_read(w);
	for (unsigned i = 0; i < array_size(known_devices); i++)
		if (fdt_is_compatible(w, known_devices[i].compatible))
			device_read(w, known_devices[i].kind);
}

/* stdout-path may be short for a path that /aliases knows. */
start_code static void alias_resolve(const struct fdt *t)
{
	struct fdt_walk w;
	const char *path;

	if (output_path[0] == '/' || output_path[0] == '\0')
		return;
	fdt_walk_start(&w, t);
	while (fdt_walk_next(&w))
		if (w.node.depth == 1 && strcmp(w.node.name, "aliases") == 0 && (path = fdt_text(&w, output_path)))
			string_copy(output_path, sizeof(output_path), path);
}

/* Whether the node that the walk stands on is the next name of the path; the depth of what matched so far is *matched. */
start_code static bool path_step(const struct fdt_walk *w, const char **path, unsigned *matched)
{
	size_t n = strlen(w->node.name);

	if (w->node.depth != *matched + 1 || **path != '/' || strncmp(*path + 1, w->node.name, n) != 0 ||
	    ((*path)[n + 1] != '/' && (*path)[n + 1] != '\0'))
		return false;
	*path += n + 1;
	(*matched)++;
	return **path == '\0';
}

start_code static void output_find(const struct fdt *t)
{
	const char *path = output_path;
	unsigned matched = 0;
	struct fdt_walk w;
	uint64_t bytes;

	fdt_walk_start(&w, t);
	while (fdt_walk_next(&w))
		if (path_step(&w, &path, &matched)) {
			arm64_machine.console_is_pl011 = fdt_is_compatible(&w, "arm,pl011") &&
							 fdt_reg(&w, 0, &arm64_machine.console.raw, &bytes);
			return;
		}
}

start_code static void tree_read(struct boot_info *boot, const struct fdt *t)
{
	unsigned reserved_depth = 0;
	uint64_t start, bytes;
	struct fdt_walk w;

	fdt_walk_start(&w, t);
	while (fdt_walk_next(&w)) {
		if (w.node.depth <= reserved_depth)
			reserved_depth = 0;
		if (w.node.depth == 1 && strcmp(w.node.name, "reserved-memory") == 0)
			reserved_depth = 1;
		if (w.node.levels[w.node.depth].enabled)
			node_read(boot, &w, reserved_depth);
	}
	for (unsigned n = 0; fdt_reservation(t, n, &start, &bytes); n++)
		boot_range_add(boot, start, bytes, MEMORY_RESERVED);
	clocks_read(t);
	alias_resolve(t);
	output_find(t);
}

/* Nobody is there to hear of a tree that is none: without it there is no console. */
start_code void boot_from_device_tree(struct boot_info *boot, uint64_t physical)
{
	uintptr_t mark = arm64_windows_mark();
	const void *header = arm64_window_map(paddr(physical), FDT_HEADER_BYTES, PTE_READ);
	uint32_t total = header && is_aligned(physical, 8) ? fdt_total_bytes(header) : 0;
	const void *bytes = NULL;
	struct fdt t;

	arm64_windows_restore(mark);
	boot->protocol = "Image";
	if (total && total <= TREE_BYTES_MOST)
		bytes = arm64_window_map(paddr(physical), total, PTE_READ);
	if (!bytes || error_of(fdt_open(bytes, total, &t)))
		boot_stop("the loader gives no device tree");
	tree_read(boot, &t);
	boot->device_tree = paddr(physical);
	arm64_windows_restore(mark);
}
