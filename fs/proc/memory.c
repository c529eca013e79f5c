/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of /proc about memory (proc(5)). Lines are those whose meaning exists here; nothing is made up. */
#include <murre/page.h>
#include <murre/slab.h>
#include <murre/start.h>
#include <murre/vm.h>
#include "proc.h"

#define SHOW(name) static result(unit) name##_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)

enum { KB_PER_PAGE = PAGE_SIZE / 1024, OVERCOMMIT_RATIO = 50 };

static void print_kb(struct text_out *out, const char *name, uint64_t pages)
{
	text_print(out, "%-16s%8lu kB\n", name, pages * KB_PER_PAGE);
}

/* Pages of files lie in memory only (there is no disk behind them), so all of them are shared memory and none of them
 * could be dropped: what is available is what is free beyond the kernel's reserve. */
SHOW(meminfo)
{
	struct page_stats p;

	page_stats_get(&p);
	print_kb(out, "MemTotal:", p.total);
	print_kb(out, "MemFree:", p.free);
	print_kb(out, "MemAvailable:", p.free > p.reserve ? p.free - p.reserve : 0);
	print_kb(out, "Buffers:", 0);
	print_kb(out, "Cached:", p.object);
	print_kb(out, "SwapCached:", 0);
	print_kb(out, "SwapTotal:", 0);
	print_kb(out, "SwapFree:", 0);
	print_kb(out, "Dirty:", 0);
	print_kb(out, "Writeback:", 0);
	print_kb(out, "AnonPages:", p.anon);
	print_kb(out, "Shmem:", p.object);
	print_kb(out, "Slab:", p.slab);
	print_kb(out, "SReclaimable:", 0);
	print_kb(out, "SUnreclaim:", p.slab);
	print_kb(out, "PageTables:", p.tables);
	print_kb(out, "CommitLimit:", p.total * OVERCOMMIT_RATIO / 100);
	print_kb(out, "Committed_AS:", vm_committed_pages());
	return DONE;
}

SHOW(vmstat)
{
	struct page_stats p;

	page_stats_get(&p);
	text_print(out, "nr_free_pages %lu\nnr_anon_pages %lu\nnr_file_pages %lu\nnr_shmem %lu\n", p.free, p.anon,
		   p.object, p.object);
	text_print(out, "nr_slab_unreclaimable %lu\nnr_page_table_pages %lu\nnr_dirty 0\nnr_writeback 0\n", p.slab, p.tables);
	return DONE;
}

SHOW(slabinfo)
{
	struct slab_info i;

	text_print(out, "slabinfo - version: 2.1\n"
			"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
			" : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	for (unsigned n = 0; slab_info_nth(n, &i); n++) {
		size_t each = i.pages ? max(i.objects_total / i.pages, 1ul) : 0;

		text_print(out, "%-17s %6zu %6zu %6zu %4zu %4d : tunables %4d %4d %4d : slabdata %6zu %6zu %6d\n", i.name,
			   i.objects_used, i.objects_total, i.object_bytes, each, 1, 0, 0, 0, i.pages, i.pages, 0);
	}
	return DONE;
}

SHOW(swaps)
{
	text_print(out, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return DONE;
}

static const struct proc_entry rows[] = {
	PROC_FILE("meminfo", 0444, .show = meminfo_show),
	PROC_FILE("slabinfo", 0400, .show = slabinfo_show),
	PROC_FILE("swaps", 0444, .show = swaps_show),
	PROC_FILE("vmstat", 0444, .show = vmstat_show),
};

START_TASK(proc_memory_start, needs(proc_start))
{
	proc_register("", rows, array_size(rows));
}
