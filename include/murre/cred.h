/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Credentials: who a task acts as (credentials(7), capabilities(7)). A struct cred never changes once published; a task
 * that changes its identity makes a draft, fills it and publishes it in place of the old one.
 */
#pragma once
#include <murre/base/handle.h>
#include <murre/task.h>
#include <linux/capability.h>

#define GROUPS_MAX 65536
struct group_list {
	refcount_t refs;
	unsigned count;
	kgid_t ids[];			/* sorted */
};

void group_list_release(struct group_list *g);
DEFINE_HANDLE(group_list_ref, struct group_list, group_list_release)
/* A list to fill and sort. ENOMEM. */
result(group_list_ref) group_list_new(unsigned count);
void group_list_sort(struct group_list *g);

/* What all processes of one real user add up to, for RLIMIT_NPROC and RLIMIT_SIGPENDING. Counts change atomically. */
struct user_account {
	refcount_t refs;
	kuid_t uid;
	int threads;
	int queued_signals;
	struct user_account *next;
};
void user_account_release(struct user_account *a);
DEFINE_HANDLE(user_account_ref, struct user_account, user_account_release)
result(user_account_ref) user_account_find(kuid_t uid);
static inline user_account_ref user_account_share(struct user_account *a)
{
	refcount_inc(&a->refs);
	return handle_from(user_account_ref, a);
}

struct cred {
	refcount_t refs;
	kuid_t uid, euid, suid, fsuid;
	kgid_t gid, egid, sgid, fsgid;
	uint64_t cap_permitted, cap_effective, cap_inheritable, cap_bounding, cap_ambient;
	unsigned securebits;
	bool no_new_privs;
	struct group_list *groups;	/* one reference; NULL: none */
	struct user_account *account;	/* of uid; one reference */
	struct rcu_head rcu;
};
void cred_release(const struct cred *c);
DEFINE_HANDLE(cred_ref, const struct cred, cred_release)
void cred_discard(struct cred *c);
DEFINE_HANDLE(cred_draft, struct cred, cred_discard)

static inline const struct cred *current_cred(void) { return current()->cred; }
cred_ref cred_share(const struct cred *c);
/* For readers under RCU: false when it is on its way out. True: the caller has one more reference. */
bool cred_try_share(const struct cred *c);
/* A private copy of the caller's credentials to change. ENOMEM. */
result(cred_draft) cred_draft_new(void);
/* Gives the draft another real user and the account that goes with it. ENOMEM. */
result(unit) cred_set_uid(struct cred *draft, kuid_t uid);
/* Makes the draft the caller's credentials. */
void cred_publish(cred_draft d);
extern struct cred cred_root;		/* all powerful; of the first process and kernel tasks */

static inline bool cred_capable(const struct cred *c, int cap) { return c->cap_effective >> cap & 1; }
static inline bool capable(int cap) { return cred_capable(current_cred(), cap); }
bool cred_in_group(const struct cred *c, kgid_t g);	/* fsgid or supplementary */
#define CAPS_ALL ((1ull << (CAP_LAST_CAP + 1)) - 1)
