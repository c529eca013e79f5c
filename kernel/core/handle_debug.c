/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The audit of handles, in debug kernels only. Every live handle has a record: what it holds, where it was made, by whom.
 * The handle carries the record's token, a number that no other record ever had; moving the handle moves the token, its
 * end retires the record. What was dissolved into a raw pointer is known by its object instead. A token that is used when
 * its record is gone, or a raw reference that is ended once too often, stops the kernel with both places.
 *
 * One lock guards the records; it is the innermost of all and has no rank. Records come from blocks of memory that are
 * never given back; they are used again in the order in which they were retired, so that a late use of a token finds its
 * record's story as long as possible. handle_leak_debug.c searches for the leaked.
 */
#include <arch/trap.h>
#include <murre/inject.h>
#include <murre/slab.h>
#include <murre/string.h>
#include <murre/watch.h>
#include "handle_debug.h"

enum { RAW_BUCKETS = 1 << 14, SPARE_LOW = 256 };
#define TOKEN_UNRECORDED 1ul		/* made when there was no record to be had */

static struct handle_record first_block[HANDLE_RECORDS_PER_BLOCK];
struct handle_record *handle_blocks[HANDLE_BLOCKS_MAX] = { first_block };
unsigned handle_block_count;
struct spinlock handle_lock;
struct handle_kind *handle_kinds;
uint64_t handle_unrecorded;

static uint32_t spare_first, spare_last, spare_count;	/* linked by next; record 0 is never used */
static uint32_t raw_buckets[RAW_BUCKETS];

static void spare_add(uint32_t n)
{
	struct handle_record *r = handle_record_nth(n);

	r->next = 0;
	if (spare_last)
		handle_record_nth(spare_last)->next = n;
	else
		spare_first = n;
	spare_last = n;
	spare_count++;
}

static void block_add(struct handle_record *block)
{
	uint32_t first = handle_block_count * HANDLE_RECORDS_PER_BLOCK;

	handle_blocks[handle_block_count++] = block;
	for (uint32_t n = max(first, 1u); n < first + HANDLE_RECORDS_PER_BLOCK; n++)
		spare_add(n);
}

/* Not from interrupts, nor where the allocators' own locks are held. */
static bool may_ask_for_memory(void)
{
	const struct task *t = current();

	if (!t || in_interrupt_now())
		return false;
	for (unsigned i = 0; i < t->held.count; i++)
		if (t->held.lock[i].rank >= RANK_SLAB - 2)
			return false;
	return true;
}

/* More records before they run out. Injected failures are for others. */
static void spare_keep(void)
{
	static bool growing;

	if (likely(spare_count >= SPARE_LOW) || handle_block_count == HANDLE_BLOCKS_MAX || !may_ask_for_memory() ||
	    __atomic_exchange_n(&growing, true, __ATOMIC_ACQUIRE))
		return;
	failure_plan_pause();
	struct handle_record *block = bytes_take(HANDLE_RECORDS_PER_BLOCK * sizeof(*block));
	failure_plan_resume();
	if (block) {
		irq_state s = handle_audit_lock();
		block_add(block);
		handle_audit_unlock(s);
	}
	__atomic_store_n(&growing, false, __ATOMIC_RELEASE);
}

static struct handle_record *spare_take(void)
{
	uint32_t n;

	if (unlikely(!handle_block_count))
		block_add(first_block);
	n = spare_first;
	if (!n) {
		handle_unrecorded++;
		return NULL;
	}
	struct handle_record *r = handle_record_nth(n);
	spare_first = r->next;
	if (!spare_first)
		spare_last = 0;
	spare_count--;
	r->number = n;
	r->generation++;
	return r;
}

/* Raw references, by object. */

static uint32_t *bucket_of(const void *object)
{
	return &raw_buckets[((uintptr_t)object >> 4) * 0x9e3779b97f4a7c15ul >> 50];
}

static void raw_insert(struct handle_record *r)
{
	uint32_t *bucket = bucket_of(r->object);

	r->state = HANDLE_RAW;
	r->next = *bucket;
	*bucket = r->number;
	r->kind->raw++;
}

static struct handle_record *raw_take(const struct handle_kind *kind, const void *object)
{
	for (uint32_t *link = bucket_of(object); *link; link = &handle_record_nth(*link)->next) {
		struct handle_record *r = handle_record_nth(*link);

		if (r->kind != kind || r->object != object)
			continue;
		*link = r->next;
		r->kind->raw--;
		return r;
	}
	return NULL;
}

/* Beginning and end. ----------------------------------------------------------------------------------------------- */

static void kind_count(struct handle_kind *kind)
{
	if (unlikely(!kind->known)) {
		kind->known = true;
		kind->next = handle_kinds;
		handle_kinds = kind;
	}
	kind->made++;
	kind->live++;
	kind->most = max(kind->most, kind->live);
}

/* The calls above the audit's own: the first is the one from inside the function that made or ended the handle. */
static void calls_note(uintptr_t *calls, unsigned most)
{
	uintptr_t all[HANDLE_CALLS + 2];
	unsigned n = arch_backtrace(NULL, all, most + 2);

	for (unsigned i = 0; i < most; i++)
		calls[i] = i + 2 < n ? all[i + 2] : 0;
}

/*
 * A search may come as soon as the lock is given back, or before it is taken, while the token is on its way from or to its
 * handle. Where the compiler would keep the record instead and work the token out again, it lies in a volatile variable.
 */

never_inline handle_token handle_audit_new(struct handle_kind *kind, const void *object, const char *place)
{
	struct task *t = current();
	volatile handle_token made = TOKEN_UNRECORDED;

	if (!object)
		return 0;
	spare_keep();
	irq_state s = handle_audit_lock();
	struct handle_record *r = spare_take();
	if (r) {
		kind_count(kind);
		*r = (struct handle_record){
			.kind = kind, .object = object, .place = place, .state = HANDLE_HELD, .born = clock_now(),
			.number = r->number, .generation = r->generation, .task = t ? t->id : (pid_nr_t){ 0 },
		};
		if (t)
			memcpy(r->name, t->name, sizeof(r->name));
		calls_note(r->calls, HANDLE_CALLS);
		made = handle_token_of(r);
	}
	handle_audit_unlock(s);
	return made;
}

static void retire(struct handle_record *r)
{
	r->kind->live--;
	r->state = HANDLE_ENDED;
	calls_note(r->ended, HANDLE_ENDED_CALLS);
	spare_add(r->number);
}

/* Traps. ----------------------------------------------------------------------------------------------------------- */

/* Ends in a panic; the lock is not held. */
static _Noreturn cold_path void token_is_dead(handle_token t, const void *object, const char *place)
{
	const struct handle_record *r = handle_record_nth(t & HANDLE_NUMBER_MASK);
	char made[HANDLE_CALLS_TEXT], ended[HANDLE_CALLS_TEXT];

	if (!r || r->generation != handle_generation_of(t))
		panic("handle: one of %p that has ended long ago, or was never made, is used at %s", object, place);
	if (r->state != HANDLE_ENDED)
		panic("handle: %s of %p is used at %s as one of %p; made at %s", r->kind->name, r->object, place, object,
		      r->place);
	handle_calls_print(made, r->calls, HANDLE_CALLS);
	handle_calls_print(ended, r->ended, HANDLE_ENDED_CALLS);
	report_open();
	log_print(LOG_EMERG, "handle: made at %s in %s", r->place, made);
	log_print(LOG_EMERG, "handle: ended in %s", ended);
	panic("handle: %s of %p is used at %s after its end", r->kind->name, object, place);
}

static bool token_is_live(handle_token t, const void *object)
{
	const struct handle_record *r = handle_record_of(t);

	return r && r->state == HANDLE_HELD && r->object == object;
}

void handle_audit_live(handle_token t, const void *object, const char *place)
{
	if (object && t != TOKEN_UNRECORDED && unlikely(!token_is_live(t, object)) && !panic_in_progress())
		token_is_dead(t, object, place);
}

void handle_audit_empty(const void *object, const char *place)
{
	if (unlikely(object) && !panic_in_progress())
		panic("handle: %s fills a place that owns %p already", place, object);
}

void handle_audit_owner(handle_token t, const char *place)
{
	struct handle_record *r = handle_record_of(t);

	if (r)
		r->owner = place;
}

never_inline void handle_audit_end(handle_token t, const void *object, const char *place)
{
	volatile handle_token ending = t;

	if (!object || t == TOKEN_UNRECORDED)
		return;
	handle_audit_live(t, object, place);
	irq_state s = handle_audit_lock();
	retire(handle_record_nth(ending & HANDLE_NUMBER_MASK));
	handle_audit_unlock(s);
}

/* Raw. ------------------------------------------------------------------------------------------------------------- */

void handle_audit_raw(handle_token t, const void *object, const char *place)
{
	volatile handle_token moving = t;

	if (!object || t == TOKEN_UNRECORDED)
		return;
	handle_audit_live(t, object, place);
	irq_state s = handle_audit_lock();
	struct handle_record *r = handle_record_nth(moving & HANDLE_NUMBER_MASK);
	r->owner = place;
	raw_insert(r);
	handle_audit_unlock(s);
}

static _Noreturn cold_path void raw_is_unknown(const struct handle_kind *kind, const void *object, uintptr_t from)
{
	size_t offset;
	const char *name = symbol_find(from, &offset);

	panic("handle: a raw %s of %p is ended or taken back in %s+%#zx, but there is none (any more)",
	      kind->name, object, name ? name : "?", offset);
}

never_inline handle_token handle_audit_back(struct handle_kind *kind, const void *object, const char *place)
{
	volatile handle_token back = TOKEN_UNRECORDED;

	if (!object)
		return 0;
	irq_state s = handle_audit_lock();
	struct handle_record *r = raw_take(kind, object);
	if (r) {
		r->state = HANDLE_HELD;
		r->owner = place;
		back = handle_token_of(r);
	}
	handle_audit_unlock(s);
	if (!r && !handle_unrecorded && !panic_in_progress())
		raw_is_unknown(kind, object, (uintptr_t)__builtin_return_address(0));
	return back;
}

never_inline void handle_audit_end_raw(struct handle_kind *kind, const void *object)
{
	if (!object)
		return;
	irq_state s = handle_audit_lock();
	struct handle_record *r = raw_take(kind, object);
	if (r)
		retire(r);
	handle_audit_unlock(s);
	if (!r && !handle_unrecorded && !panic_in_progress())
		raw_is_unknown(kind, object, (uintptr_t)__builtin_return_address(0));
}
