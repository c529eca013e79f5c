/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls about the machine as a whole: its names, its figures, its log, its end, and random numbers. No state. */
#include <arch/cpu.h>
#include <murre/event.h>
#include <murre/kmsg.h>
#include <murre/log.h>
#include <murre/power.h>
#include <murre/procfs.h>
#include <murre/random.h>
#include <murre/syscall.h>
#include <murre/uts.h>
#include <linux/random.h>
#include <linux/reboot.h>

/* Names. ----------------------------------------------------------------------------------------------------------- */

SYSCALL(uname, user_out_abi_utsname name)
{
	abi_utsname n = {};

	string_copy(n.sysname, sizeof(n.sysname), KERNEL_SYSNAME);
	string_copy(n.release, sizeof(n.release), KERNEL_RELEASE);
	string_copy(n.version, sizeof(n.version), UTS_VERSION);
	string_copy(n.machine, sizeof(n.machine), ARCH_MACHINE_NAME);
	uts_get(UTS_NODE, n.nodename);
	uts_get(UTS_DOMAIN, n.domainname);
	TRY(copy_out(name, &n));
	return OK(long, 0);
}

static result(long) name_set(enum uts_name which, user_addr name, int bytes, struct can_sleep cs)
{
	char text[__NEW_UTS_LEN];

	if (!capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	if (bytes < 0 || bytes > __NEW_UTS_LEN)
		return FAIL(EINVAL);
	TRY(copy_from_user(text, name, bytes, cs));
	uts_set(which, text, bytes);
	return OK(long, 0);
}

SYSCALL(sethostname, user_addr name, int bytes) { return name_set(UTS_NODE, name, bytes, cs); }
SYSCALL(setdomainname, user_addr name, int bytes) { return name_set(UTS_DOMAIN, name, bytes, cs); }

/* Figures. --------------------------------------------------------------------------------------------------------- */

/* Load averages: ours have 11 bits behind the point, sysinfo(2)'s 16. */
enum { LOAD_SHIFT = SI_LOAD_SHIFT - 11 };

SYSCALL(sysinfo, user_out_abi_sysinfo info)
{
	nsec_t up = clock_now();
	struct page_stats pages;
	struct sched_stats sched;

	page_stats_get(&pages);
	sched_stats_get(&sched);
	abi_sysinfo s = {
		.uptime = up.ns / NSEC_PER_SEC + (up.ns % NSEC_PER_SEC != 0),
		.loads = { sched.load_fixed[0] << LOAD_SHIFT, sched.load_fixed[1] << LOAD_SHIFT,
			   sched.load_fixed[2] << LOAD_SHIFT },
		.totalram = pages.total * PAGE_SIZE, .freeram = pages.free * PAGE_SIZE,
		.sharedram = pages.object * PAGE_SIZE,	/* all in memory only: no disk has a filesystem here */
		.procs = proc_processes ? proc_processes->thread_count() : 0, .mem_unit = 1,
	};
	TRY(copy_out(info, &s));
	return OK(long, 0);
}

/* syslog(2). ------------------------------------------------------------------------------------------------------- */

enum {
	SYSLOG_CLOSE, SYSLOG_OPEN, SYSLOG_READ, SYSLOG_READ_ALL, SYSLOG_READ_CLEAR, SYSLOG_CLEAR, SYSLOG_CONSOLE_OFF,
	SYSLOG_CONSOLE_ON, SYSLOG_CONSOLE_LEVEL, SYSLOG_SIZE_UNREAD, SYSLOG_SIZE_BUFFER,
	CONSOLE_LEVEL_LEAST = 1, CONSOLE_LEVEL_MOST = 8,
};
static int console_level_saved;		/* by CONSOLE_OFF, for CONSOLE_ON; 0: none */

static result(long) log_to_user(int type, user_addr buf, int bytes, struct can_sleep cs)
{
	struct io_iter to;

	if (user_is_null(buf) || bytes < 0)
		return FAIL(EINVAL);
	if (bytes == 0)
		return OK(long, 0);
	TRY(io_iter_user(&to, buf, bytes));
	if (type == SYSLOG_READ)
		return OK(long, TRY(kmsg_read(&to, false, cs)));
	return OK(long, TRY(kmsg_read_all(&to, type == SYSLOG_READ_CLEAR, cs)));
}

static result(long) console_level_set(int level)
{
	if (level < CONSOLE_LEVEL_LEAST || level > CONSOLE_LEVEL_MOST)
		return FAIL(EINVAL);
	write_once(log_console_level, level);
	console_level_saved = 0;
	return OK(long, 0);
}

static result(long) console_switch(bool on)
{
	if (!on && !console_level_saved) {
		console_level_saved = log_console_level;
		write_once(log_console_level, CONSOLE_LEVEL_LEAST);
	}
	if (on && console_level_saved) {
		write_once(log_console_level, console_level_saved);
		console_level_saved = 0;
	}
	return OK(long, 0);
}

SYSCALL(syslog, int type, user_addr buf, int bytes)
{
	/* As with kernel.dmesg_restrict=0: everybody may read, the rest is for administrators. */
	if (type != SYSLOG_READ_ALL && type != SYSLOG_SIZE_BUFFER && !capable(CAP_SYSLOG) && !capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	switch (type) {
	case SYSLOG_CLOSE:
	case SYSLOG_OPEN:
		return OK(long, 0);
	case SYSLOG_READ:
	case SYSLOG_READ_ALL:
	case SYSLOG_READ_CLEAR:
		return log_to_user(type, buf, bytes, cs);
	case SYSLOG_CLEAR:
		kmsg_clear(cs);
		return OK(long, 0);
	case SYSLOG_CONSOLE_OFF:
	case SYSLOG_CONSOLE_ON:
		return console_switch(type == SYSLOG_CONSOLE_ON);
	case SYSLOG_CONSOLE_LEVEL:
		return console_level_set(bytes);
	case SYSLOG_SIZE_UNREAD:
		return OK(long, kmsg_unread(cs));
	case SYSLOG_SIZE_BUFFER:
		return OK(long, KMSG_RING_BYTES);
	}
	return FAIL(EINVAL);
}

/* reboot(2). ------------------------------------------------------------------------------------------------------- */

static bool reboot_magic_ok(unsigned magic1, unsigned magic2)
{
	return magic1 == LINUX_REBOOT_MAGIC1 &&
	       (magic2 == LINUX_REBOOT_MAGIC2 || magic2 == LINUX_REBOOT_MAGIC2A ||
		magic2 == LINUX_REBOOT_MAGIC2B || magic2 == LINUX_REBOOT_MAGIC2C);
}

/* The text is for the firmware; ours takes none, so it is only logged. */
static result(long) restart_with_text(user_addr arg, struct can_sleep cs)
{
	char text[256];
	attempt(length, err, copy_string_from_user(text, sizeof(text), user_cast(char, arg), cs));

	if (err && err != ENAMETOOLONG)
		return FAIL(err);
	text[sizeof(text) - 1] = 0;
	log_notice("reboot: restart command '%s'", text);
	power_restart(cs);
}

SYSCALL(reboot, int magic1, int magic2, unsigned cmd, user_addr arg)
{
	if (!capable(CAP_SYS_BOOT))
		return FAIL(EPERM);
	if (!reboot_magic_ok(magic1, magic2))
		return FAIL(EINVAL);
	switch (cmd) {
	case LINUX_REBOOT_CMD_RESTART:
		power_restart(cs);
	case LINUX_REBOOT_CMD_RESTART2:
		return restart_with_text(arg, cs);
	case LINUX_REBOOT_CMD_HALT:
		power_halt(cs);
	case LINUX_REBOOT_CMD_POWER_OFF:
		power_off(cs);
	case LINUX_REBOOT_CMD_CAD_ON:
	case LINUX_REBOOT_CMD_CAD_OFF:
		ctrl_alt_del_restarts = cmd == LINUX_REBOOT_CMD_CAD_ON;
		return OK(long, 0);
	}
	return FAIL(EINVAL);
}

/* getrandom(2). ---------------------------------------------------------------------------------------------------- */

SYSCALL(getrandom, user_addr buf, size_t bytes, unsigned flags)
{
	struct io_iter to;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return FAIL(EINVAL);
	if ((flags & (GRND_INSECURE | GRND_RANDOM)) == (GRND_INSECURE | GRND_RANDOM))
		return FAIL(EINVAL);
	if (!random_ready() && !(flags & GRND_INSECURE)) {
		if (flags & GRND_NONBLOCK)
			return FAIL(EAGAIN);
		TRY(random_wait(cs));
	}
	TRY(io_iter_user(&to, buf, min(bytes, IO_BYTES_MAX)));
	return OK(long, TRY(random_read(&to, cs)));
}
