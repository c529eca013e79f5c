/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles: a one-pointer struct that owns something. own() ends it with its scope unless give() has moved it out;
 * at() borrows the object. DEFINE_HANDLE(inode_ref, struct inode, inode_release) makes the type, its result and its
 * end. The same object may have several handle types, one per state: a draft is private to its maker, a ref is shared.
 */
#pragma once
#include <murre/base/handle_audit.h>
#include <murre/base/result.h>

#ifdef __clang__
#define forge_proof
#else
#define forge_proof __attribute__((designated_init))
#endif

#define DEFINE_HANDLE(name, T, end) \
	AUDIT_KIND_(name) \
	typedef struct [[nodiscard]] forge_proof checked_as("handle") name { T *hnd_p_; AUDIT_MEMBER_ } name; \
	DEFINE_RESULT_WORD(name); \
	[[maybe_unused]] checked_as("end") static always_inline void name##_end_(name *h) \
	{ \
		if (h->hnd_p_) { \
			audit_end_(h); \
			end(h->hnd_p_); \
		} \
	} \
	[[maybe_unused]] static always_inline void name##_end_raw_(T *p) \
	{ \
		audit_end_raw_(name, p); \
		end(p); \
	}

/* A handle of two objects that live and move together: at(h) is the first, h.member the second. */
#define DEFINE_HANDLE_PAIR(name, T, end, T2, member, end2) \
	AUDIT_KIND_(name) \
	typedef struct [[nodiscard]] forge_proof checked_as("handle") name { T *hnd_p_; T2 *member; AUDIT_MEMBER_ } name; \
	DEFINE_RESULT_WORD(name); \
	[[maybe_unused]] checked_as("end") static always_inline void name##_end_(name *h) \
	{ \
		if (h->hnd_p_) { \
			audit_end_(h); \
			end(h->hnd_p_); \
			end2(h->member); \
		} \
	} \
	[[maybe_unused]] static always_inline void name##_end_raw_(T *p, T2 *p2) \
	{ \
		audit_end_raw_(name, p); \
		end(p); \
		end2(p2); \
	}
#define handle_pair_from(type, p, member_, p2) audit_new_(type, p, .member_ = (p2))

/* Runs fn(&variable) at the end of the scope; for the macros of other headers, which may not spell the attribute. */
#define ended_by(fn) __attribute__((__cleanup__(fn)))

/* own(file_ref, f, init): a handle that ends with the scope. */
#define own(type, name, ...) type name __attribute__((__cleanup__(type##_end_))) = audit_owner_((__VA_ARGS__))
/* Moves the handle out of a variable or a field; what remains owns nothing. */
#define give(h) ({ \
	__auto_type give_p_ = &(h); \
	checked_as("give") __auto_type give_ = *give_p_; \
	give_p_->hnd_p_ = NULL; \
	audit_moved_(give_p_); \
	give_; })
/* Borrows the object of a handle that stays where it is; NULL when it owns nothing. */
#define at(h) audit_at_(h)
#define none(type) ((type){ .hnd_p_ = NULL })
#define is_none(h) ((&(h))->hnd_p_ == NULL)
/* Ends the handle in a field now and leaves it owning nothing. */
#define drop(type, h) ({ \
	type *drop_p_ = &(h); \
	checked_as("drop") type drop_ = *drop_p_; \
	drop_p_->hnd_p_ = NULL; \
	audit_moved_(drop_p_); \
	type##_end_(&drop_); })
/* Puts a handle into a field that owns nothing yet, as in an object that is being made. Where it may own: drop() it first. */
#define put_in(h, ...) ({ \
	checked_as("put") __auto_type put_p_ = &(h); \
	typeof(h) put_value_ checked_as("carrier") = (__VA_ARGS__); \
	audit_empty_(put_p_); \
	(void)(*put_p_ = put_value_); })
/* Only where an object's life is written: a handle from a pointer whose count the caller has taken. */
#define handle_from(type, p) audit_new_(type, p)

/*
 * Where what owns cannot be a handle: a slot that readers load without a lock, a place in a tree, a field that the entry
 * code knows. slot = into_raw(give(h)) keeps the reference as a plain pointer; from_raw(type, p) makes it a handle again,
 * end_raw(type, p) ends it (a pair: with its second object). The debug kernel knows each such reference by its object.
 */
#define into_raw(h) audit_raw_(h)
#define from_raw(type, p) audit_back_(type, p)
#define end_raw(type, ...) type##_end_raw_(__VA_ARGS__)
/* The count becomes one that only the object's own rules know: another state's handle, an entry of a page table. */
#define into_count(h) audit_count_(h)

/*
 * DEFINE_FACE(new_name, dentry): struct new_name, which is nowhere defined, is a struct dentry in one of its states. For the
 * file where the object's life is written: new_name_of_dentry(d), dentry_of_new_name(n).
 */
#define DEFINE_FACE(face, object) \
	[[maybe_unused]] static inline struct face *face##_of_##object(struct object *p) { return (struct face *)p; } \
	[[maybe_unused]] static inline struct object *object##_of_##face(struct face *p) { return (struct object *)p; }

/* defer(fn, var): runs fn(&var) at scope end, for ends that are not a handle's. */
#define defer(fn, type, name, ...) type name __attribute__((__cleanup__(fn))) = (__VA_ARGS__)

/*
 * A count of references that saturates: one that ran over pins its object for ever instead of freeing it early.
 * Only for the functions that make and end handles.
 */
typedef struct { int ref_n_; } refcount_t;
#define REFCOUNT_ONE ((refcount_t){ 1 })
cold_path void refcount_saturated(refcount_t *r);

static inline void refcount_init(refcount_t *r, int n) { r->ref_n_ = n; }
static inline int refcount_read(const refcount_t *r) { return __atomic_load_n(&r->ref_n_, __ATOMIC_RELAXED); }

static inline void refcount_inc(refcount_t *r)
{
	if (unlikely(__atomic_add_fetch(&r->ref_n_, 1, __ATOMIC_RELAXED) <= 1))
		refcount_saturated(r);
}

static inline void refcount_add(refcount_t *r, int n)
{
	if (unlikely(__atomic_add_fetch(&r->ref_n_, n, __ATOMIC_RELAXED) <= n))
		refcount_saturated(r);
}

/* False when the object is already on its way out. */
static inline bool refcount_inc_not_zero(refcount_t *r)
{
	int old = refcount_read(r);

	while (old != 0)
		if (__atomic_compare_exchange_n(&r->ref_n_, &old, old + 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}

/* True for the last one: the caller frees the object. */
static inline bool refcount_dec(refcount_t *r)
{
	int left = __atomic_sub_fetch(&r->ref_n_, 1, __ATOMIC_ACQ_REL);

	if (unlikely(left < 0))
		refcount_saturated(r);
	return left == 0;
}

/* Takes the only reference that is left: true when there was just that one. Nobody can get another afterwards. */
static inline bool refcount_take_last(refcount_t *r)
{
	int one = 1;

	return __atomic_compare_exchange_n(&r->ref_n_, &one, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Gives a reference back unless it is the last one: false then, and the caller still has it. */
static inline bool refcount_dec_not_last(refcount_t *r)
{
	int old = refcount_read(r);

	while (old != 1)
		if (__atomic_compare_exchange_n(&r->ref_n_, &old, old - 1, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return true;
	return false;
}

#pragma GCC poison hnd_p_ hnd_token_ ref_n_ cleanup __cleanup__
