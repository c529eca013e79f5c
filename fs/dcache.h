/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the dentry cache, for path lookup and the tree of mounts: its lock, and the sequence count by which walks
 * without locks learn that names or mounts moved under them. The count is odd while something moves.
 */
#pragma once
#include <murre/base/access.h>
#include <murre/inode.h>

DEFINE_LIST(unused_dentry, struct dentry, unused)
struct dcache {
	struct unused_dentry_list unused;
	unsigned unused_count;
};
DEFINE_GUARDED(dcache, struct dcache, RANK_DENTRY)
extern guarded(dcache) dcache;
extern uint32_t name_seq;

/* Where a walk without locks starts; pairs with names_move_end. */
static inline uint32_t name_seq_read(void)
{
	uint32_t seq;

	while (unlikely((seq = __atomic_load_n(&name_seq, __ATOMIC_ACQUIRE)) & 1))
		arch_cpu_relax();
	return seq;
}

/* True when nothing moved since: what was read in between is consistent. Pairs with names_move_begin. */
static inline bool name_seq_valid(uint32_t seq)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return likely(read_once(name_seq) == seq);
}

/* The same after a reference was taken: a mover that did not see the reference is seen here, and the other way round. */
static inline bool name_seq_valid_counted(uint32_t seq)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return likely(read_once(name_seq) == seq);
}

static inline void names_move_begin(dcache_locked held)
{
	__atomic_store_n(&name_seq, name_seq + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void names_move_end(dcache_locked held) { __atomic_store_n(&name_seq, name_seq + 1, __ATOMIC_RELEASE); }

void dcache_start(void);
uint64_t name_word_slow(const char *p);

#define NAME_BYTES(b) (0x0101010101010101ull * (b))
static inline uint64_t name_zero_bytes(uint64_t w) { return (w - NAME_BYTES(1)) & ~w; }
static always_inline uint64_t name_mix(uint64_t h, uint64_t w) { return (h ^ w) * 0x9e3779b97f4a7c15ull; }

/* Reads the component at text (up to '/' or NUL), with its hash: by words, but none that reaches into the next page. */
static always_inline struct name name_scan(const char *text)
{
	uint64_t h = 0, w, ends;
	const char *p = text;

	for (;; p += 8) {
		if (likely(readable_beyond(p, 8)))
			__builtin_memcpy(&w, p, 8);
		else
			w = name_word_slow(p);
		ends = (name_zero_bytes(w) | name_zero_bytes(w ^ NAME_BYTES('/'))) & NAME_BYTES(0x80);
		if (likely(ends))
			break;
		h = name_mix(h, w);
	}
	/* The lowest bit of ends is the top one of the first byte that is not the name's. */
	h = name_mix(h, w & ((ends & -ends) - 1) >> 7);
	return (struct name){
		.bytes = text,
		.length = (uint32_t)(p - text) + (uint32_t)__builtin_ctzll(ends) / 8,
		.hash = (uint32_t)(h >> 32),
	};
}

/* Makes lookups find d; the table counts it. */
void dentry_hash(struct dentry *d);
/* The opposite; the table's reference is the caller's to release, outside the lock. */
void dentry_unhash(dcache_locked c, struct dentry *d);
/* The chain alone, for moves. */
void dentry_chain_insert(struct dentry *d) needs_lock(dcache_role);
void dentry_chain_remove(struct dentry *d) needs_lock(dcache_role);
/* What the last reference's release does. */
void dentry_end(struct dentry *d);
/* The cached dentry of a name, not counted; under RCU, and true only if name_seq_valid afterwards. NULL: not cached. */
struct dentry *dentry_find(const struct dentry *dir, const struct name *n);
static inline bool dentry_is_valid(struct dentry *d)
{
	return likely(!d->ops || !d->ops->still_valid) || d->ops->still_valid(d);
}
/* A dentry that no lookup finds: a name below dir that may be created, or of an inode without a name. ENOMEM. */
result(dentry_ref) dentry_new(struct dentry *dir, const struct name *n);
/* A dentry that is its own parent: roots, and what stands for pseudo files. ENOMEM. */
result(dentry_ref) dentry_alone(inode_ref i, const struct name *n);

/* Room for a long name, made before the move that cannot fail. */
struct name_block;
void name_block_discard(struct name_block *b);
DEFINE_HANDLE(name_block_box, struct name_block, name_block_discard)
/* None when the name fits into a dentry. ENOMEM. */
result(name_block_box) name_block_for(const struct name *n);
/* What was looked up; what has the name, if anything. */
const struct name *name_text(const name_lookup *l);
dentry_ref name_peek(const name_lookup *l);
/* d takes the place and the name of `to`, whose own dentry is forgotten. The caller holds the directories' mutexes. */
void dentry_move(struct dentry *d, const name_lookup *to, name_block_box block);
/* d and e, both with inodes, change places. */
void dentry_exchange(struct dentry *d, struct dentry *e);
/* Is d below (or the same as) top? The caller keeps directories from moving. */
bool dentry_is_below(const struct dentry *d, const struct dentry *top);
/* Forgets all names of a filesystem nobody can reach any more. */
void dentries_forget_all(struct superblock *sb);
