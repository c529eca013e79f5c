/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel/core/boot_ranges.c: whatever firmware says, the map comes out sorted, without overlaps, in
 * whole pages, and RAM only where nobody says otherwise.
 */
#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <kernel/core/boot_ranges.c>

enum { PAGES = 512, ROUNDS = 20000 };
static jmp_buf stopped;
static uint64_t seed = 88172645463325252ull;

_Noreturn void boot_stop(const char *why) { longjmp(stopped, 1); }
void log_print(enum log_level level, const char *fmt, ...) {}

static uint64_t roll(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* The kind of each page as it ought to be: -1 nothing, else the strongest of those that touch
 * it; RAM must cover it. */
static int expected[PAGES];

static void expect_range(uint64_t start, uint64_t bytes, enum memory_kind kind)
{
	for (uint64_t p = 0; p < PAGES; p++) {
		uint64_t from = p * PAGE_SIZE, to = from + PAGE_SIZE;
		bool hit = kind == MEMORY_RAM ? start <= from && start + bytes >= to : bytes && start < to && start + bytes > from;

		if (hit && (expected[p] < 0 || strength(kind) > strength(expected[p])))
			expected[p] = kind;
	}
}

static void check(const struct boot_info *boot)
{
	int found[PAGES];
	uint64_t last = 0;

	memset(found, -1, sizeof(found));
	for (unsigned i = 0; i < boot->range_count; i++) {
		const struct memory_range *r = &boot->ranges[i];

		assert(r->start.raw % PAGE_SIZE == 0 && r->bytes % PAGE_SIZE == 0 && r->bytes > 0);
		assert(i == 0 || r->start.raw >= last);
		last = end_of(r);
		for (uint64_t p = r->start.raw / PAGE_SIZE; p < last / PAGE_SIZE && p < PAGES; p++)
			found[p] = r->kind;
	}
	assert(memcmp(found, expected, sizeof(found)) == 0);
}

static void round_random(void)
{
	struct boot_info boot = {};

	raw_count = 0;
	memset(expected, -1, sizeof(expected));
	for (unsigned n = roll(30); n > 0; n--) {
		uint64_t start = roll(PAGES * PAGE_SIZE), bytes = roll(4) ? roll(64 * PAGE_SIZE) : 0;
		enum memory_kind kind = roll(4);

		expect_range(start, bytes, kind);
		boot_range_add(&boot, start, bytes, kind);
	}
	if (setjmp(stopped) == 0)
		boot_ranges_finish(&boot);
	check(&boot);
}

/* Ends that wrap, ranges beyond what the direct map holds, more ranges than there is room for. */
static void round_extremes(void)
{
	struct boot_info boot = {};

	raw_count = 0;
	boot_range_add(&boot, 0x100000, UINT64_MAX, MEMORY_RAM);
	boot_range_add(&boot, UINT64_MAX - 10, 100, MEMORY_RESERVED);
	boot_range_add(&boot, 1ull << 60, 1ull << 20, MEMORY_RAM);
	for (unsigned i = 0; i < 2 * BOOT_RANGES_MAX; i++)
		boot_range_add(&boot, 0x200000 + i * 0x4000ull, 0x1000, MEMORY_RESERVED);
	boot_ranges_finish(&boot);
	assert(boot.range_count <= BOOT_RANGES_MAX);
	assert(end_of(&boot.ranges[boot.range_count - 1]) <= PHYSICAL_END);
}

/* Frames come from behind image and initrd, and are reserved after. */
static void round_frames(uint64_t initrd, uint64_t initrd_bytes)
{
	const uint64_t base = 0x40000000;
	struct boot_info boot = {
		.kernel_start = paddr(base), .kernel_end = paddr(base + 0x10000),
		.initrd_start = paddr(base + initrd), .initrd_bytes = initrd_bytes,
	};
	volatile unsigned taken = 0;	/* kept across longjmp */

	raw_count = 0;
	frames_first = frames_next = frames_end = 0;
	boot_range_add(&boot, base, 0x40000, MEMORY_RAM);
	boot_ranges_finish(&boot);
	if (setjmp(stopped) == 0)
		for (;; taken++) {
			uint64_t at = boot_frame_take(&boot, base + 0x30000).raw;

			assert(at >= base + 0x10000 && at < base + 0x30000);
			assert(at + PAGE_SIZE <= base + initrd || at >= base + initrd + initrd_bytes);
		}
	assert(taken > 0);
	boot_frames_finish(&boot);
	for (unsigned i = 0; i < boot.range_count; i++)
		if (boot.ranges[i].kind == MEMORY_RAM)
			assert(end_of(&boot.ranges[i]) <= frames_first || boot.ranges[i].start.raw >= frames_next);
}

int main(void)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		round_random();
	round_extremes();
	round_frames(0x10000, 0x8123);
	round_frames(0x18000, 0x28000);
	round_frames(0, 0);
	puts("memory map: ok");
	return 0;
}
