/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of the dentry cache: buckets by directory and name, whose chains readers follow under RCU; and its reclaim:
 * names that nobody uses wait in a queue, and the ones that nobody asked for lately go first. Changes hold the one lock
 * `dcache`. A hashed dentry carries a reference of the table's own, so that a count of one means "unused": reclaim takes
 * that last reference atomically, and a reader who wants to keep the dentry fails from then on.
 */
#include "dcache.h"
#include <murre/base/address.h>
#include <murre/log.h>
#include <murre/page.h>
#include <murre/slab.h>
#include <murre/string.h>

#define BUCKETS_MIN 256u
#define BUCKETS_MAX 65536u
#define UNUSED_MIN 128u
#define RECLAIM_BATCH 32u

guarded(dcache) dcache;
uint32_t name_seq;
static struct dentry **buckets;
static unsigned bucket_shift;
static unsigned unused_limit;

void start_code dcache_start(void)
{
	struct page_stats stats;
	unsigned count = BUCKETS_MIN;

	page_stats_get(&stats);
	while (count < BUCKETS_MAX && count * 16 < stats.total)
		count *= 2;
	buckets = bytes_take(count * sizeof(*buckets));
	if (!buckets)
		panic("no memory for the dentry cache");
	bucket_shift = 32 - __builtin_ctz(count);
	unused_limit = max((unsigned)(stats.total / 16), UNUSED_MIN);

	hold(dcache, c, &dcache);
	unused_dentry_list_init(&in(c)->unused);
}

/* Finding. --------------------------------------------------------------------------------------------------------- */

/* Up to the end of the string, for one that may end where the memory does. */
cold_path uint64_t name_word_slow(const char *p)
{
	uint64_t w = 0;

	for (unsigned i = 0; i < 8 && p[i]; i++)
		w |= (uint64_t)(unsigned char)p[i] << i * 8;
	return w;
}

static inline uint64_t word_at(const char *p)
{
	uint64_t w;

	__builtin_memcpy(&w, p, 8);
	return w;
}

/* Long names, and text at the end of a page. */
static cold_path bool name_is_slow(const struct dentry *d, const struct name *n)
{
	const char *bytes = read_once(d->name.bytes);

	return !(n->length > DENTRY_INLINE_NAME && bytes == d->inline_name) && memcmp(bytes, n->bytes, n->length) == 0;
}

/*
 * By words; what a word has beyond the name is shifted out. Reads beyond neither name's storage even when a rename
 * changes d's name meanwhile: a dentry's storage is a multiple of words, blocks for long names all have the same size.
 * Length and hash are known to be equal.
 */
static always_inline bool name_is(const struct dentry *d, const struct name *n)
{
	const char *a = read_once(d->name.bytes), *b = n->bytes;
	uint32_t left = n->length;

	if (unlikely(left > DENTRY_INLINE_NAME || !readable_beyond(b, DENTRY_INLINE_NAME)))
		return name_is_slow(d, n);
	for (; left > 8; left -= 8, a += 8, b += 8)
		if (word_at(a) != word_at(b))
			return false;
	return (word_at(a) ^ word_at(b)) << (64 - 8 * left) == 0;
}

/* Length and hash as one number. */
static inline uint64_t name_key(const struct name *n)
{
	uint64_t key;

	_Static_assert(offsetof(struct name, hash) == offsetof(struct name, length) + 4, "one after the other");
	__builtin_memcpy(&key, &n->length, 8);
	return key;
}

static always_inline struct dentry **bucket_of(const struct dentry *dir, uint32_t hash)
{
	return &buckets[((hash ^ (uint32_t)(pointer_value(dir) >> 6)) * 0x9e3779b1u) >> bucket_shift];
}

struct dentry *dentry_find(const struct dentry *dir, const struct name *n)
{
	struct dentry *d = rcu_load(*bucket_of(dir, n->hash));
	uint64_t key = name_key(n);

	for (; d; d = rcu_load(d->hash_next))
		if (name_key(&d->name) == key && d->parent == dir && name_is(d, n))
			break;
	return d;
}

/* The table. ------------------------------------------------------------------------------------------------------- */

may_sleep void dentry_hash(struct dentry *d)
{
	bool too_many = false;
	{
		hold(dcache, c, &dcache);
		refcount_inc(&d->refs);
		__atomic_or_fetch(&d->flags, DENTRY_HASHED, __ATOMIC_RELAXED);
		dentry_chain_insert(d);
		hashed_dentry_list_push_back(&d->sb->dentries, d);
		if (!d->sb->keeps_names) {
			unused_dentry_list_push_back(&in(c)->unused, d);
			too_many = ++in(c)->unused_count > unused_limit;
		}
	}
	if (unlikely(too_many))
		dcache_reclaim(RECLAIM_BATCH, MAY_SLEEP);
}

/* The cache's reference is the caller's to release, outside the lock. */
void dentry_unhash(dcache_locked c, struct dentry *d)
{
	shown_by(c);
	dentry_chain_remove(d);
	__atomic_and_fetch(&d->flags, ~DENTRY_HASHED, __ATOMIC_RELAXED);
	hashed_dentry_list_remove(d);
	if (unused_dentry_list_linked(d)) {
		unused_dentry_list_remove(d);
		in(c)->unused_count--;
	}
}

void dentry_chain_insert(struct dentry *d)
{
	struct dentry **bucket = bucket_of(d->parent, d->name.hash);

	d->hash_next = *bucket;
	rcu_store(*bucket, d);
}

/* hash_next stays as it is for readers who are at d. */
void dentry_chain_remove(struct dentry *d)
{
	struct dentry **link = bucket_of(d->parent, d->name.hash);

	while (*link != d)
		link = &(*link)->hash_next;
	rcu_store(*link, d->hash_next);
}

/* Takes d out for good if only the cache holds it and it was not used lately; else it goes to the end of the queue. */
static bool dentry_retire(dcache_locked c, struct dentry *d)
{
	if (!d->recently_used && refcount_take_last(&d->refs)) {
		dentry_unhash(c, d);
		return true;
	}
	d->recently_used = false;
	unused_dentry_list_remove(d);
	unused_dentry_list_push_back(&in(c)->unused, d);
	return false;
}

unsigned dcache_reclaim(unsigned n, struct can_sleep may_sleep)
{
	struct unused_dentry_list retired;
	unsigned count = 0;

	unused_dentry_list_init(&retired);
	{
		hold(dcache, c, &dcache);
		for (unsigned looked = 0; looked < 2 * n && count < n; looked++) {
			struct dentry *d = unused_dentry_list_first(&in(c)->unused);

			if (!d)
				break;
			if (dentry_retire(c, d)) {
				unused_dentry_list_push_back(&retired, d);
				count++;
			}
		}
	}
	for (struct dentry *d; (d = unused_dentry_list_pop_front(&retired));)
		dentry_end(d);
	return count;
}
