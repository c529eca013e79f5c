/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dentries: names in directories and what they stand for. One is made when a name is looked up or about to be created,
 * hashed (dcache.c) when lookups are to find it, and ends with its last reference; its memory goes after a grace period.
 * Moving one (rename) changes its parent and name in place between two steps of name_seq; readers without locks who may
 * have seen half of it notice and start over.
 */
#include "dcache.h"
#include <murre/base/address.h>
#include <murre/slab.h>
#include <murre/string.h>

struct name_block {
	struct rcu_head rcu;
	char bytes[NAME_BYTES_MAX + 1 + 8];
};
DEFINE_BOX(name_block_slab, struct name_block)
DEFINE_BOX_CACHE(name_block_slab, struct name_block);
DEFINE_BOX(dentry, struct dentry)
DEFINE_BOX_CACHE(dentry, struct dentry);

/* The three faces of a dentry. */
DEFINE_FACE(looked_up_name, dentry)
DEFINE_FACE(new_name, dentry)
static struct dentry *dentry_of(const name_lookup *l) { return dentry_of_looked_up_name(at(*l)); }
static name_lookup lookup_of(dentry_ref d) { return handle_from(name_lookup, looked_up_name_of_dentry(into_count(give(d)))); }
static dentry_ref dentry_get(struct dentry *dir, const struct name *n);
static void inode_attach(struct dentry *d, inode_ref i);
static void name_store(struct dentry *d, const struct name *n, struct name_block *block);
static void name_block_free(struct rcu_head *head);

/* Names. ----------------------------------------------------------------------------------------------------------- */

struct name name_of(const char *text) { return name_scan(text); }

result(name_block_box) name_block_for(const struct name *n)
{
	RETURNS(name_block_box);

	if (likely(n->length <= DENTRY_INLINE_NAME))
		return OK(name_block_box, none(name_block_box));
	own(name_block_slab_box, b, TRY(name_block_slab_box_new()));
	return OK(name_block_box, handle_from(name_block_box, unbox(b)));
}

/* The block that d's long name stands in. */
static struct name_block *name_block_of(const struct dentry *d)
{
	return overlay(struct name_block, d->name.bytes - offsetof(struct name_block, bytes));
}

void name_block_discard(struct name_block *b) { name_block_slab_box_free(b); }

/* Finding. --------------------------------------------------------------------------------------------------------- */

result(name_lookup) dentry_lookup(struct dentry *dir, struct name name, struct can_sleep cs)
{
	RETURNS(name_lookup);

	if (name.length > NAME_BYTES_MAX)
		return FAIL(ENAMETOOLONG);
	own(dentry_ref, d, dentry_get(dir, &name));
	if (!is_none(d) && dentry_is_valid(at(d)))
		return OK(name_lookup, lookup_of(give(d)));
	if (is_none(d) && dir->sb->keeps_names)
		return FAIL(ENOENT);

	hold_mutex(inode_mutex, held, &dir->inode->mutex);
	return dentry_lookup_locked(dir, name, held, cs);
}

result(name_lookup) dentry_lookup_locked(struct dentry *dir, struct name name, inode_mutex_locked held, struct can_sleep cs)
{
	RETURNS(name_lookup);
	const struct inode_ops *ops = dir->inode->ops;

	if (name.length > NAME_BYTES_MAX)
		return FAIL(ENAMETOOLONG);
	own(dentry_ref, d, dentry_get(dir, &name));
	if (!is_none(d) && dentry_is_valid(at(d)))
		return OK(name_lookup, lookup_of(give(d)));
	if (!is_none(d))
		dentry_forget(at(d));
	if (read_once(dir->inode->flags) & INODE_DEAD)
		return FAIL(ENOENT);

	own(dentry_ref, fresh, TRY(dentry_new(dir, &name)));
	if (ops->lookup) {
		own(inode_ref, i, TRY(ops->lookup(dir->inode, at(fresh), cs)));
		if (!is_none(i))
			inode_attach(at(fresh), give(i));
		else if (dir->sb->caches_misses)
			dentry_hash(at(fresh));
	}
	return OK(name_lookup, lookup_of(give(fresh)));
}

enum name_kind name_kind(const name_lookup *l) { return rcu_load(dentry_of(l)->inode) ? NAME_FOUND : NAME_NEW; }

result(dentry_ref) name_found(name_lookup l)
{
	RETURNS(dentry_ref);
	own(name_lookup, name, give(l));

	if (name_kind(&name) != NAME_FOUND)
		return FAIL(ENOENT);
	return OK(dentry_ref, handle_from(dentry_ref, dentry_of_looked_up_name(into_count(give(name)))));
}

result(new_name_ref) name_new(name_lookup l)
{
	RETURNS(new_name_ref);
	own(name_lookup, name, give(l));

	if (name_kind(&name) != NAME_NEW)
		return FAIL(EEXIST);
	return OK(new_name_ref, handle_from(new_name_ref, new_name_of_dentry(dentry_of_looked_up_name(into_count(give(name))))));
}

result(dentry_ref) name_made(new_name_ref n)
{
	RETURNS(dentry_ref);
	own(new_name_ref, name, give(n));
	struct dentry *d = dentry_of_new_name(at(name));

	if (!d->inode)
		return FAIL(EIO);
	(void)into_count(give(name));
	return OK(dentry_ref, handle_from(dentry_ref, d));
}

void new_name_release(struct new_name *n) { dentry_release(dentry_of_new_name(n)); }
void looked_up_name_release(struct looked_up_name *l) { dentry_release(dentry_of_looked_up_name(l)); }
dentry_ref name_peek(const name_lookup *l)
{
	return name_kind(l) == NAME_FOUND ? dentry_share(dentry_of(l)) : none(dentry_ref);
}
const struct name *name_text(const name_lookup *l) { return &dentry_of(l)->name; }

/* The cached dentry with a reference; none: not cached, for certain if nothing moves meanwhile. */
static dentry_ref dentry_get(struct dentry *dir, const struct name *n)
{
	for (;;) {
		struct dentry *d;
		bool counted;
		uint32_t seq;
		{
			hold_rcu(reading);
			seq = name_seq_read();
			d = dentry_find(dir, n);
			counted = d && refcount_inc_not_zero(&d->refs);
		}
		if (counted && !d->recently_used)
			d->recently_used = true;
		if (name_seq_valid_counted(seq))
			return counted ? handle_from(dentry_ref, d) : none(dentry_ref);
		if (counted)
			dentry_release(d);
	}
}

/* Life. ------------------------------------------------------------------------------------------------------------ */

result(dentry_ref) dentry_new(struct dentry *dir, const struct name *n)
{
	RETURNS(dentry_ref);
	own(name_block_box, block, TRY(name_block_for(n)));
	own(dentry_box, box, TRY(dentry_box_new()));
	struct dentry *d = unbox(box);

	refcount_init(&d->refs, 1);
	refcount_inc(&dir->refs);
	d->parent = dir;
	d->sb = dir->sb;
	name_store(d, n, into_raw(give(block)));
	return OK(dentry_ref, handle_from(dentry_ref, d));
}

result(dentry_ref) dentry_alone(inode_ref i, const struct name *n)
{
	RETURNS(dentry_ref);
	own(inode_ref, inode, give(i));
	own(name_block_box, block, TRY(name_block_for(n)));
	own(dentry_box, box, TRY(dentry_box_new()));
	struct dentry *d = unbox(box);

	refcount_init(&d->refs, 1);
	d->parent = d;
	d->sb = at(inode)->sb;
	name_store(d, n, into_raw(give(block)));
	d->inode = into_raw(give(inode));
	return OK(dentry_ref, handle_from(dentry_ref, d));
}

result(dentry_ref) dentry_root(inode_ref i)
{
	struct name slash = { .bytes = "/", .length = 1 };

	return dentry_alone(give(i), &slash);
}

/* A name that may go stale by itself (a process's) leaves the cache with its last user: there it would keep what it stands
 * for alive. To be called by someone who is about to let go. */
static inline void dentry_forget_unused(struct dentry *d)
{
	if (unlikely(d->ops) && refcount_read(&d->refs) == 2)
		dentry_forget(d);
}

void dentry_release(struct dentry *d)
{
	dentry_forget_unused(d);
	if (unlikely(refcount_dec(&d->refs)))
		dentry_end(d);
}

EMBEDDED(dentry, rcu_head, rcu)

static void dentry_free(struct rcu_head *head)
{
	struct dentry *d = dentry_of_rcu_head(head);

	if (d->name.bytes != d->inline_name)
		end_raw(name_block_box, name_block_of(d));
	dentry_box_free(d);
}

/* Ends d and every ancestor that only it held; a loop, since trees are as deep as programs like. */
void dentry_end(struct dentry *d)
{
	for (;;) {
		struct dentry *parent = d->parent;
		struct inode *i = d->inode;
		bool was_root = parent == d;

		rcu_free(&d->rcu, dentry_free);
		if (i)
			end_raw(inode_ref, i);
		if (was_root)
			return;
		dentry_forget_unused(parent);
		if (!refcount_dec(&parent->refs))
			return;
		d = parent;
	}
}

struct dentry *dentry_set_inode(struct new_name *n, inode_ref i)
{
	struct dentry *d = dentry_of_new_name(n);

	inode_attach(d, give(i));
	return d;
}

static void inode_attach(struct dentry *d, inode_ref i)
{
	rcu_store(d->inode, into_raw(give(i)));
	if (!dentry_is_hashed(d))
		dentry_hash(d);
}

void dentry_forget(struct dentry *d)
{
	bool was_hashed;
	{
		hold(dcache, c, &dcache);
		was_hashed = dentry_is_hashed(d);
		if (was_hashed)
			dentry_unhash(c, d);
	}
	if (was_hashed)
		dentry_release(d);
}

void dentries_forget_all(struct superblock *sb)
{
	for (;;) {
		struct dentry *d;
		{
			hold(dcache, c, &dcache);
			d = hashed_dentry_list_first(&sb->dentries);
			if (d)
				dentry_unhash(c, d);
		}
		if (!d)
			return;
		dentry_release(d);
	}
}

/* Moving. ---------------------------------------------------------------------------------------------------------- */

static void parent_change(struct dentry *d, struct dentry *parent, struct dentry **old)
{
	refcount_inc(&parent->refs);
	*old = d->parent;
	rcu_store(d->parent, parent);
}

void dentry_move(struct dentry *d, const name_lookup *to, name_block_box block)
{
	struct dentry *target = dentry_of(to);
	struct name_block *old_block = NULL;
	struct dentry *old_parent;
	bool target_hashed;
	{
		hold(dcache, c, &dcache);
		names_move_begin(c);
		dentry_chain_remove(d);
		target_hashed = dentry_is_hashed(target);
		if (target_hashed)
			dentry_unhash(c, target);
		parent_change(d, target->parent, &old_parent);
		if (d->name.bytes != d->inline_name)
			old_block = name_block_of(d);
		name_store(d, &target->name, into_raw(give(block)));
		dentry_chain_insert(d);
		names_move_end(c);
	}
	if (old_block)
		rcu_free(&old_block->rcu, name_block_free);
	if (target_hashed)
		dentry_release(target);
	dentry_release(old_parent);
}

void dentry_exchange(struct dentry *d, struct dentry *e)
{
	hold(dcache, c, &dcache);
	struct dentry *parent = d->parent;
	struct name d_name = d->name, e_name = e->name;
	char inline_name[DENTRY_INLINE_NAME];

	names_move_begin(c);
	dentry_chain_remove(d);
	dentry_chain_remove(e);
	rcu_store(d->parent, e->parent);
	rcu_store(e->parent, parent);
	memcpy(inline_name, d->inline_name, sizeof(inline_name));
	memcpy(d->inline_name, e->inline_name, sizeof(inline_name));
	memcpy(e->inline_name, inline_name, sizeof(inline_name));
	if (e_name.bytes == e->inline_name)
		e_name.bytes = d->inline_name;
	if (d_name.bytes == d->inline_name)
		d_name.bytes = e->inline_name;
	d->name = e_name;
	e->name = d_name;
	dentry_chain_insert(d);
	dentry_chain_insert(e);
	names_move_end(c);
}

bool dentry_is_below(const struct dentry *d, const struct dentry *top)
{
	for (;; d = d->parent) {
		if (d == top)
			return true;
		if (dentry_is_root(d))
			return false;
	}
}

/* A name that is replaced in place leaves its old block to the caller. */
static void name_store(struct dentry *d, const struct name *n, struct name_block *block)
{
	char *bytes = block ? block->bytes : d->inline_name;

	if (block)
		memset(bytes, 0, sizeof(block->bytes));
	memcpy(bytes, n->bytes, n->length);
	d->name = (struct name){ .bytes = bytes, .length = n->length, .hash = n->hash };
}

EMBEDDED(name_block, rcu_head, rcu)
static void name_block_free(struct rcu_head *head) { end_raw(name_block_box, name_block_of_rcu_head(head)); }

