/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that read and change who the caller acts as: setuid(2) and its family, groups, capabilities. Each change makes a
 * draft, checks it against the old credentials, applies what capabilities(7) says of changed user ids, and publishes it.
 */
#include <linux/prctl.h>
#include <linux/securebits.h>
#include <murre/cred.h>
#include <murre/process.h>
#include <murre/syscall.h>

#define UNCHANGED UINT32_MAX

/* What CAP_SETUID lets a file access be: dropped and regained with fsuid (capabilities(7)). */
#define FS_CAPS (1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_DAC_READ_SEARCH | 1ull << CAP_FOWNER | \
		 1ull << CAP_FSETID | 1ull << CAP_LINUX_IMMUTABLE | 1ull << CAP_MKNOD | 1ull << CAP_MAC_OVERRIDE)

static bool is_one_of(uint32_t id, uint32_t a, uint32_t b, uint32_t c) { return id == a || id == b || id == c; }
static bool any_root(const struct cred *c) { return c->uid.id == 0 || c->euid.id == 0 || c->suid.id == 0; }

static void capabilities_follow_uids(struct cred *now, const struct cred *old)
{
	if (now->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (any_root(old) && !any_root(now)) {
		if (!(now->securebits & SECBIT_KEEP_CAPS))
			now->cap_permitted = now->cap_effective = 0;
		now->cap_ambient = 0;
	}
	if (old->euid.id == 0 && now->euid.id != 0)
		now->cap_effective = 0;
	if (old->euid.id != 0 && now->euid.id == 0)
		now->cap_effective = now->cap_permitted;
}

static void capabilities_follow_fsuid(struct cred *now, const struct cred *old)
{
	if (now->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (old->fsuid.id == 0 && now->fsuid.id != 0)
		now->cap_effective &= ~FS_CAPS;
	if (old->fsuid.id != 0 && now->fsuid.id == 0)
		now->cap_effective |= now->cap_permitted & FS_CAPS;
}

/* A program whose identity changed must not be looked into by its old owner, nor be killed by its old parent's wish. */
static void identity_changed(const struct cred *now, const struct cred *old)
{
	if (now->euid.id == old->euid.id && now->egid.id == old->egid.id && now->fsuid.id == old->fsuid.id &&
	    now->fsgid.id == old->fsgid.id && (now->cap_permitted & ~old->cap_permitted) == 0)
		return;
	current_process()->dumpable = false;
	current_thread()->death_signal = 0;
}

static void publish(cred_draft given)
{
	own(cred_draft, draft, give(given));
	const struct cred *now = at(draft), *old = current_cred();

	identity_changed(now, old);
	if (!kuid_equal(now->uid, old->uid) && now->uid.id != 0)
		current_thread()->too_many_processes =
			(uint64_t)max(now->account->threads, 0) >= current_limit(RLIMIT_NPROC);
	cred_publish(give(draft));
}

/* Sets the four user ids; UNCHANGED keeps one. */
static result(long) change_uids(uint32_t uid, uint32_t euid, uint32_t suid)
{
	const struct cred *old = current_cred();
	own(cred_draft, draft, TRY(cred_draft_new()));
	struct cred *now = at(draft);

	if (uid != UNCHANGED)
		TRY(cred_set_uid(now, (kuid_t){ uid }));
	if (euid != UNCHANGED)
		now->euid = (kuid_t){ euid };
	if (suid != UNCHANGED)
		now->suid = (kuid_t){ suid };
	now->fsuid = now->euid;
	capabilities_follow_uids(now, old);
	capabilities_follow_fsuid(now, old);
	publish(give(draft));
	return OK(long, 0);
}

static result(long) change_gids(uint32_t gid, uint32_t egid, uint32_t sgid)
{
	own(cred_draft, draft, TRY(cred_draft_new()));
	struct cred *now = at(draft);

	if (gid != UNCHANGED)
		now->gid = (kgid_t){ gid };
	if (egid != UNCHANGED)
		now->egid = (kgid_t){ egid };
	if (sgid != UNCHANGED)
		now->sgid = (kgid_t){ sgid };
	now->fsgid = now->egid;
	publish(give(draft));
	return OK(long, 0);
}

SYSCALL(getuid) { return OK(long, current_cred()->uid.id); }
SYSCALL(geteuid) { return OK(long, current_cred()->euid.id); }
SYSCALL(getgid) { return OK(long, current_cred()->gid.id); }
SYSCALL(getegid) { return OK(long, current_cred()->egid.id); }

SYSCALL(setuid, unsigned uid)
{
	const struct cred *c = current_cred();

	if (uid == UNCHANGED)
		return FAIL(EINVAL);
	if (capable(CAP_SETUID))
		return change_uids(uid, uid, uid);
	if (uid != c->uid.id && uid != c->suid.id)
		return FAIL(EPERM);
	return change_uids(UNCHANGED, uid, UNCHANGED);
}

SYSCALL(setgid, unsigned gid)
{
	const struct cred *c = current_cred();

	if (gid == UNCHANGED)
		return FAIL(EINVAL);
	if (capable(CAP_SETGID))
		return change_gids(gid, gid, gid);
	if (gid != c->gid.id && gid != c->sgid.id)
		return FAIL(EPERM);
	return change_gids(UNCHANGED, gid, UNCHANGED);
}

/* The saved id follows the effective one when the real one is set or the effective one becomes another than it was. */
static uint32_t saved_after_re(uint32_t r, uint32_t e, uint32_t old_r, uint32_t old_e)
{
	if (r == UNCHANGED && (e == UNCHANGED || e == old_r))
		return UNCHANGED;
	return e == UNCHANGED ? old_e : e;
}

SYSCALL(setreuid, unsigned ruid, unsigned euid)
{
	const struct cred *c = current_cred();

	if (!capable(CAP_SETUID)) {
		if (ruid != UNCHANGED && ruid != c->uid.id && ruid != c->euid.id)
			return FAIL(EPERM);
		if (euid != UNCHANGED && !is_one_of(euid, c->uid.id, c->euid.id, c->suid.id))
			return FAIL(EPERM);
	}
	return change_uids(ruid, euid, saved_after_re(ruid, euid, c->uid.id, c->euid.id));
}

SYSCALL(setregid, unsigned rgid, unsigned egid)
{
	const struct cred *c = current_cred();

	if (!capable(CAP_SETGID)) {
		if (rgid != UNCHANGED && rgid != c->gid.id && rgid != c->egid.id)
			return FAIL(EPERM);
		if (egid != UNCHANGED && !is_one_of(egid, c->gid.id, c->egid.id, c->sgid.id))
			return FAIL(EPERM);
	}
	return change_gids(rgid, egid, saved_after_re(rgid, egid, c->gid.id, c->egid.id));
}

static bool is_kept_uid(const struct cred *c, uint32_t id)
{
	return id == UNCHANGED || is_one_of(id, c->uid.id, c->euid.id, c->suid.id);
}

static bool is_kept_gid(const struct cred *c, uint32_t id)
{
	return id == UNCHANGED || is_one_of(id, c->gid.id, c->egid.id, c->sgid.id);
}

SYSCALL(setresuid, unsigned ruid, unsigned euid, unsigned suid)
{
	const struct cred *c = current_cred();

	if (!capable(CAP_SETUID) && !(is_kept_uid(c, ruid) && is_kept_uid(c, euid) && is_kept_uid(c, suid)))
		return FAIL(EPERM);
	return change_uids(ruid, euid, suid);
}

SYSCALL(setresgid, unsigned rgid, unsigned egid, unsigned sgid)
{
	const struct cred *c = current_cred();

	if (!capable(CAP_SETGID) && !(is_kept_gid(c, rgid) && is_kept_gid(c, egid) && is_kept_gid(c, sgid)))
		return FAIL(EPERM);
	return change_gids(rgid, egid, sgid);
}

SYSCALL(getresuid, user_out_uint32_t ruid, user_out_uint32_t euid, user_out_uint32_t suid)
{
	const struct cred *c = current_cred();

	TRY(copy_out(ruid, &c->uid.id));
	TRY(copy_out(euid, &c->euid.id));
	TRY(copy_out(suid, &c->suid.id));
	return OK(long, 0);
}

SYSCALL(getresgid, user_out_uint32_t rgid, user_out_uint32_t egid, user_out_uint32_t sgid)
{
	const struct cred *c = current_cred();

	TRY(copy_out(rgid, &c->gid.id));
	TRY(copy_out(egid, &c->egid.id));
	TRY(copy_out(sgid, &c->sgid.id));
	return OK(long, 0);
}

/* Both answer the old id whatever happens, a shortage of memory too (setfsuid(2)). */
SYSCALL(setfsuid, unsigned uid)
{
	const struct cred *c = current_cred();
	uint32_t old = c->fsuid.id;

	if (uid == UNCHANGED || uid == old ||
	    !(capable(CAP_SETUID) || is_one_of(uid, c->uid.id, c->euid.id, c->suid.id)))
		return OK(long, old);
	own(cred_draft, draft, value_or(cred_draft_new(), none(cred_draft)));
	if (is_none(draft))
		return OK(long, old);
	at(draft)->fsuid = (kuid_t){ uid };
	capabilities_follow_fsuid(at(draft), c);
	publish(give(draft));
	return OK(long, old);
}

SYSCALL(setfsgid, unsigned gid)
{
	const struct cred *c = current_cred();
	uint32_t old = c->fsgid.id;

	if (gid == UNCHANGED || gid == old ||
	    !(capable(CAP_SETGID) || is_one_of(gid, c->gid.id, c->egid.id, c->sgid.id)))
		return OK(long, old);
	own(cred_draft, draft, value_or(cred_draft_new(), none(cred_draft)));
	if (is_none(draft))
		return OK(long, old);
	at(draft)->fsgid = (kgid_t){ gid };
	publish(give(draft));
	return OK(long, old);
}

/* Groups. ---------------------------------------------------------------------------------------------------------- */

SYSCALL(getgroups, int count, user_out_uint32_t list)
{
	const struct group_list *g = current_cred()->groups;
	unsigned n = g ? g->count : 0;

	if (count < 0)
		return FAIL(EINVAL);
	if (count == 0)
		return OK(long, n);
	if ((unsigned)count < n)
		return FAIL(EINVAL);
	for (unsigned i = 0; i < n; i++)
		TRY(copy_out(user_elem(list, i), &g->ids[i].id));
	return OK(long, n);
}

SYSCALL(setgroups, int count, user_in_uint32_t list)
{
	if (!capable(CAP_SETGID))
		return FAIL(EPERM);
	if ((unsigned)count > GROUPS_MAX)
		return FAIL(EINVAL);
	own(group_list_ref, groups, TRY(group_list_new(count)));
	for (int i = 0; i < count; i++) {
		TRY(copy_in(&at(groups)->ids[i].id, user_elem(list, i)));
		if (at(groups)->ids[i].id == UNCHANGED)
			return FAIL(EINVAL);
	}
	group_list_sort(at(groups));

	own(cred_draft, draft, TRY(cred_draft_new()));
	if (at(draft)->groups)
		end_raw(group_list_ref, at(draft)->groups);
	at(draft)->groups = into_raw(give(groups));
	cred_publish(give(draft));
	return OK(long, 0);
}

/* Capabilities. ---------------------------------------------------------------------------------------------------- */

/* Words of capability data that a version of the interface carries, 0: no such version (the one we prefer is written
 * back, capget(2)). */
static result(int) capability_words(user_abi_cap_header header, abi_cap_header *h, struct can_sleep cs)
{
	RETURNS(int);
	uint32_t preferred = _LINUX_CAPABILITY_VERSION_3;

	TRY(copy_in(h, header));
	switch (h->version) {
	case _LINUX_CAPABILITY_VERSION_1:
		return OK(int, _LINUX_CAPABILITY_U32S_1);
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		return OK(int, _LINUX_CAPABILITY_U32S_3);
	}
	TRY(copy_out(user_cast(uint32_t, header), &preferred));
	return OK(int, 0);
}

static result(cred_ref) cred_of_pid(int pid)
{
	RETURNS(cred_ref);

	if (pid == 0)
		return OK(cred_ref, cred_share(current_cred()));
	own(thread_ref, t, thread_find((pid_nr_t){ pid }));
	if (is_none(t))
		return FAIL(ESRCH);
	own(cred_ref, c, thread_cred(at(t)));
	if (is_none(c))
		return FAIL(ESRCH);
	return OK(cred_ref, give(c));
}

SYSCALL(capget, user_abi_cap_header header, user_out_abi_cap_data data)
{
	abi_cap_header h;
	int words = TRY(capability_words(header, &h, cs));

	if (user_is_null(data))
		return OK(long, 0);
	if (words == 0 || h.pid < 0)
		return FAIL(EINVAL);
	own(cred_ref, c, TRY(cred_of_pid(h.pid)));
	for (int i = 0; i < words; i++) {
		abi_cap_data d = {
			.effective = (uint32_t)(at(c)->cap_effective >> 32 * i),
			.permitted = (uint32_t)(at(c)->cap_permitted >> 32 * i),
			.inheritable = (uint32_t)(at(c)->cap_inheritable >> 32 * i),
		};

		TRY(copy_out(user_elem(data, i), &d));
	}
	return OK(long, 0);
}

/* The rules of capset(2): each set may only shrink, but for inheritable, which may take from what is permitted. */
static bool capabilities_allowed(const struct cred *now, const struct cred *old)
{
	uint64_t may_inherit = old->cap_inheritable | old->cap_permitted;

	if (!cred_capable(old, CAP_SETPCAP) && (now->cap_inheritable & ~may_inherit))
		return false;
	if (now->cap_inheritable & ~(old->cap_inheritable | old->cap_bounding))
		return false;
	return !(now->cap_permitted & ~old->cap_permitted) && !(now->cap_effective & ~now->cap_permitted);
}

SYSCALL(capset, user_abi_cap_header header, user_in_abi_cap_data data)
{
	abi_cap_header h;
	int words = TRY(capability_words(header, &h, cs));

	if (words == 0)
		return FAIL(EINVAL);
	if (h.pid != 0 && h.pid != current()->id.nr)
		return FAIL(EPERM);
	own(cred_draft, draft, TRY(cred_draft_new()));
	struct cred *now = at(draft);
	now->cap_effective = now->cap_permitted = now->cap_inheritable = 0;
	for (int i = 0; i < words; i++) {
		abi_cap_data d;

		TRY(copy_in(&d, user_elem(data, i)));
		now->cap_effective |= (uint64_t)d.effective << 32 * i & CAPS_ALL;
		now->cap_permitted |= (uint64_t)d.permitted << 32 * i & CAPS_ALL;
		now->cap_inheritable |= (uint64_t)d.inheritable << 32 * i & CAPS_ALL;
	}
	if (!capabilities_allowed(now, current_cred()))
		return FAIL(EPERM);
	now->cap_ambient &= now->cap_permitted & now->cap_inheritable;
	publish(give(draft));
	return OK(long, 0);
}
