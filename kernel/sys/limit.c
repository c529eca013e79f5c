/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls on resources: what was used and what may be used. getrusage(2), times(2), getrlimit(2), prlimit(2), personality(2). */
#include <murre/timers.h>
#include <murre/syscall.h>
#include "usage.h"

enum { CLOCK_TICKS = 100, DESCRIPTORS_MAX = 1048576 };
#define NSEC_PER_TICK (NSEC_PER_SEC / CLOCK_TICKS)

result(unit) usage_out(user_out_abi_rusage to, const struct usage *u, struct can_sleep cs)
{
	RETURNS(unit);
	timeval64 user = nsec_to_timeval(u->user), system = nsec_to_timeval(u->system);
	abi_rusage r = {
		.ru_utime = { user.tv_sec, user.tv_usec },
		.ru_stime = { system.tv_sec, system.tv_usec },
		.ru_maxrss = u->peak_resident * (PAGE_SIZE / 1024),
		.ru_minflt = u->minor_faults,
		.ru_majflt = u->major_faults,
		.ru_inblock = u->blocks_in,
		.ru_oublock = u->blocks_out,
		.ru_nvcsw = u->switches_voluntary,
		.ru_nivcsw = u->switches_forced,
	};

	return copy_out(to, &r);
}

static void peak_from_space(struct usage *u)
{
	const struct vm_space *s = current_space();

	u->peak_resident = max(u->peak_resident, max(read_once(s->peak_resident), vm_space_resident(s)));
}

SYSCALL(getrusage, int who, user_out_abi_rusage usage)
{
	struct usage u;

	switch (who) {
	case RUSAGE_SELF:
		process_usage(current_process(), &u);
		peak_from_space(&u);
		break;
	case RUSAGE_CHILDREN:
		process_children_usage(current_process(), &u);
		break;
	case RUSAGE_THREAD:
		thread_usage(current_thread(), &u);
		peak_from_space(&u);
		break;
	default:
		return FAIL(EINVAL);
	}
	TRY(usage_out(usage, &u, cs));
	return OK(long, 0);
}

SYSCALL(times, user_out_abi_tms buf)
{
	struct usage mine, children;

	if (!user_is_null(buf)) {
		process_usage(current_process(), &mine);
		process_children_usage(current_process(), &children);
		abi_tms t = {
			.tms_utime = mine.user.ns / NSEC_PER_TICK,
			.tms_stime = mine.system.ns / NSEC_PER_TICK,
			.tms_cutime = children.user.ns / NSEC_PER_TICK,
			.tms_cstime = children.system.ns / NSEC_PER_TICK,
		};
		TRY(copy_out(buf, &t));
	}
	return OK(long, clock_now().ns / NSEC_PER_TICK);
}

/* Limits. ---------------------------------------------------------------------------------------------------------- */

static abi_rlimit limit_get(struct process *p, unsigned resource)
{
	hold(process_signals, s, &p->signals);
	return p->limits.limit[resource];
}

/* The address space reads its limits without going through the process. */
static void limits_to_space(struct process *p)
{
	own(thread_ref, leader, process_leader(p));
	own(vm_space_ref, s, is_none(leader) ? none(vm_space_ref) : thread_space(at(leader)));

	if (is_none(s))
		return;
	write_once(at(s)->limits.stack, p->limits.limit[RLIMIT_STACK].rlim_cur);
	write_once(at(s)->limits.data, p->limits.limit[RLIMIT_DATA].rlim_cur);
	write_once(at(s)->limits.as, p->limits.limit[RLIMIT_AS].rlim_cur);
	write_once(at(s)->limits.memlock, p->limits.limit[RLIMIT_MEMLOCK].rlim_cur);
}

static result(unit) limit_set(struct process *p, unsigned resource, abi_rlimit now)
{
	RETURNS(unit);

	if (now.rlim_cur > now.rlim_max)
		return FAIL(EINVAL);
	if (resource == RLIMIT_NOFILE && now.rlim_max > DESCRIPTORS_MAX)
		return FAIL(EPERM);
	{
		hold(process_signals, s, &p->signals);
		abi_rlimit *limit = &p->limits.limit[resource];
		if (now.rlim_max > limit->rlim_max && !capable(CAP_SYS_RESOURCE))
			return FAIL(EPERM);
		write_once(limit->rlim_cur, now.rlim_cur);
		write_once(limit->rlim_max, now.rlim_max);
	}
	if (resource == RLIMIT_CPU)
		cpu_limit_changed(p);
	limits_to_space(p);
	return DONE;
}

SYSCALL(getrlimit, unsigned resource, user_out_abi_rlimit limit)
{
	if (resource >= RLIM_NLIMITS)
		return FAIL(EINVAL);
	abi_rlimit now = limit_get(current_process(), resource);
	TRY(copy_out(limit, &now));
	return OK(long, 0);
}

SYSCALL(setrlimit, unsigned resource, user_in_abi_rlimit limit)
{
	abi_rlimit now;

	TRY(copy_in(&now, limit));
	if (resource >= RLIM_NLIMITS)
		return FAIL(EINVAL);
	TRY(limit_set(current_process(), resource, now));
	return OK(long, 0);
}

/* All ids of the other match the caller's real ones, or CAP_SYS_RESOURCE. */
static bool may_limit(struct process *p)
{
	const struct cred *mine = current_cred();
	own(thread_ref, leader, process_leader(p));

	if (p == current_process() || capable(CAP_SYS_RESOURCE))
		return true;
	if (is_none(leader))
		return false;
	own(cred_ref, theirs, thread_cred(at(leader)));
	const struct cred *c = at(theirs);
	return kuid_equal(mine->uid, c->euid) && kuid_equal(mine->uid, c->suid) && kuid_equal(mine->uid, c->uid) &&
	       kgid_equal(mine->gid, c->egid) && kgid_equal(mine->gid, c->sgid) && kgid_equal(mine->gid, c->gid);
}

SYSCALL(prlimit64, int pid, unsigned resource, user_in_abi_rlimit new_limit, user_out_abi_rlimit old_limit)
{
	abi_rlimit now = {}, before;

	if (resource >= RLIM_NLIMITS)
		return FAIL(EINVAL);
	if (!user_is_null(new_limit))
		TRY(copy_in(&now, new_limit));
	own(thread_ref, t, pid ? thread_find((pid_nr_t){ pid }) : thread_share_ref(current_thread()));
	if (is_none(t))
		return FAIL(ESRCH);
	struct process *p = at(t)->process;
	if (!may_limit(p))
		return FAIL(EPERM);
	before = limit_get(p, resource);
	if (!user_is_null(new_limit))
		TRY(limit_set(p, resource, now));
	if (!user_is_null(old_limit))
		TRY(copy_out(old_limit, &before));
	return OK(long, 0);
}

SYSCALL(personality, unsigned persona)
{
	struct process *p = current_process();
	unsigned before = p->personality;

	if (persona != 0xffffffff)
		p->personality = persona;
	return OK(long, before);
}
