/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that read and change how threads are scheduled: policies, priorities, affinity. sched(7), sched_setattr(2),
 * sched_setaffinity(2), setpriority(2). SCHED_DEADLINE does not exist here: EINVAL, as for any unknown policy.
 */
#include <linux/sched.h>
#include <murre/process.h>
#include <murre/syscall.h>

enum { RT_PRIORITY_MIN = 1, RT_PRIORITY_MAX = 99, RR_INTERVAL_MS = 100, FAIR_INTERVAL_MS = 3 };

static bool is_rt_policy(unsigned policy) { return policy == POLICY_FIFO || policy == POLICY_RR; }
static bool is_policy(unsigned policy) { return policy <= POLICY_BATCH || policy == POLICY_IDLE; }

/* The thread that a call names: 0 is the caller. EINVAL: negative; ESRCH. */
static result(thread_ref) target_find(int pid)
{
	RETURNS(thread_ref);

	if (pid < 0)
		return FAIL(EINVAL);
	if (pid == 0)
		return OK(thread_ref, thread_share_ref(current_thread()));
	own(thread_ref, t, thread_find((pid_nr_t){ pid }));
	if (is_none(t))
		return FAIL(ESRCH);
	return OK(thread_ref, give(t));
}

/* The affinity calls know no invalid number, only threads that are not there. */
static result(thread_ref) target_find_or_esrch(int pid)
{
	RETURNS(thread_ref);
	return pid < 0 ? FAIL(ESRCH) : target_find(pid);
}

/* Ours by effective user, or CAP_SYS_NICE. */
static bool may_schedule(struct thread *t)
{
	own(cred_ref, theirs, thread_cred(t));
	kuid_t mine = current_cred()->euid;

	if (capable(CAP_SYS_NICE))
		return true;
	return !is_none(theirs) && (kuid_equal(mine, at(theirs)->euid) || kuid_equal(mine, at(theirs)->uid));
}

/* RLIMIT_NICE counts 20 - nice: 1 (nice 19) to 40 (nice -20). */
static bool may_have_nice(const struct thread *t, int nice)
{
	return capable(CAP_SYS_NICE) || (uint64_t)(20 - nice) <= read_once(t->process->limits.limit[RLIMIT_NICE].rlim_cur);
}

struct policy_change {
	unsigned policy;
	int nice;
	unsigned priority;
	bool reset_on_fork;
};

/* What an unprivileged caller may not do, as sched(7) lists it. */
static bool may_change(struct thread *t, const struct policy_change *c)
{
	uint64_t limit = read_once(t->process->limits.limit[RLIMIT_RTPRIO].rlim_cur);
	const struct task *task = &t->task;

	if (capable(CAP_SYS_NICE))
		return true;
	if (!is_rt_policy(c->policy) && c->nice < task->nice && !may_have_nice(t, c->nice))
		return false;
	if (is_rt_policy(c->policy)) {
		if (c->policy != task->policy && limit == 0)
			return false;
		if (c->priority > task->rt_priority && c->priority > limit)
			return false;
	}
	if (task->policy == POLICY_IDLE && c->policy != POLICY_IDLE && !may_have_nice(t, task->nice))
		return false;
	return may_schedule(t) && (c->reset_on_fork || !task->reset_on_fork);
}

static result(long) policy_change(struct thread *t, const struct policy_change *c)
{
	if (!is_policy(c->policy))
		return FAIL(EINVAL);
	if (is_rt_policy(c->policy) ? c->priority < RT_PRIORITY_MIN || c->priority > RT_PRIORITY_MAX : c->priority != 0)
		return FAIL(EINVAL);
	if (!may_change(t, c))
		return FAIL(EPERM);
	t->task.reset_on_fork = c->reset_on_fork;
	task_set_policy(&t->task, c->policy, c->nice, c->priority);
	return OK(long, 0);
}

SYSCALL(sched_yield)
{
	task_yield(cs);
	return OK(long, 0);
}

SYSCALL(sched_setscheduler, int pid, int policy, user_in_abi_sched_param param)
{
	abi_sched_param p;

	if (policy < 0 || user_is_null(param) || pid < 0)
		return FAIL(EINVAL);
	TRY(copy_in(&p, param));
	own(thread_ref, t, TRY(target_find(pid)));
	return policy_change(at(t), &(struct policy_change){
		.policy = (unsigned)policy & ~SCHED_RESET_ON_FORK,
		.reset_on_fork = policy & SCHED_RESET_ON_FORK,
		.priority = p.priority,
		.nice = at(t)->task.nice,
	});
}

SYSCALL(sched_setparam, int pid, user_in_abi_sched_param param)
{
	abi_sched_param p;

	if (user_is_null(param) || pid < 0)
		return FAIL(EINVAL);
	TRY(copy_in(&p, param));
	own(thread_ref, t, TRY(target_find(pid)));
	return policy_change(at(t), &(struct policy_change){
		.policy = at(t)->task.policy,
		.reset_on_fork = at(t)->task.reset_on_fork,
		.priority = p.priority,
		.nice = at(t)->task.nice,
	});
}

SYSCALL(sched_getscheduler, int pid)
{
	own(thread_ref, t, TRY(target_find(pid)));

	return OK(long, at(t)->task.policy | (at(t)->task.reset_on_fork ? SCHED_RESET_ON_FORK : 0));
}

SYSCALL(sched_getparam, int pid, user_out_abi_sched_param param)
{
	abi_sched_param p;

	if (user_is_null(param) || pid < 0)
		return FAIL(EINVAL);
	own(thread_ref, t, TRY(target_find(pid)));
	p.priority = is_rt_policy(at(t)->task.policy) ? at(t)->task.rt_priority : 0;
	TRY(copy_out(param, &p));
	return OK(long, 0);
}

SYSCALL(sched_get_priority_max, int policy)
{
	if (policy < 0 || !is_policy(policy))
		return FAIL(EINVAL);
	return OK(long, is_rt_policy(policy) ? RT_PRIORITY_MAX : 0);
}

SYSCALL(sched_get_priority_min, int policy)
{
	if (policy < 0 || !is_policy(policy))
		return FAIL(EINVAL);
	return OK(long, is_rt_policy(policy) ? RT_PRIORITY_MIN : 0);
}

SYSCALL(sched_rr_get_interval, int pid, user_out_timespec64 interval)
{
	own(thread_ref, t, TRY(target_find(pid)));
	unsigned policy = at(t)->task.policy;
	int64_t ms = policy == POLICY_RR ? RR_INTERVAL_MS : policy == POLICY_FIFO ? 0 : FAIR_INTERVAL_MS;
	timespec64 ts = nsec_to_timespec(nsec_from_msec(ms));

	TRY(copy_out(interval, &ts));
	return OK(long, 0);
}

/* sched_setattr(2). ------------------------------------------------------------------------------------------------- */

#define ATTR_FLAGS (SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS)

/* Tells the caller our size and refuses: the structure is one we cannot read. */
static result(unit) attr_too_big(user_abi_sched_attr attr, struct can_sleep cs)
{
	RETURNS(unit);
	uint32_t size = sizeof(abi_sched_attr);

	TRY(copy_out(user_cast(uint32_t, attr), &size));
	return FAIL(E2BIG);
}

/* A structure of the caller's size: missing fields are 0, fields we do not know must be 0 (E2BIG). */
static result(unit) attr_read(abi_sched_attr *a, user_abi_sched_attr attr, struct can_sleep cs)
{
	RETURNS(unit);
	user_addr bytes = user_addr_from(user_value(attr));
	uint32_t size;

	TRY(copy_in(&size, user_cast(uint32_t, attr)));
	if (size == 0)
		size = SCHED_ATTR_SIZE_VER0;
	if (size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		return attr_too_big(attr, cs);
	*a = (abi_sched_attr){};
	TRY(copy_from_user(a, bytes, min(size, (uint32_t)sizeof(*a)), cs));
	for (uint32_t i = sizeof(*a); i < size; i++) {
		uint8_t rest;

		TRY(copy_in(&rest, user_from(uint8_t, user_value(attr) + i)));
		if (rest)
			return attr_too_big(attr, cs);
	}
	return DONE;
}

SYSCALL(sched_setattr, int pid, user_abi_sched_attr attr, unsigned flags)
{
	abi_sched_attr a;

	if (user_is_null(attr) || pid < 0 || flags)
		return FAIL(EINVAL);
	TRY(attr_read(&a, attr, cs));
	if ((int32_t)a.sched_policy < 0)
		return FAIL(EINVAL);
	own(thread_ref, t, TRY(target_find(pid)));
	const struct task *task = &at(t)->task;
	bool keep = a.sched_flags & SCHED_FLAG_KEEP_PARAMS;
	if (a.sched_flags & (SCHED_FLAG_UTIL_CLAMP_MIN | SCHED_FLAG_UTIL_CLAMP_MAX))
		return FAIL(EOPNOTSUPP);
	if (a.sched_flags & ~(uint64_t)ATTR_FLAGS)
		return FAIL(EINVAL);
	return policy_change(at(t), &(struct policy_change){
		.policy = a.sched_flags & SCHED_FLAG_KEEP_POLICY ? task->policy : a.sched_policy,
		.reset_on_fork = a.sched_flags & SCHED_FLAG_RESET_ON_FORK,
		.priority = keep ? task->rt_priority : a.sched_priority,
		.nice = keep ? task->nice : max(min(a.sched_nice, (int)NICE_MAX), (int)NICE_MIN),
	});
}

SYSCALL(sched_getattr, int pid, user_out_abi_sched_attr attr, unsigned bytes, unsigned flags)
{
	if (user_is_null(attr) || pid < 0 || bytes < SCHED_ATTR_SIZE_VER0 || bytes > PAGE_SIZE || flags)
		return FAIL(EINVAL);
	own(thread_ref, t, TRY(target_find(pid)));
	const struct task *task = &at(t)->task;
	abi_sched_attr a = {
		.size = min(bytes, (unsigned)sizeof(a)),
		.sched_policy = task->policy,
		.sched_flags = task->reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0,
		.sched_nice = is_rt_policy(task->policy) ? 0 : task->nice,
		.sched_priority = is_rt_policy(task->policy) ? task->rt_priority : 0,
	};

	TRY(copy_to_user(user_addr_from(user_value(attr)), &a, a.size, cs));
	return OK(long, 0);
}

/* Affinity. -------------------------------------------------------------------------------------------------------- */

SYSCALL(sched_setaffinity, int pid, unsigned bytes, user_addr mask)
{
	struct cpu_mask wanted = {};

	TRY(copy_from_user(&wanted, mask, min(bytes, (unsigned)sizeof(wanted)), cs));
	own(thread_ref, t, TRY(target_find_or_esrch(pid)));
	if (!may_schedule(at(t)))
		return FAIL(EPERM);
	TRY(task_set_affinity(&at(t)->task, &wanted));
	return OK(long, 0);
}

SYSCALL(sched_getaffinity, int pid, unsigned bytes, user_addr mask)
{
	struct cpu_mask all;

	if (bytes * 8ul < cpus_online || bytes % sizeof(long))
		return FAIL(EINVAL);
	own(thread_ref, t, TRY(target_find_or_esrch(pid)));
	task_get_affinity(&at(t)->task, &all);
	size_t n = min((size_t)bytes, align_up((cpus_online + 7) / 8ul, sizeof(long)));
	TRY(copy_to_user(mask, &all, n, cs));
	return OK(long, n);
}

/* Priorities. ------------------------------------------------------------------------------------------------------ */

enum { PRIORITY_OF_PROCESS, PRIORITY_OF_GROUP, PRIORITY_OF_USER };

/* Calls fn for each thread that (which, who) names; how many there were. */
typedef void (*thread_visit)(struct thread *t, void *context);

static bool process_matches(struct process *p, int which, int who)
{
	if (which == PRIORITY_OF_GROUP)
		return process_group_nr(p).nr == (who ? who : process_group_nr(current_process()).nr);
	own(thread_ref, leader, thread_find(process_nr(p)));
	if (is_none(leader))
		return false;
	own(cred_ref, c, thread_cred(at(leader)));
	return !is_none(c) && at(c)->uid.id == (who ? (uint32_t)who : current_cred()->uid.id);
}

static unsigned visit_processes(int which, int who, thread_visit fn, void *context)
{
	unsigned count = 0;
	pid_nr_t nr = { 1 };

	for (;;) {
		own(process_ref, p, process_next(nr));
		if (is_none(p))
			return count;
		nr.nr = process_nr(at(p)).nr + 1;
		if (!process_matches(at(p), which, who))
			continue;
		for (pid_nr_t tid = { 1 };; ) {
			own(thread_ref, t, process_thread_next(at(p), tid));
			if (is_none(t))
				break;
			tid.nr = at(t)->task.id.nr + 1;
			fn(at(t), context);
			count++;
		}
	}
}

static result(unit) visit_threads(int which, int who, thread_visit fn, void *context)
{
	RETURNS(unit);

	if (which < PRIORITY_OF_PROCESS || which > PRIORITY_OF_USER)
		return FAIL(EINVAL);
	if (which != PRIORITY_OF_PROCESS)
		return visit_processes(which, who, fn, context) ? DONE : FAIL(ESRCH);
	attempt_own(thread_ref, t, err, target_find(who));
	if (err)
		return FAIL(ESRCH);
	fn(at(t), context);
	return DONE;
}

static void least_nice(struct thread *t, void *context)
{
	int *least = context;

	*least = min(*least, (int)t->task.nice);
}

struct nice_change { int nice, err; };

static void set_nice(struct thread *t, void *context)
{
	struct nice_change *c = context;

	if (!may_schedule(t))
		c->err = EPERM;
	else if (c->nice < t->task.nice && !may_have_nice(t, c->nice))
		c->err = EACCES;
	else
		task_set_policy(&t->task, t->task.policy, c->nice, t->task.rt_priority);
}

SYSCALL(getpriority, int which, int who)
{
	int least = NICE_MAX;

	TRY(visit_threads(which, who, least_nice, &least));
	return OK(long, 20 - least);		/* never negative: setpriority(2) NOTES */
}

SYSCALL(setpriority, int which, int who, int nice)
{
	struct nice_change c = { .nice = max(min(nice, (int)NICE_MAX), (int)NICE_MIN) };

	TRY(visit_threads(which, who, set_nice, &c));
	return c.err ? FAIL(c.err) : OK(long, 0);
}
