/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The search for leaked handles. A handle is leaked when its record is live and its token stands nowhere: what held it
 * was freed, overwritten or left behind by a return. So all memory that may hold one is looked through, at one moment
 * (interrupts off, one CPU): data of the image, slab objects, pages of the kernel, the stacks of all tasks from their
 * stack pointers up. A raw reference is leaked when fewer words point to its object than there are references of its
 * kind; words within the object itself do not count.
 *
 * Searches run when /proc/murre/handles is read and, from a task of their own, soon after a process has ended. A leak is
 * told once in the log and stands in the file from then on, numbered.
 */
#include <murre/start.h>
#include <murre/string.h>
#include <murre/wait.h>
#include "handle_debug.h"

enum { BASE_BUCKETS = 1 << 14, SEARCH_PAUSE_MS = 500 };

DEFINE_LIST(all_tasks, struct task, all_link)
static struct all_tasks_list all_tasks;

static uint32_t search_number, leak_count;
static uint32_t base_buckets[BASE_BUCKETS], count_buckets[BASE_BUCKETS];
static handle_base_fn *base_of;
void (*handle_scan)(void);

/* Tasks. ----------------------------------------------------------------------------------------------------------- */

void task_list_add(struct task *t)
{
	irq_state s = handle_audit_lock();

	if (!all_tasks.head.next)
		all_tasks_list_init(&all_tasks);
	all_tasks_list_push_back(&all_tasks, t);
	handle_audit_unlock(s);
}

void task_list_remove(struct task *t)
{
	irq_state s = handle_audit_lock();

	all_tasks_list_remove(t);
	handle_audit_unlock(s);
}

static void stack_scan(struct task *t)
{
	uintptr_t top = t->kernel_stack + KERNEL_STACK_SIZE;
	uintptr_t from = t == current() ? (uintptr_t)__builtin_frame_address(0) : arch_saved_sp(t);

	if (from >= t->kernel_stack && from < top)
		handle_scan_words(from, top);
}

/* Registers that functions keep are on the stack before it is read. */
static never_inline void stacks_scan(void)
{
	__builtin_unwind_init();
	list_each(all_tasks, t, &all_tasks)
		stack_scan(t);
}

/* The search. ------------------------------------------------------------------------------------------------------ */

#define each_record(r) \
	(uint32_t n_ = 1; n_ < handle_block_count * HANDLE_RECORDS_PER_BLOCK; n_++) \
		for (struct handle_record *r = handle_record_nth(n_); r; r = NULL)

static uint32_t *base_bucket(uintptr_t base) { return &base_buckets[(base >> 4) * 0x9e3779b97f4a7c15ul >> 50]; }

static struct handle_record *base_find(uint32_t from, uintptr_t base, const struct handle_kind *kind)
{
	for (uint32_t n = from; n; n = handle_record_nth(n)->base_next) {
		struct handle_record *r = handle_record_nth(n);

		if (r->base == base && (!kind || r->kind == kind))
			return r;
	}
	return NULL;
}

static void base_note(struct handle_record *r)
{
	r->base = base_of((uintptr_t)r->object);
	if (!r->base)
		return;
	uint32_t *bucket = base_bucket(r->base);
	struct handle_record *first = base_find(*bucket, r->base, r->kind);

	if (!first) {
		first = r;
		r->references = r->pointers = 0;
		r->base_next = *bucket;
		*bucket = r->number;
	}
	first->references++;
	r->base_first = first->number;
}

/* Own counts of objects. ------------------------------------------------------------------------------------------- */

static const refcount_t *count_of(const struct handle_record *r)
{
	return r->kind->refs_at ? (const void *)((const char *)r->object + *r->kind->refs_at) : NULL;
}

static void count_note(struct handle_record *r)
{
	uint32_t *bucket = &count_buckets[((uintptr_t)count_of(r) >> 4) * 0x9e3779b97f4a7c15ul >> 50];

	for (uint32_t n = *bucket; n; n = handle_record_nth(n)->count_next) {
		struct handle_record *first = handle_record_nth(n);

		if (count_of(first) == count_of(r)) {
			first->handles++;
			r->handles = 0;
			return;
		}
	}
	r->handles = 1;
	r->count_next = *bucket;
	*bucket = r->number;
}

/*
 * A reference is taken before its handle is made, and given back after the handle's end: more handles than references are
 * wrong at once, fewer when two searches in a row find so. Objects in the image count one for themselves.
 */
static bool is_miscounted(struct handle_record *r)
{
	int before = r->miscount;

	if (r->state == HANDLE_ENDED || !count_of(r) || !r->handles || !base_of((uintptr_t)r->object))
		return false;
	r->miscount = refcount_read(count_of(r)) - (int)r->handles;
	return r->miscount != r->miscount_told && (r->miscount < 0 || (r->miscount > 0 && r->miscount == before));
}

void handle_scan_begin(handle_base_fn *base)
{
	search_number++;
	base_of = base;
	memset(base_buckets, 0, sizeof(base_buckets));
	memset(count_buckets, 0, sizeof(count_buckets));
	for each_record(r) {
		if (r->state == HANDLE_RAW)
			base_note(r);
		if (r->state != HANDLE_ENDED && r->kind->refs_at)
			count_note(r);
	}
	stacks_scan();
}

static void pointer_seen(uintptr_t pointer, uintptr_t at)
{
	uintptr_t base = base_of(pointer);
	uint32_t first = base ? *base_bucket(base) : 0;

	for (struct handle_record *r = base_find(first, base, NULL); r; r = base_find(r->base_next, base, NULL))
		if (base_of(at) != base)
			r->pointers++;
}

void handle_scan_words(uintptr_t start, uintptr_t end)
{
	for (uintptr_t at = align_up(start, 8); at + 8 <= end; at += 8) {
		uint64_t word = *(const volatile uint64_t *)at;

		if (unlikely(word >> 48 == HANDLE_MARK)) {
			struct handle_record *r = handle_record_of(word);
			if (r)
				r->met = search_number;
		} else if (word >> 48 == 0xffff) {
			pointer_seen(word, at);
		}
	}
}

bool handle_scan_is_audit(uintptr_t address)
{
	for (unsigned i = 0; i < handle_block_count; i++)
		if (address - (uintptr_t)handle_blocks[i] < HANDLE_RECORDS_PER_BLOCK * sizeof(struct handle_record))
			return true;
	return false;
}

static bool is_leaked(const struct handle_record *r)
{
	if (r->state == HANDLE_HELD)
		return r->met != search_number;
	if (r->state != HANDLE_RAW || !r->base)
		return false;
	struct handle_record *first = handle_record_nth(r->base_first);
	if (first->references <= first->pointers)
		return false;
	first->references--;
	return true;
}

static void leak_line(struct text_out *out, const struct handle_record *r)
{
	char calls[HANDLE_CALLS_TEXT];
	nsec_t age = nsec_sub(clock_now(), r->born);

	handle_calls_print(calls, r->calls, HANDLE_CALLS);
	text_print(out, "leak %u: %s%s of %p, made at %s by %d (%s) %ld ms ago", r->leak,
		   r->state == HANDLE_RAW ? "raw " : "", r->kind->name, r->object, r->place, r->task.nr, r->name,
		   (long)(age.ns / NSEC_PER_MSEC));
	if (r->owner)
		text_print(out, ", owned at %s", r->owner);
	if (r->miscount_told)
		text_print(out, ", one of %u handles of an object with %d references", r->handles,
			   (int)r->handles + r->miscount_told);
	text_print(out, "; in %s", calls);
}

static void leak_tell(struct handle_record *r)
{
	char text[600];
	struct text_out out = text_out_to(text, sizeof(text) - 1);

	r->leak = ++leak_count;
	leak_line(&out, r);
	text[out.len] = '\0';
	log_err("handle %.200s", text);
}

void handle_scan_end(void)
{
	for each_record(r) {
		bool miscounted = is_miscounted(r);

		if (miscounted)
			r->miscount_told = r->miscount;
		if (miscounted || (!r->leak && is_leaked(r)))
			leak_tell(r);
	}
}

/* The file. -------------------------------------------------------------------------------------------------------- */

void handle_calls_print(char text[HANDLE_CALLS_TEXT], const uintptr_t *calls, unsigned n)
{
	struct text_out out = text_out_to(text, HANDLE_CALLS_TEXT - 1);

	for (unsigned i = 0; i < n && calls[i]; i++) {
		size_t offset;
		const char *name = symbol_find(calls[i], &offset);

		text_print(&out, "%s%s+%#zx", i ? " < " : "", name ? name : "?", name ? offset : 0);
	}
	text[min(out.len, (size_t)HANDLE_CALLS_TEXT - 1)] = '\0';
}

static const struct handle_record *leak_nth(uint32_t n)
{
	for each_record(r)
		if (r->state != HANDLE_ENDED && r->leak == n)
			return r;
	return NULL;
}

void handles_print(struct text_out *out)
{
	if (handle_scan)
		handle_scan();
	text_print(out, "%-24s %8s %8s %10s %8s\n", "handle", "live", "most", "made", "raw");
	for (const struct handle_kind *k = handle_kinds; k; k = k->next)
		text_print(out, "%-24s %8lu %8lu %10lu %8lu\n", k->name, k->live, k->most, k->made, k->raw);
	text_print(out, "unrecorded %lu, leaked %u\n", handle_unrecorded, leak_count);
	for (uint32_t n = 1; n <= leak_count; n++) {
		const struct handle_record *r = leak_nth(n);

		if (r) {
			leak_line(out, r);
			text_print(out, "\n");
		}
	}
}

/* Searching by itself. --------------------------------------------------------------------------------------------- */

static waitq search_wanted;
static bool search_is_wanted;

void handle_scan_soon(void)
{
	if (!handle_scan || __atomic_exchange_n(&search_is_wanted, true, __ATOMIC_SEQ_CST))
		return;
	wake_up(&search_wanted, 0);
}

static void search_task(void *unused)
{
	struct can_sleep cs = MAY_SLEEP;

	task_set_policy(current(), POLICY_NORMAL, NICE_MAX, 0);
	for (;;) {
		(void)error_of(wait_event_interruptible(&search_wanted, read_once(search_is_wanted), cs));
		(void)error_of(sleep_until(nsec_add(clock_now(), nsec_from_msec(SEARCH_PAUSE_MS)), cs));
		write_once(search_is_wanted, false);
		handle_scan();
	}
}

START_TASK(handle_audit_start, needs(clock_start))
{
	waitq_init(&search_wanted);
	expect(kernel_task_start("handle-audit", search_task, NULL), "memory for the first tasks");
}
