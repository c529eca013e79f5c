/* SPDX-License-Identifier: GPL-2.0-only */
/* The battery-backed clock of a PC (Motorola MC146818A), read through ports 0x70 and 0x71. */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <murre/string.h>
#include <x86/acpi.h>

enum {
	SECOND = 0,
	MINUTE = 2,
	HOUR = 4,
	DAY = 7,
	MONTH = 8,
	YEAR = 9,
	STATUS_A = 10,
	STATUS_B = 11,
	FIELDS = 7
};
#define UPDATE_IN_PROGRESS 0x80
#define BINARY 0x04
#define HOURS_24 0x02
#define AFTERNOON 0x80
/* An update takes up to 2 ms, a port read up to a microsecond. */
#define READS_MOST 10000
#define TRIES 5

static uint8_t cmos_read(uint8_t index)
{
	x86_out8(0x70, index);
	return x86_in8(0x71);
}

static bool update_over(void)
{
	for (unsigned i = 0; i < READS_MOST; i++)
		if (!(cmos_read(STATUS_A) & UPDATE_IN_PROGRESS))
			return true;
	return false;
}

static void fields_read(uint8_t f[FIELDS])
{
	static const uint8_t index[FIELDS - 1] = { SECOND, MINUTE, HOUR, DAY, MONTH, YEAR };

	for (unsigned i = 0; i < FIELDS - 1; i++)
		f[i] = cmos_read(index[i]);
	f[FIELDS - 1] = acpi_fixed.century ? cmos_read(acpi_fixed.century) : 0;
}

static unsigned from_bcd(uint8_t v) { return (v >> 4) * 10u + (v & 15); }

/* Days since 1970-01-01 of a date of the Gregorian calendar; years begin in March, so that leap
 * days end them. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month > 2 ? year : year - 1;
	unsigned m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static int64_t seconds_of(const uint8_t f[FIELDS])
{
	uint8_t mode = cmos_read(STATUS_B);
	unsigned v[FIELDS], hour = f[2] & ~AFTERNOON;
	bool afternoon = !(mode & HOURS_24) && f[2] & AFTERNOON;

	for (unsigned i = 0; i < FIELDS; i++)
		v[i] = mode & BINARY ? f[i] : from_bcd(f[i]);
	hour = mode & HOURS_24 ? v[2]
			       : (mode & BINARY ? hour : from_bcd((uint8_t)hour)) % 12 +
					 (afternoon ? 12 : 0);
	if (v[0] > 59 || v[1] > 59 || hour > 23 || v[3] < 1 || v[3] > 31 || v[4] < 1 || v[4] > 12 ||
	    v[5] > 99)
		return 0;
	/* No century: nothing older than this kernel runs it. */
	if (v[6] < 19 || v[6] > 99)
		v[6] = 20;
	return ((days_of(v[6] * 100 + v[5], v[4], v[3]) * 24 + hour) * 60 + v[1]) * 60 + v[0];
}

int64_t arch_rtc_read(void)
{
	uint8_t first[FIELDS], again[FIELDS];

	for (unsigned i = 0; i < TRIES; i++) {
		if (!update_over())
			return 0;
		fields_read(first);
		fields_read(again);
		if (memcmp(first, again, sizeof(first)) == 0)
			return seconds_of(first);
	}
	return 0;
}
