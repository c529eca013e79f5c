/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Credentials and user accounts. A cred is a draft while its maker fills it, never changes once published, and is freed
 * by RCU when its last reference goes, because others read a task's credentials without a lock. Accounts, one for each
 * real user id in use, are found through a small hash table under its own lock. credentials(7), capabilities(7).
 */
#include <murre/cred.h>
#include <murre/jobs.h>
#include <murre/slab.h>
#include <murre/string.h>

DEFINE_BOX(cred, struct cred)
DEFINE_BOX_CACHE(cred, struct cred);
DEFINE_BOX(user_account, struct user_account)
DEFINE_BOX_CACHE(user_account, struct user_account);

enum { ACCOUNT_BUCKETS = 64 };
struct account_table { struct user_account *bucket[ACCOUNT_BUCKETS]; };
DEFINE_GUARDED_IRQ(account_table, struct account_table, RANK_PID)
static guarded(account_table) accounts;

static struct user_account account_root = { .refs = REFCOUNT_ONE };
struct cred cred_root = {
	.refs = REFCOUNT_ONE,
	.cap_permitted = CAPS_ALL,
	.cap_effective = CAPS_ALL,
	.cap_bounding = CAPS_ALL,
	.account = &account_root,
};

/* The tiers above register here; no program exists before they have. */
const struct job_ops *job_ops;
void (*session_ended)(struct pid *session, struct can_sleep cs);

static struct cred *cred_writable(const struct cred *c);
static void cred_free(struct rcu_head *head);
static user_account_ref account_take(struct user_account *a, kuid_t uid);

handles_are_counted(cred_draft, struct cred, refs);
handles_are_counted(cred_ref, struct cred, refs);

void cred_release(const struct cred *c)
{
	struct cred *w = cred_writable(c);

	if (refcount_dec(&w->refs))
		rcu_free(&w->rcu, cred_free);
}

cred_ref cred_share(const struct cred *c)
{
	refcount_inc(&cred_writable(c)->refs);
	return handle_from(cred_ref, c);
}

bool cred_try_share(const struct cred *c) { return refcount_inc_not_zero(&cred_writable(c)->refs); }

result(cred_draft) cred_draft_new(void)
{
	RETURNS(cred_draft);
	own(cred_box, box, TRY(cred_box_new()));
	struct cred *c = at(box);

	*c = *current_cred();
	refcount_init(&c->refs, 1);
	(void)into_raw(user_account_share(c->account));
	if (c->groups) {
		refcount_inc(&c->groups->refs);
		(void)into_raw(handle_from(group_list_ref, c->groups));
	}
	return OK(cred_draft, handle_from(cred_draft, unbox(box)));
}

void cred_discard(struct cred *c)
{
	cred_free(&c->rcu);
}

result(unit) cred_set_uid(struct cred *draft, kuid_t uid)
{
	RETURNS(unit);

	if (!kuid_equal(draft->account->uid, uid)) {
		own(user_account_ref, a, TRY(user_account_find(uid)));
		end_raw(user_account_ref, draft->account);
		draft->account = into_raw(give(a));
	}
	draft->uid = uid;
	return DONE;
}

void cred_publish(cred_draft d)
{
	own(cred_draft, draft, give(d));
	struct task *t = current();
	const struct cred *old = t->cred;
	const struct cred *now = into_raw(handle_from(cred_ref, into_count(give(draft))));

	if (now->account != old->account) {
		__atomic_add_fetch(&now->account->threads, 1, __ATOMIC_RELAXED);
		__atomic_sub_fetch(&old->account->threads, 1, __ATOMIC_RELAXED);
	}
	rcu_store(t->cred, now);
	end_raw(cred_ref, old);
}

bool cred_in_group(const struct cred *c, kgid_t g)
{
	const struct group_list *l = c->groups;
	unsigned from = 0, to = l ? l->count : 0;

	if (kgid_equal(c->fsgid, g))
		return true;
	while (from < to) {
		unsigned middle = from + (to - from) / 2;
		if (l->ids[middle].id == g.id)
			return true;
		if (l->ids[middle].id < g.id)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

result(group_list_ref) group_list_new(unsigned count)
{
	RETURNS(group_list_ref);
	own(bytes_box, b, TRY(bytes_box_new(sizeof(struct group_list) + count * sizeof(kgid_t))));
	struct group_list *g = unbox(b);

	refcount_init(&g->refs, 1);
	g->count = count;
	return OK(group_list_ref, handle_from(group_list_ref, g));
}

handles_are_counted(group_list_ref, struct group_list, refs);

void group_list_release(struct group_list *g)
{
	if (refcount_dec(&g->refs))
		end_raw(bytes_box, g);
}

/* Heap sort: in place, without a bad case. */
void group_list_sort(struct group_list *g)
{
	kgid_t *a = g->ids;
	unsigned n = g->count;

	for (unsigned start = n / 2; n > 1;) {
		if (start > 0) {
			start--;
		} else {
			kgid_t top = a[0];
			a[0] = a[--n];
			a[n] = top;
		}
		for (unsigned i = start, child; (child = 2 * i + 1) < n; i = child) {
			if (child + 1 < n && a[child + 1].id > a[child].id)
				child++;
			if (a[i].id >= a[child].id)
				break;
			kgid_t swap = a[i];
			a[i] = a[child];
			a[child] = swap;
		}
	}
}

result(user_account_ref) user_account_find(kuid_t uid)
{
	RETURNS(user_account_ref);

	if (uid.id == 0)
		return OK(user_account_ref, user_account_share(&account_root));
	own(user_account_box, fresh, TRY(user_account_box_new()));
	own(user_account_ref, found, none(user_account_ref));
	hold(account_table, t, &accounts);
	struct user_account **bucket = &in(t)->bucket[uid.id % ACCOUNT_BUCKETS];
	found = account_take(*bucket, uid);
	if (!is_none(found))
		return OK(user_account_ref, give(found));

	struct user_account *a = unbox(fresh);
	refcount_init(&a->refs, 1);
	a->uid = uid;
	a->next = *bucket;
	*bucket = a;
	return OK(user_account_ref, handle_from(user_account_ref, a));
}

handles_are_counted(user_account_ref, struct user_account, refs);

void user_account_release(struct user_account *a)
{
	if (!refcount_dec(&a->refs))
		return;
	{
		hold(account_table, t, &accounts);
		struct user_account **link = &in(t)->bucket[a->uid.id % ACCOUNT_BUCKETS];
		while (*link != a)
			link = &(*link)->next;
		*link = a->next;
	}
	user_account_box_free(a);
}

/* An account that is on its way out is as good as none: its last holder waits for the lock to unlink it. */
static user_account_ref account_take(struct user_account *a, kuid_t uid)
{
	for (; a; a = a->next)
		if (kuid_equal(a->uid, uid) && refcount_inc_not_zero(&a->refs))
			return handle_from(user_account_ref, a);
	return none(user_account_ref);
}

static struct cred *cred_writable(const struct cred *c)
{
	unsafe_because("only the reference count of a published cred changes");
	return (struct cred *)c;
}

EMBEDDED(cred, rcu_head, rcu)

static void cred_free(struct rcu_head *head)
{
	struct cred *c = cred_of_rcu_head(head);

	if (c->groups)
		end_raw(group_list_ref, c->groups);
	end_raw(user_account_ref, c->account);
	cred_box_free(c);
}
