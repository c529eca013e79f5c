/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors: looking up, reserving, publishing, closing. */
#include "../twin.h"
#define fd_loan original_fd_loan
#define fd_get_any original_fd_get_any
#define fd_publish original_fd_publish
#define fd_close original_fd_close
#include <fs/fd_table.c>
#undef fd_loan
#undef fd_get_any
#undef fd_publish
#undef fd_close

struct raw_table { refcount_t refs; struct fd_array *array; RAW_GUARD(struct fd_table_state, struct spinlock) state; };
static inline struct raw_table *raw_table(struct fd_table *t) { return (struct raw_table *)t; }

static always_inline struct file *raw_file_at(const struct raw_table *t, int fd)
{
	struct fd_array *a = rcu_load(((struct raw_table *)t)->array);

	return likely((unsigned)fd < a->capacity) ? rcu_load(a->files[fd]) : NULL;
}

static struct file *raw_get_masked(struct raw_table *t, int fd, uint32_t refused)
{
	struct file *f;

	preempt_disable();
	f = raw_file_at(t, fd);
	if (unlikely(!f || f->mode & refused || !refcount_inc_not_zero(&f->refs)))
		f = (struct file *)-EBADF;
	preempt_enable();
	return f;
}

struct file *raw_fd_get_any(struct fd_table *t, int fd) { return raw_get_masked(raw_table(t), fd, 0); }

static never_inline unsigned long raw_loan_counted(int fd)
{
	struct file *f = raw_get_masked(raw_table(current()->files), fd, FILE_PATH_ONLY);

	return IS_ERROR(f) ? (unsigned long)f : (unsigned long)f | 1;
}

unsigned long raw_fd_loan(int fd)
{
	struct raw_table *t = raw_table(current()->files);
	struct file *f;

	if (unlikely(refcount_read(&t->refs) != 1))
		return raw_loan_counted(fd);
	f = raw_file_at(t, fd);
	if (unlikely(!f || f->mode & FILE_PATH_ONLY))
		return -EBADF;
	return (unsigned long)f;
}

/* A number that is in use but has no file yet. */
never_inline long raw_number_take(struct fd_table *table, int lowest, bool close_on_exec)
{
	struct raw_table *t = raw_table(table);
	unsigned limit = fd_limit();

	for (;;) {
		struct fd_array *a;
		unsigned n;
		long err;

		raw_spin_lock(&t->state.l);
		a = t->array;
		n = free_find(a, max((unsigned)lowest, t->state.data.lowest_free));
		if (unlikely(n >= limit)) {
			raw_spin_unlock(&t->state.l);
			return -EMFILE;
		}
		if (likely(n < a->capacity)) {
			bit_set(a->used, n);
			bit_assign(a->cloexec, n, close_on_exec);
			if ((unsigned)lowest <= t->state.data.lowest_free)
				t->state.data.lowest_free = n + 1;
			raw_spin_unlock(&t->state.l);
			return n;
		}
		raw_spin_unlock(&t->state.l);
		err = -(long)error_of(array_grow(table, n + 1));
		if (err)
			return err;
	}
}

static struct file *raw_slot_take(struct raw_table *t, unsigned fd)
{
	struct fd_array *a = t->array;
	struct file *f = a->files[fd];

	rcu_store(a->files[fd], NULL);
	bit_clear(a->used, fd);
	bit_clear(a->cloexec, fd);
	t->state.data.lowest_free = min(t->state.data.lowest_free, fd);
	return f;
}

void raw_number_put(struct fd_table *table, int fd)
{
	struct raw_table *t = raw_table(table);

	raw_spin_lock(&t->state.l);
	(void)raw_slot_take(t, (unsigned)fd);
	raw_spin_unlock(&t->state.l);
}

never_inline void raw_number_fill(struct fd_table *table, int fd, struct file *f)
{
	struct raw_table *t = raw_table(table);

	raw_spin_lock(&t->state.l);
	rcu_store(t->array->files[fd], f);
	raw_spin_unlock(&t->state.l);
}

long raw_fd_publish(struct file *f, bool close_on_exec)
{
	struct fd_table *t = current()->files;
	long fd = raw_number_take(t, 0, close_on_exec);

	if (unlikely(fd < 0)) {
		raw_file_put(f);
		return fd;
	}
	raw_number_fill(t, (int)fd, f);
	return fd;
}

static never_inline long raw_file_close(struct file *f, const struct fd_table *t)
{
	long done = 0;

	if (f->ops->flush)
		done = -(long)error_of(f->ops->flush(f, MAY_SLEEP));
	if (unlikely(f->inode->locks))
		file_locks_close(f, t, MAY_SLEEP);
	raw_file_put(f);
	return done;
}

long raw_fd_close(struct fd_table *table, int fd)
{
	struct raw_table *t = raw_table(table);
	struct file *f;

	raw_spin_lock(&t->state.l);
	if (unlikely(!raw_file_at(t, fd))) {
		raw_spin_unlock(&t->state.l);
		return -EBADF;
	}
	f = raw_slot_take(t, (unsigned)fd);
	raw_spin_unlock(&t->state.l);
	return raw_file_close(f, table);
}
