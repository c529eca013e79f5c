/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/sys (sysctl(8), proc(5)): settings that exist in this kernel, under Linux's names. A fixed one is read-only;
 * one that can be set says in its row where the number lives and what range it takes.
 */
#include <murre/log.h>
#include <murre/pipe.h>
#include <murre/power.h>
#include <murre/random.h>
#include <murre/start.h>
#include <murre/uts.h>
#include <murre/vm.h>
#include "proc.h"

enum { PIPE_MOST_SHIFT = 31, PID_MAX_LEAST = 301 };

static char boot_id[UUID_TEXT_BYTES];

#define ENTRY_SHOW(name) \
	static result(unit) name(const struct proc_entry *e, const proc_subject *s, struct text_out *out, struct can_sleep cs)
#define ENTRY_WRITE(name) \
	static result(size_t) name(const struct proc_entry *e, const char *text, size_t n, struct can_sleep cs)

/* Fixed values: the row's context is their text. ------------------------------------------------------------------- */

ENTRY_SHOW(text_show)
{
	text_print(out, "%s\n", (const char *)e->context);
	return DONE;
}
#define FIXED(name_, text_) PROC_FILE(name_, 0444, .show_entry = text_show, .context = text_)

/* Names: the row's context is which. ------------------------------------------------------------------------------- */

static const enum uts_name node_name = UTS_NODE, domain_name = UTS_DOMAIN;

ENTRY_SHOW(uts_show)
{
	char text[__NEW_UTS_LEN + 1];

	uts_get(*(const enum uts_name *)e->context, text);
	text_print(out, "%s\n", text);
	return DONE;
}

/* Up to the end of the line; what is too long is cut, as Linux does. */
ENTRY_WRITE(uts_write)
{
	size_t length = 0;

	while (length < min(n, (size_t)__NEW_UTS_LEN) && text[length] && text[length] != '\n')
		length++;
	uts_set(*(const enum uts_name *)e->context, text, length);
	return OK(size_t, n);
}

/* Numbers. --------------------------------------------------------------------------------------------------------- */

/* A decimal number with blanks around it, all of the text. EINVAL. */
static result(uint64_t) number_read(const char *text)
{
	RETURNS(uint64_t);
	const char *end;

	while (*text == ' ' || *text == '\t')
		text++;
	if (*text < '0' || *text > '9')
		return FAIL(EINVAL);
	uint64_t value = string_to_u64(text, &end, 10);
	while (*end == ' ' || *end == '\t' || *end == '\n')
		end++;
	return *end ? FAIL(EINVAL) : OK(uint64_t, value);
}

ENTRY_SHOW(pipe_max_show)
{
	text_print(out, "%u\n", read_once(pipe_max_bytes));
	return DONE;
}

/* Rounded up to a power of two of at least a page. */
ENTRY_WRITE(pipe_max_write)
{
	RETURNS(size_t);
	uint64_t wanted = TRY(number_read(text)), bytes = PAGE_SIZE;

	if (wanted == 0 || wanted > 1ul << PIPE_MOST_SHIFT)
		return FAIL(EINVAL);
	while (bytes < wanted)
		bytes *= 2;
	write_once(pipe_max_bytes, bytes);
	return OK(size_t, n);
}

ENTRY_SHOW(ctrl_alt_del_show)
{
	text_print(out, "%d\n", ctrl_alt_del_restarts);
	return DONE;
}

ENTRY_WRITE(ctrl_alt_del_write)
{
	RETURNS(size_t);

	ctrl_alt_del_restarts = TRY(number_read(text)) != 0;
	return OK(size_t, n);
}

ENTRY_SHOW(pid_max_show)
{
	text_print(out, "%d\n", read_once(pid_max));
	return DONE;
}

ENTRY_WRITE(pid_max_write)
{
	RETURNS(size_t);
	uint64_t wanted = TRY(number_read(text));

	if (wanted < PID_MAX_LEAST || wanted > PID_MAX)
		return FAIL(EINVAL);
	write_once(pid_max, (int)wanted);
	return OK(size_t, n);
}

/* Console level; level of messages without one, lowest console level, console level at start. */
ENTRY_SHOW(printk_show)
{
	text_print(out, "%d\t%d\t%d\t%d\n", log_console_level, LOG_WARNING, 1, LOG_DEBUG);
	return DONE;
}

/* The first number sets the console level; the others are fixed here, so a text with more of them is refused. */
ENTRY_WRITE(printk_write)
{
	RETURNS(size_t);
	uint64_t level = TRY(number_read(text));

	if (level > 15)
		return FAIL(EINVAL);
	write_once(log_console_level, (int)level);
	return OK(size_t, n);
}

/* Random numbers. -------------------------------------------------------------------------------------------------- */

ENTRY_SHOW(boot_id_show)
{
	text_print(out, "%s\n", boot_id);
	return DONE;
}

ENTRY_SHOW(uuid_show)
{
	char text[UUID_TEXT_BYTES];

	random_uuid(text);
	text_print(out, "%s\n", text);
	return DONE;
}

ENTRY_SHOW(entropy_show)
{
	text_print(out, "%u\n", random_bits());
	return DONE;
}

/* Rows. ------------------------------------------------------------------------------------------------------------ */

static const struct proc_entry kernel_rows[] = {
	FIXED("cap_last_cap", "40"),
	PROC_FILE("ctrl-alt-del", 0644, .show_entry = ctrl_alt_del_show, .write_entry = ctrl_alt_del_write),
	PROC_FILE("domainname", 0644, .show_entry = uts_show, .write_entry = uts_write, .context = &domain_name),
	FIXED("dmesg_restrict", "0"),
	PROC_FILE("hostname", 0644, .show_entry = uts_show, .write_entry = uts_write, .context = &node_name),
	FIXED("ngroups_max", "65536"),
	FIXED("osrelease", KERNEL_RELEASE),
	FIXED("ostype", KERNEL_SYSNAME),
	PROC_FILE("pid_max", 0644, .show_entry = pid_max_show, .write_entry = pid_max_write),
	PROC_FILE("printk", 0644, .show_entry = printk_show, .write_entry = printk_write),
	FIXED("version", UTS_VERSION),
};
static const struct proc_entry random_rows[] = {
	PROC_FILE("boot_id", 0444, .show_entry = boot_id_show),
	PROC_FILE("entropy_avail", 0444, .show_entry = entropy_show),
	FIXED("poolsize", "256"),
	PROC_FILE("uuid", 0444, .show_entry = uuid_show),
};
static const struct proc_entry vm_rows[] = {
	FIXED("max_map_count", "65530"),
	FIXED("mmap_min_addr", "65536"),
	FIXED("overcommit_memory", "0"),
	FIXED("overcommit_ratio", "50"),
};
_Static_assert(CAP_LAST_CAP == 40 && GROUPS_MAX == 65536 && RANDOM_POOL_BITS == 256,
	       "as kernel_rows and random_rows say");
_Static_assert(VM_MAPPINGS_MAX == 65530 && VM_ADDRESS_MIN == 65536, "as vm_rows say");
static const struct proc_entry fs_rows[] = {
	FIXED("nr_open", "1048576"),
	PROC_FILE("pipe-max-size", 0644, .show_entry = pipe_max_show, .write_entry = pipe_max_write),
};

START_TASK(proc_sysctl_start, needs(proc_start))
{
	random_uuid(boot_id);
	proc_register("sys/kernel", kernel_rows, array_size(kernel_rows));
	proc_register("sys/kernel/random", random_rows, array_size(random_rows));
	proc_register("sys/vm", vm_rows, array_size(vm_rows));
	proc_register("sys/fs", fs_rows, array_size(fs_rows));
}
