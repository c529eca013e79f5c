/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first process: number 1, made by hand because nobody can fork it. It opens the console as its standard input and
 * output and runs the first program that there is: rdinit= or /init of the initramfs, then init=, then the usual places.
 * Without any, a message says what was tried and the kernel ends as panic= asks. bootparam(7), boot(7).
 */
#include <murre/error_name.h>
#include <murre/inject.h>
#include <murre/log.h>
#include <murre/path.h>
#include <murre/start.h>
#include <murre/string.h>
#include <arch/context.h>
#include "exec.h"

/* Group and session of those who have made none: number 0, which no program can name. */
static struct pid pid_none = {
	.refs = REFCOUNT_ONE,
	.group_members.head = { &pid_none.group_members.head, &pid_none.group_members.head },
	.session_members.head = { &pid_none.session_members.head, &pid_none.session_members.head },
};

enum { WORDS_MOST = 32 };		/* arguments, and variables, of the first program */

static result(unit) first_process_make(void (*run)(void *));
static void limits_default(struct rlimits *l);
static void first_program(void *unused);
static void console_open(struct can_sleep cs);
static void words_divide(const char **argv, const char **env);
static bool program_try(const char *path, const char **argv, const char **env, struct text_out *tried, struct can_sleep cs);

void first_process_start(void)
{
	int err;

	failure_plan_start();
	err = error_of(first_process_make(first_program));
	if (err)
		panic("The first process cannot be made: %s.", error_name(err));
	task_exit();
}

static result(unit) first_process_make(void (*run)(void *))
{
	RETURNS(unit);
	own(thread_draft, draft, TRY(thread_new()));
	struct thread *t = at(draft);
	own(process_ref, made, TRY(process_new()));
	struct process *p = at(made);

	t->pid = into_raw(TRY(pid_new()));
	t->task.id = t->pid->nr;
	p->pid = into_raw(pid_share(t->pid));
	p->actions = into_raw(TRY(signal_actions_copy(NULL)));
	limits_default(&p->limits);
	family_of_new(p)->exit_signal = SIGCHLD;
	peek(&p->signals)->unkillable = true;
	t->process = into_raw(process_share(p));
	t->task.limits = &p->limits;
	t->task.cred = into_raw(cred_share(&cred_root));
	t->task.files = into_raw(TRY(fd_table_new()));
	t->task.fs = into_raw(TRY(fs_context_first()));
	t->timer_slack = t->timer_slack_default = nsec(50 * NSEC_PER_USEC);
	arch_task_init_kernel(&t->task, run, NULL);
	TRY(arch_task_init_user(&t->task));
	{
		hold(process_tree, tree, &process_tree);
		p->leader = into_raw(thread_share_ref(t));
		thread_list_push_back(&peek(&p->signals)->threads, t);
		peek(&p->signals)->thread_count = 1;
		process_set_group_in(tree, p, &pid_none);
		process_set_session_in(tree, p, &pid_none);
		in(tree)->threads++;
		t->task.cred->account->threads++;
		rcu_store(p->pid->process, p);
		rcu_store(p->pid->thread, t);
	}
	init_process = into_raw(give(made));
	failure_plan_hand_over(&t->task);
	thread_start(give(draft));
	return DONE;
}

/* getrlimit(2), as a Linux system has them before anybody changes them. */
static void limits_default(struct rlimits *l)
{
	static const struct { unsigned which; uint64_t soft, hard; } fixed[] = {
		{ RLIMIT_STACK, 8 << 20, RLIM64_INFINITY },
		{ RLIMIT_CORE, 0, RLIM64_INFINITY },
		{ RLIMIT_NOFILE, 1024, 4096 },
		{ RLIMIT_MEMLOCK, 8 << 20, 8 << 20 },
		{ RLIMIT_MSGQUEUE, 819200, 819200 },
		{ RLIMIT_NICE, 0, 0 },
		{ RLIMIT_RTPRIO, 0, 0 },
	};

	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		l->limit[i] = (struct rlimit64){ RLIM64_INFINITY, RLIM64_INFINITY };
	for (unsigned i = 0; i < array_size(fixed); i++)
		l->limit[fixed[i].which] = (struct rlimit64){ fixed[i].soft, fixed[i].hard };
	l->limit[RLIMIT_NPROC] = (struct rlimit64){ threads_max / 2, threads_max / 2 };
	l->limit[RLIMIT_SIGPENDING] = l->limit[RLIMIT_NPROC];
}

static may_sleep void first_program(void *unused)
{
	static const char *const usual[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };
	const char *early = cmdline_value("rdinit"), *wanted = cmdline_value("init");
	const char *words[WORDS_MOST + 1], *env[WORDS_MOST + 1];
	char text[150];
	struct text_out tried = text_out_to(text, sizeof(text) - 1);
	struct can_sleep cs = MAY_SLEEP;

	console_open(cs);
	words_divide(words, env);
	if (program_try(early ? early : "/init", words, env, &tried, cs))
		arch_enter_user();
	if (wanted && program_try(wanted, words, env, &tried, cs))
		arch_enter_user();
	for (unsigned i = 0; !wanted && i < array_size(usual); i++)
		if (program_try(usual[i], words, env, &tried, cs))
			arch_enter_user();
	text[tried.len] = '\0';
	log_err("Tried:%s. Give an initramfs with /init, or init= on the command line.", text);
	panic("No program to start with.");
}

static void console_open(struct can_sleep cs)
{
	attempt_own(file_ref, console, err, file_open((fd_t){ AT_FDCWD }, "/dev/console\0\0\0\0\0\0\0\0", O_RDWR, 0, 0, cs));

	if (err) {
		log_warn("the first process has no console: /dev/console cannot be opened (%s)", error_name(err));
		return;
	}
	for (int i = 0; i < 3; i++)
		(void)error_of(fd_publish(file_share(at(console)), false));
}

/*
 * Words of the command line that mean nothing to the kernel are the program's: `name=value` joins its environment, plain
 * words and all behind "--" its arguments; those with a dot before the value were for modules (bootparam(7)). argv[0] is
 * filled by program_try.
 */
static void words_divide(const char **argv, const char **env)
{
	unsigned arguments = 1, variables = 0;
	const char *word;

	env[variables++] = "HOME=/";
	env[variables++] = "TERM=linux";
	for (unsigned i = 0; (word = cmdline_unknown_word(i)); i++) {
		const char *value = strchr(word, '='), *dot = strchr(word, '.');

		if (dot && (!value || dot < value))
			continue;
		if (value && variables < WORDS_MOST)
			env[variables++] = word;
		else if (!value && arguments < WORDS_MOST)
			argv[arguments++] = word;
	}
	for (unsigned i = 0; arguments < WORDS_MOST && (word = cmdline_init_word(i)); i++)
		argv[arguments++] = word;
	argv[arguments] = NULL;
	env[variables] = NULL;
}

static bool program_try(const char *path, const char **argv, const char **env, struct text_out *tried, struct can_sleep cs)
{
	char name[256 + 8] = {};			/* lookup may read a little past the end */
	int err;

	string_copy(name, 256, path);
	argv[0] = path;
	err = error_of(process_exec_first(name, argv, env, cs));
	if (!err) {
		log_info("running %s as process 1", path);
		return true;
	}
	text_print(tried, " %s (%s)", path, error_name(err));
	if (err != ENOENT)
		log_err("%s cannot be run: %s", path, err == ENOMEM ? "not enough memory" : error_name(err));
	return false;
}
