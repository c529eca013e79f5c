/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/sysrq-trigger: the first byte written asks for one of these; others, as "h", log the list. No state, no lock.
 */
#include <murre/jobs.h>
#include <murre/log.h>
#include <murre/page.h>
#include <murre/pid.h>
#include <murre/power.h>
#include <murre/start.h>
#include <murre/vm.h>
#include <asm/signal.h>
#include "proc.h"

struct sysrq_command {
	char key;
	const char *what;
	void (*run)(char key, struct can_sleep cs);
};

static void restart(char key, struct can_sleep cs) { power_restart(cs); }
static void turn_off(char key, struct can_sleep cs) { power_off(cs); }
static void crash(char key, struct can_sleep cs) { panic("sysrq triggered crash"); }

/* To every process but the first. */
static void signal_all(int signo)
{
	own(pid_ref, p, pid_next((pid_nr_t){ 2 }));

	while (!is_none(p)) {
		pid_nr_t nr = at(p)->nr;

		if (read_once(at(p)->process))
			job_ops->signal_process(at(p), signo);
		drop(pid_ref, p);
		p = pid_next((pid_nr_t){ nr.nr + 1 });
	}
}

static void terminate_all(char key, struct can_sleep cs) { signal_all(SIGTERM); }
static void kill_all(char key, struct can_sleep cs) { signal_all(SIGKILL); }

static void kill_for_memory(char key, struct can_sleep cs)
{
	if (!oom_kill || !oom_kill(cs))
		log_notice("sysrq: no process to kill");
}

static void show_memory(char key, struct can_sleep cs)
{
	struct page_stats p;

	page_stats_get(&p);
	log_notice("memory in pages: total %lu, free %lu, anonymous %lu, files %lu, slabs %lu, tables %lu, kernel %lu",
		   p.total, p.free, p.anon, p.object, p.slab, p.tables, p.kernel);
}

static void set_log_level(char key, struct can_sleep cs)
{
	write_once(log_console_level, key - '0');
	log_notice("sysrq: log level set to %d", key - '0');
}

static const struct sysrq_command commands[] = {
	{ 'b', "restart(b)", restart }, { 'c', "crash(c)", crash }, { 'e', "terminate-all-tasks(e)", terminate_all },
	{ 'f', "memory-full-oom-kill(f)", kill_for_memory }, { 'i', "kill-all-tasks(i)", kill_all },
	{ 'm', "show-memory-usage(m)", show_memory }, { 'o', "poweroff(o)", turn_off },
	{ '0', "loglevel(0-9)", set_log_level },
};

static const struct sysrq_command *command_find(char key)
{
	if (key >= '0' && key <= '9')
		key = '0';
	for (unsigned i = 0; i < array_size(commands); i++)
		if (commands[i].key == key)
			return &commands[i];
	return NULL;
}

static void help(void)
{
	char text[200];
	struct text_out out = text_out_to(text, sizeof(text));

	for (unsigned i = 0; i < array_size(commands); i++)
		text_print(&out, " %s", commands[i].what);
	log_notice("sysrq: HELP :%.*s", (int)out.len, text);
}

static result(size_t) sysrq_write(const proc_subject *s, const char *text, size_t n, struct can_sleep cs)
{
	const struct sysrq_command *c = n ? command_find(text[0]) : NULL;

	if (c)
		c->run(text[0], cs);
	else if (n)
		help();
	return OK(size_t, n);
}

static const struct proc_entry rows[] = {
	PROC_FILE("sysrq-trigger", 0200, .write = sysrq_write),
};

START_TASK(proc_sysrq_start, needs(proc_start))
{
	proc_register("", rows, array_size(rows));
}
