/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of /proc about the machine, its time and its devices (proc(5)); each shows figures that others own. */
#include <arch/cpu.h>
#include <arch/percpu.h>
#include <murre/cred.h>
#include <murre/device.h>
#include <murre/irq.h>
#include <murre/kmsg.h>
#include <murre/log.h>
#include <murre/start.h>
#include <murre/task.h>
#include <murre/uts.h>
#include "proc.h"

#define SHOW(name) static result(unit) name##_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)

/* Time and load. --------------------------------------------------------------------------------------------------- */

enum { LOAD_ONE = 1 << 11, TICKS_PER_SECOND = 100 };	/* load averages are fixed point; /proc counts in 1/100 s */

static uint64_t ticks(nsec_t t) { return t.ns / (NSEC_PER_SEC / TICKS_PER_SECOND); }

static void print_hundredths(struct text_out *out, nsec_t t, const char *after)
{
	text_print(out, "%lu.%02lu%s", t.ns / NSEC_PER_SEC, ticks(t) % TICKS_PER_SECOND, after);
}

SHOW(uptime)
{
	struct sched_stats sched;

	sched_stats_get(&sched);
	print_hundredths(out, clock_now(), " ");
	print_hundredths(out, sched.idle, "\n");
	return DONE;
}

SHOW(loadavg)
{
	const struct proc_processes *p = proc_processes;
	struct sched_stats sched;

	sched_stats_get(&sched);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t load = sched.load_fixed[i] + LOAD_ONE / 200;		/* rounded to the second place */

		text_print(out, "%lu.%02lu ", load / LOAD_ONE, load % LOAD_ONE * 100 / LOAD_ONE);
	}
	text_print(out, "%u/%u %d\n", sched.running, p ? p->thread_count() : 0, p ? p->last_pid().nr : 0);
	return DONE;
}

/* Columns: user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice. Nice time is not kept apart from
 * user time, interrupt time counts for whom it hits, the others do not exist here. */
static void print_cpu_times(struct text_out *out, const char *name, const struct sched_stats *s)
{
	text_print(out, "%s %lu 0 %lu %lu 0 0 0 0 0 0\n", name, ticks(s->user), ticks(s->system), ticks(s->idle));
}

static void print_interrupts(struct text_out *out)
{
	uint64_t counts[IRQ_LINES_MAX] not_zeroed, total = 0;	/* filled below */

	for (unsigned line = 0; line < IRQ_LINES_MAX; line++) {
		counts[line] = 0;
		for (struct irq_action *a = irq_actions(line); a; a = a->next)
			counts[line] = max(counts[line], a->count);
		total += counts[line];
	}
	text_print(out, "intr %lu", total);
	for (unsigned line = 0; line < IRQ_LINES_MAX; line++)
		text_print(out, " %lu", counts[line]);
	text_print(out, "\n");
}

SHOW(stat)
{
	struct sched_stats sched, one;
	char name[16];

	sched_stats_get(&sched);
	print_cpu_times(out, "cpu ", &sched);
	for (unsigned cpu = 0; cpu < cpus_online; cpu++) {
		text_format(name, sizeof(name), "cpu%u", cpu);
		sched_stats_get_cpu(cpu, &one);
		print_cpu_times(out, name, &one);
	}
	print_interrupts(out);
	text_print(out, "ctxt %lu\nbtime %ld\nprocesses %lu\nprocs_running %u\nprocs_blocked %u\n", sched.switches,
		   clock_realtime_offset().ns / NSEC_PER_SEC, sched.tasks_started, sched.running,
		   sched.sleeping_uninterruptible);
	text_print(out, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return DONE;
}

/* The machine. ----------------------------------------------------------------------------------------------------- */

SHOW(version)
{
	text_print(out, KERNEL_SYSNAME " version " KERNEL_RELEASE " (murre@murre) (gcc " __VERSION__ ") " UTS_VERSION "\n");
	return DONE;
}

SHOW(cmdline)
{
	text_print(out, "%s\n", cmdline_text());
	return DONE;
}

SHOW(cpuinfo)
{
	for (unsigned cpu = 0; cpu < cpus_online; cpu++)
		arch_cpuinfo_print(out, cpu);
	return DONE;
}

SHOW(interrupts)
{
	text_print(out, "           ");
	for (unsigned cpu = 0; cpu < cpus_online; cpu++)
		text_print(out, "CPU%-8u", cpu);
	text_print(out, "\n");
	for (unsigned line = 0; line < IRQ_LINES_MAX; line++) {
		struct irq_action *a = irq_actions(line);

		if (!a)
			continue;
		text_print(out, "%3u: %10lu   %s", line, a->count, a->name);
		while ((a = a->next))
			text_print(out, ", %s", a->name);
		text_print(out, "\n");
	}
	return DONE;
}

/* One function's name and address; the address only for those who may read the log's. */
SHOW(kallsyms)
{
	bool shown = capable(CAP_SYSLOG);
	uintptr_t address;
	char name[128];

	for (size_t n = 0; symbol_nth(n, &address, name, sizeof(name)); n++)
		text_print(out, "%016lx t %s\n", shown ? address : 0, name);
	return DONE;
}

/* Devices. --------------------------------------------------------------------------------------------------------- */

/* Drivers are known by their nodes: "ttyS" for ttyS0, ttyS1 … */
static const char *driver_name(const struct char_device *d, char *buf, size_t cap)
{
	enum { MEM_MAJOR = 1, TTY_AUX_MAJOR = 5 };
	size_t n = string_copy(buf, cap, d->name);

	if (dev_major(d->dev) == MEM_MAJOR)
		return "mem";
	if (dev_major(d->dev) == TTY_AUX_MAJOR)
		return dev_minor(d->dev) == 0 ? "/dev/tty" : "/dev/console";
	while (n > 1 && buf[n - 1] >= '0' && buf[n - 1] <= '9')
		buf[--n] = 0;
	return buf;
}

static bool name_told_before(const struct char_device *d, const char *name)
{
	char other[32];

	for (const struct char_device *e = device_first(); e != d; e = e->next)
		if (dev_major(e->dev) == dev_major(d->dev) && strcmp(driver_name(e, other, sizeof(other)), name) == 0)
			return true;
	return false;
}

SHOW(devices)
{
	char buf[32];

	text_print(out, "Character devices:\n");
	for (const struct char_device *d = device_first(); d; d = d->next) {
		const char *name = driver_name(d, buf, sizeof(buf));

		if (!name_told_before(d, name))
			text_print(out, "%3u %s\n", dev_major(d->dev), name);
	}
	text_print(out, "\nBlock devices:\n");
	return DONE;
}

/* There are no disks: lists of them are empty. */
SHOW(nothing) { return DONE; }

/* Filesystems. ----------------------------------------------------------------------------------------------------- */

static void print_types(struct text_out *out, const struct fs_type *t)
{
	if (!t)
		return;
	print_types(out, t->next);		/* the list has the newest first */
	text_print(out, "%s\t%s\n", t->needs_device ? "" : "nodev", t->name);
}

SHOW(filesystems)
{
	print_types(out, fs_type_first());
	return DONE;
}

SHOW(locks)
{
	file_locks_print(out);
	return DONE;
}

/* /proc/kmsg: reads eat the log as syslog(2) does. ----------------------------------------------------------------- */

static result(size_t) kmsg_file_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	return kmsg_read(to, f->flags & O_NONBLOCK, cs);
}

static unsigned kmsg_file_poll(struct file *f, struct poll_table *t) { return kmsg_poll(t); }

static result(unit) kmsg_open(const proc_subject *s, struct can_sleep cs)
{
	return unit_result(capable(CAP_SYSLOG) || capable(CAP_SYS_ADMIN) ? 0 : EPERM);
}

static const struct file_ops kmsg_file_ops = { .read = kmsg_file_read, .poll = kmsg_file_poll, .seek = proc_seek };

/* Links. ----------------------------------------------------------------------------------------------------------- */

static result(char_ptr) self_readlink(const proc_subject *s, char *buf, size_t cap, struct can_sleep cs)
{
	RETURNS(char_ptr);
	pid_nr_t process = proc_processes ? proc_processes->current_process() : (pid_nr_t){ 0 };

	if (process.nr == 0)
		return FAIL(ENOENT);
	text_format(buf, cap, "%d", process.nr);
	return OK(char_ptr, buf);
}

static result(char_ptr) thread_self_readlink(const proc_subject *s, char *buf, size_t cap, struct can_sleep cs)
{
	RETURNS(char_ptr);
	pid_nr_t process = proc_processes ? proc_processes->current_process() : (pid_nr_t){ 0 };

	if (process.nr == 0)
		return FAIL(ENOENT);
	text_format(buf, cap, "%d/task/%d", process.nr, proc_processes->current_thread().nr);
	return OK(char_ptr, buf);
}

static result(char_ptr) mounts_readlink(const proc_subject *s, char *buf, size_t cap, struct can_sleep cs)
{
	string_copy(buf, cap, "self/mounts");
	return OK(char_ptr, buf);
}

static const struct proc_entry rows[] = {
	PROC_FILE("cmdline", 0444, .show = cmdline_show),
	PROC_FILE("cpuinfo", 0444, .show = cpuinfo_show),
	PROC_FILE("devices", 0444, .show = devices_show),
	PROC_FILE("diskstats", 0444, .show = nothing_show),
	PROC_FILE("filesystems", 0444, .show = filesystems_show),
	PROC_FILE("interrupts", 0444, .show = interrupts_show),
	PROC_FILE("kallsyms", 0444, .show = kallsyms_show),
	PROC_FILE("kmsg", 0400, .file_ops = &kmsg_file_ops, .open = kmsg_open),
	PROC_FILE("loadavg", 0444, .show = loadavg_show),
	PROC_FILE("locks", 0444, .show = locks_show),
	PROC_LINK("mounts", .readlink = mounts_readlink),
	PROC_FILE("partitions", 0444, .show = nothing_show),
	PROC_LINK("self", .readlink = self_readlink),
	PROC_FILE("stat", 0444, .show = stat_show),
	PROC_LINK("thread-self", .readlink = thread_self_readlink),
	PROC_FILE("uptime", 0444, .show = uptime_show),
	PROC_FILE("version", 0444, .show = version_show),
};

START_TASK(proc_machine_start, needs(proc_start))
{
	proc_register("", rows, array_size(rows));
}
