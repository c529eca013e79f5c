/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the kernel's functions, from the table that tools/ksyms.py makes while linking (its format is told there). */
#include <murre/base/address.h>
#include <murre/log.h>
#include <murre/string.h>

extern const uint64_t ksyms_base;
extern const uint32_t ksyms_count;
extern const uint32_t ksyms_offsets[];
extern const uint32_t ksyms_name_offsets[];
extern const char ksyms_names[];
extern const char kernel_text_end[];

const char *symbol_find(uintptr_t address, size_t *offset)
{
	uint32_t low = 0, high = ksyms_count;

	if (!ksyms_count || address < ksyms_base + ksyms_offsets[0] || address >= pointer_value(kernel_text_end))
		return NULL;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (ksyms_base + ksyms_offsets[middle] <= address)
			low = middle;
		else
			high = middle;
	}
	*offset = address - ksyms_base - ksyms_offsets[low];
	return ksyms_names + ksyms_name_offsets[low];
}

bool symbol_nth(size_t n, uintptr_t *address, char *name, size_t cap)
{
	if (n >= ksyms_count)
		return false;
	*address = ksyms_base + ksyms_offsets[n];
	string_copy(name, cap, ksyms_names + ksyms_name_offsets[n]);
	return true;
}
