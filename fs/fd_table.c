/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor tables: an array of files with two bitmaps (in use, close-on-exec). Look-ups read the array under RCU and
 * count the file; a task whose table nobody shares does not even count, because only itself could close. Changes hold
 * the table's lock. A number that is reserved is in use but has no file yet.
 */
#include <murre/base/address.h>
#include <murre/file.h>
#include <murre/slab.h>
#include <murre/string.h>

#define CAPACITY_FIRST 64u
#define CAPACITY_MAX (1u << 20)

struct fd_array {
	struct rcu_head rcu;
	unsigned capacity;		/* a multiple of 64 */
	uint64_t *used, *cloexec;	/* capacity bits each */
	struct file *files[];
};
struct fd_table_state { unsigned lowest_free; };	/* no number below it is free */
DEFINE_GUARDED(fd_table, struct fd_table_state, RANK_FILES)
struct fd_table {
	refcount_t refs;
	struct fd_array *array;		/* RCU; changed under the lock */
	guarded(fd_table) state;
};
DEFINE_BOX(fd_table, struct fd_table)
DEFINE_BOX_CACHE(fd_table, struct fd_table);

static struct fd_array *array_new(unsigned capacity);
static result(unit) array_grow(struct fd_table *t, unsigned wanted);
static result(unit) file_close(struct file *f, const struct fd_table *t, struct can_sleep cs);
static struct file *slot_take(fd_table_locked l, struct fd_table *t, unsigned fd);

static inline bool bit_test(const uint64_t *bits, unsigned n) { return bits[n / 64] >> n % 64 & 1; }
static inline void bit_set(uint64_t *bits, unsigned n) { bits[n / 64] |= 1ull << n % 64; }
static inline void bit_clear(uint64_t *bits, unsigned n) { bits[n / 64] &= ~(1ull << n % 64); }
static inline void bit_assign(uint64_t *bits, unsigned n, bool on) { on ? bit_set(bits, n) : bit_clear(bits, n); }

/* The limit of numbers; kernel tasks have none of their own. */
static inline unsigned fd_limit(void)
{
	return current()->limits ? min(current_limit(RLIMIT_NOFILE), (uint64_t)CAPACITY_MAX) : CAPACITY_FIRST;
}

/* Finding. --------------------------------------------------------------------------------------------------------- */

static always_inline struct file *file_at(const struct fd_table *t, fd_t fd)
{
	struct fd_array *a = rcu_load(((struct fd_table *)t)->array);

	return likely((unsigned)fd.nr < a->capacity) ? rcu_load(a->files[fd.nr]) : NULL;
}

struct file *fd_peek(fd_t fd) { return file_at(current_files(), fd); }

static result(file_ref) fd_get_masked(struct fd_table *t, fd_t fd, uint32_t refused)
{
	RETURNS(file_ref);
	hold_rcu(reading);
	struct file *f = file_at(t, fd);

	if (unlikely(!f || f->mode & refused || !refcount_inc_not_zero(&f->refs)))
		return FAIL(EBADF);
	return OK(file_ref, handle_from(file_ref, f));
}

result(file_ref) fd_get(struct fd_table *t, fd_t fd) { return fd_get_masked(t, fd, FILE_PATH_ONLY); }
result(file_ref) fd_get_any(struct fd_table *t, fd_t fd) { return fd_get_masked(t, fd, 0); }

static never_inline result(file_loan) loan_counted(fd_t fd, uint32_t refused)
{
	RETURNS(file_loan);
	own(file_ref, f, TRY(fd_get_masked(current_files(), fd, refused)));

	return OK(file_loan, file_loan_make(into_raw(give(f)), true));
}

static always_inline result(file_loan) loan(fd_t fd, uint32_t refused)
{
	RETURNS(file_loan);
	struct fd_table *t = current_files();

	if (unlikely(refcount_read(&t->refs) != 1))
		return loan_counted(fd, refused);
	struct file *f = file_at(t, fd);
	if (unlikely(!f || f->mode & refused))
		return FAIL(EBADF);
	return OK(file_loan, file_loan_make(f, false));
}

unsigned fd_table_capacity(struct fd_table *t)
{
	hold_rcu(reading);
	return rcu_load(t->array)->capacity;
}

result(file_loan) fd_loan(fd_t fd) { return loan(fd, FILE_PATH_ONLY); }
result(file_loan) fd_loan_any(fd_t fd) { return loan(fd, 0); }

file_ref fd_next(struct fd_table *t, int *fd, bool *close_on_exec)
{
	hold(fd_table, l, &t->state);
	struct fd_array *a = t->array;

	for (unsigned n = (unsigned)max(*fd, 0); n < a->capacity; n++) {
		if (!a->files[n])
			continue;
		*fd = (int)n;
		*close_on_exec = bit_test(a->cloexec, n);
		return file_share(a->files[n]);
	}
	return none(file_ref);
}

/* Numbers. --------------------------------------------------------------------------------------------------------- */

/* The lowest free number >= lowest, which may be the capacity. */
static unsigned free_find(const struct fd_array *a, unsigned lowest)
{
	for (unsigned word = lowest / 64; word < a->capacity / 64; word++) {
		uint64_t free = ~a->used[word];

		if (word == lowest / 64)
			free &= ~0ull << lowest % 64;
		if (free)
			return word * 64 + (unsigned)__builtin_ctzll(free);
	}
	return max(lowest, a->capacity);
}

result(fd_slot) fd_reserve(int lowest, bool close_on_exec)
{
	RETURNS(fd_slot);
	struct fd_table *t = current_files();
	unsigned limit = fd_limit();

	for (;;) {
		unsigned n;
		{
			hold(fd_table, l, &t->state);
			struct fd_array *a = t->array;

			n = free_find(a, max((unsigned)lowest, in(l)->lowest_free));
			if (unlikely(n >= limit))
				return FAIL(EMFILE);
			if (likely(n < a->capacity)) {
				bit_set(a->used, n);
				bit_assign(a->cloexec, n, close_on_exec);
				if ((unsigned)lowest <= in(l)->lowest_free)
					in(l)->lowest_free = n + 1;
				return OK(fd_slot, { .fd = { (int)n }, .is_held = true });
			}
		}
		TRY(array_grow(t, n + 1));
	}
}

void fd_slot_free(fd_t fd)
{
	struct fd_table *t = current_files();
	hold(fd_table, l, &t->state);

	(void)slot_take(l, t, (unsigned)fd.nr);
}

fd_t fd_install(fd_slot *s, file_ref f)
{
	struct fd_table *t = current_files();
	hold(fd_table, l, &t->state);

	rcu_store(t->array->files[s->fd.nr], into_raw(give(f)));
	s->is_held = false;
	return s->fd;
}

result(long) fd_publish(file_ref f_, bool close_on_exec)
{
	own(file_ref, f, give(f_));
	own_fd_slot(slot, TRY(fd_reserve(0, close_on_exec)));

	return OK(long, fd_install(&slot, give(f)).nr);
}

/* Frees the number; its file is the caller's now, NULL when it was only reserved. */
static struct file *slot_take(fd_table_locked l, struct fd_table *t, unsigned fd)
{
	struct fd_array *a = t->array;
	struct file *f = a->files[fd];

	rcu_store(a->files[fd], NULL);
	bit_clear(a->used, fd);
	bit_clear(a->cloexec, fd);
	in(l)->lowest_free = min(in(l)->lowest_free, fd);
	return f;
}

result(unit) fd_close(struct fd_table *t, fd_t fd, struct can_sleep can)
{
	RETURNS(unit);
	struct file *f;
	{
		hold(fd_table, l, &t->state);
		if (unlikely(!file_at(t, fd)))
			return FAIL(EBADF);
		f = slot_take(l, t, (unsigned)fd.nr);
	}
	return file_close(f, t, can);
}

/* What close(2) of one descriptor does to its file. */
static result(unit) file_close(struct file *f, const struct fd_table *t, struct can_sleep cs)
{
	result(unit) done = f->ops->flush ? f->ops->flush(f, cs) : DONE;

	if (unlikely(f->inode->locks))
		file_locks_close(f, t, cs);
	end_raw(file_ref, f);
	return done;
}

result(long) fd_replace(struct fd_table *t, fd_t from, fd_t to, bool close_on_exec, struct can_sleep can)
{
	struct file *old;

	if ((unsigned)to.nr >= fd_limit())
		return FAIL(EBADF);
	own(file_ref, f, TRY(fd_get_any(t, from)));
	if ((unsigned)to.nr >= t->array->capacity)
		TRY(array_grow(t, (unsigned)to.nr + 1));
	{
		hold(fd_table, l, &t->state);
		struct fd_array *a = t->array;
		unsigned n = (unsigned)to.nr;

		old = a->files[n];
		if (!old && bit_test(a->used, n))
			return FAIL(EBUSY);
		bit_set(a->used, n);
		bit_assign(a->cloexec, n, close_on_exec);
		rcu_store(a->files[n], into_raw(give(f)));
	}
	if (old)
		(void)error_of(file_close(old, t, can));
	return OK(long, to.nr);
}

result(int) fd_get_flags(struct fd_table *t, fd_t fd)
{
	RETURNS(int);
	hold(fd_table, l, &t->state);

	if (!file_at(t, fd))
		return FAIL(EBADF);
	return OK(int, bit_test(t->array->cloexec, (unsigned)fd.nr) ? FD_CLOEXEC : 0);
}

result(unit) fd_set_flags(struct fd_table *t, fd_t fd, int flags)
{
	hold(fd_table, l, &t->state);

	if (!file_at(t, fd))
		return unit_result(EBADF);
	bit_assign(t->array->cloexec, (unsigned)fd.nr, flags & FD_CLOEXEC);
	return DONE;
}

/* The next file in [*first, last] is taken out of the table; NULL: no more. */
static struct file *range_take(struct fd_table *t, unsigned *first, unsigned last, bool only_cloexec)
{
	hold(fd_table, l, &t->state);
	struct fd_array *a = t->array;

	for (unsigned n = *first; n < a->capacity && n <= last; n++)
		if (a->files[n] && (!only_cloexec || bit_test(a->cloexec, n))) {
			*first = n + 1;
			return slot_take(l, t, n);
		}
	return NULL;
}

static void range_close(struct fd_table *t, unsigned first, unsigned last, bool only_cloexec, struct can_sleep cs)
{
	for (struct file *f; (f = range_take(t, &first, last, only_cloexec));)
		(void)error_of(file_close(f, t, cs));
}

void fd_close_range(struct fd_table *t, unsigned first, unsigned last, bool only_mark, struct can_sleep can)
{
	if (!only_mark) {
		range_close(t, first, last, false, can);
		return;
	}
	hold(fd_table, l, &t->state);
	for (unsigned n = first; n < t->array->capacity && n <= last; n++)
		if (bit_test(t->array->used, n))
			bit_set(t->array->cloexec, n);
}

void fd_table_close_on_exec(struct fd_table *t, struct can_sleep cs) { range_close(t, 0, ~0u, true, cs); }

/* Tables. ---------------------------------------------------------------------------------------------------------- */

static struct fd_array *array_new(unsigned capacity)
{
	size_t words = capacity / 64;
	struct fd_array *a = bytes_take(sizeof(*a) + capacity * sizeof(a->files[0]) + 2 * words * sizeof(uint64_t));

	if (!a)
		return NULL;
	a->capacity = capacity;
	a->used = behind(uint64_t, &a->files[capacity - 1]);
	a->cloexec = a->used + words;
	return a;
}

EMBEDDED(fd_array, rcu_head, rcu)
static void array_free(struct rcu_head *head) { bytes_put(fd_array_of_rcu_head(head)); }

/* Copies what `from` holds; the files are not counted. */
static void array_copy(struct fd_array *to, const struct fd_array *from)
{
	memcpy(to->files, from->files, from->capacity * sizeof(to->files[0]));
	memcpy(to->used, from->used, from->capacity / 8);
	memcpy(to->cloexec, from->cloexec, from->capacity / 8);
}

static unsigned capacity_for(unsigned wanted)
{
	unsigned capacity = CAPACITY_FIRST;

	while (capacity < wanted)
		capacity *= 2;
	return capacity;
}

static result(unit) array_grow(struct fd_table *t, unsigned wanted)
{
	struct fd_array *fresh = array_new(capacity_for(wanted)), *old;

	if (!fresh)
		return unit_result(ENOMEM);
	{
		hold(fd_table, l, &t->state);
		old = t->array;
		if (old->capacity < fresh->capacity) {
			array_copy(fresh, old);
			rcu_store(t->array, fresh);
		} else {
			old = fresh;
		}
	}
	rcu_free(&old->rcu, array_free);
	return DONE;
}

static result(fd_table_ref) table_new(unsigned capacity)
{
	RETURNS(fd_table_ref);
	own(fd_table_box, box, TRY(fd_table_box_new()));
	struct fd_array *a = array_new(capacity);

	if (!a)
		return FAIL(ENOMEM);
	at(box)->array = a;
	refcount_init(&at(box)->refs, 1);
	return OK(fd_table_ref, handle_from(fd_table_ref, unbox(box)));
}

result(fd_table_ref) fd_table_new(void) { return table_new(CAPACITY_FIRST); }

fd_table_ref fd_table_share(struct fd_table *t)
{
	refcount_inc(&t->refs);
	return handle_from(fd_table_ref, t);
}

bool fd_table_is_shared(struct fd_table *t) { return refcount_read(&t->refs) != 1; }

/* Numbers that are only reserved belong to a call of another thread; the copy does not have them. */
static void table_fill(fd_table_locked l, struct fd_array *to, const struct fd_array *from)
{
	unsigned words = min(to->capacity, from->capacity) / 64;

	memcpy(to->cloexec, from->cloexec, words * 8);
	for (unsigned word = 0; word < words; word++)
		for (uint64_t left = from->used[word]; left; left &= left - 1) {
			unsigned n = word * 64 + (unsigned)__builtin_ctzll(left);
			struct file *f = from->files[n];

			if (!f)
				continue;
			to->files[n] = into_raw(file_share(f));
			bit_set(to->used, n);
		}
}

/* Just as large as what is in use. */
static unsigned capacity_used(const struct fd_array *a)
{
	unsigned words = a->capacity / 64;

	while (words > 1 && !a->used[words - 1])
		words--;
	return capacity_for(words * 64);
}

result(fd_table_ref) fd_table_copy(struct fd_table *t, struct can_sleep can)
{
	RETURNS(fd_table_ref);
	unsigned capacity = capacity_used(t->array);

	for (;;) {
		own(fd_table_ref, copy, TRY(table_new(capacity)));

		hold(fd_table, l, &t->state);
		capacity = capacity_used(t->array);
		if (capacity > at(copy)->array->capacity)
			continue;
		table_fill(l, at(copy)->array, t->array);
		return OK(fd_table_ref, give(copy));
	}
}

handles_are_counted(fd_table_ref, struct fd_table, refs);

void fd_table_release(struct fd_table *t)
{
	if (!refcount_dec(&t->refs))
		return;
	range_close(t, 0, ~0u, false, MAY_SLEEP);
	rcu_free(&t->array->rcu, array_free);
	fd_table_box_free(t);
}
