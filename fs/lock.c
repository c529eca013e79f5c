/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Advisory locks on files: record locks of processes (fcntl(2) F_SETLK), of open files (F_OFD_SETLK), and whole-file
 * locks (flock(2)). A record belongs to an owner: the descriptor table or the open file. All records hang on their inode
 * and are guarded by one lock; whoever must wait does so in the inode's queue and looks again at every change. A process
 * that would wait for one that waits for it gets EDEADLK.
 */
#include <murre/file.h>
#include <murre/procfs.h>
#include <murre/slab.h>
#include <murre/text.h>
#include <murre/wait.h>
#include <linux/fs.h>

enum record_kind { RECORD_PROCESS, RECORD_FILE, RECORD_FLOCK };
struct record {
	struct list_node link;		/* in its inode's list */
	struct list_node all;
	struct inode *inode;
	const void *owner;
	int pid;			/* as F_GETLK shows it; -1: no process */
	uint8_t kind;
	bool exclusive;
	loff_t start, end;		/* inclusive */
	struct record *next_freed;
};
DEFINE_LIST(record, struct record, link)
DEFINE_LIST(all_records, struct record, all)
DEFINE_BOX(record, struct record)
DEFINE_BOX_CACHE(record, struct record);

/* A process that sleeps until it gets a record, for finding cycles. */
struct blocked {
	struct list_node link;
	const void *owner, *by;
};
DEFINE_LIST(blocked, struct blocked, link)

struct lock_table {
	struct all_records_list all;
	struct blocked_list blocked;
	bool is_ready;
};
DEFINE_GUARDED(lock_table, struct lock_table, RANK_INODE + 1)
static guarded(lock_table) lock_table;

struct file_locks {
	struct record_list records guarded_by(lock_table_role);	/* under lock_table's lock */
	waitq changed;
};
DEFINE_BOX(file_locks, struct file_locks)
DEFINE_BOX_CACHE(file_locks, struct file_locks);

#define CYCLE_STEPS_MAX 10

static bool overlap(const struct record *a, const struct record *b) { return a->start <= b->end && b->start <= a->end; }
static bool same_owner(const struct record *a, const struct record *b) { return a->owner == b->owner && a->kind == b->kind; }

static void table_prepare(lock_table_locked t)
{
	if (in(t)->is_ready)
		return;
	all_records_list_init(&in(t)->all);
	blocked_list_init(&in(t)->blocked);
	in(t)->is_ready = true;
}

/* The inode's locks, made at the first use. ENOMEM. */
static result(unit) locks_make(struct inode *i)
{
	RETURNS(unit);

	if (read_once(i->locks))
		return DONE;
	own(file_locks_box, box, TRY(file_locks_box_new()));
	waitq_init(&at(box)->changed);
	hold(lock_table, t, &lock_table);
	record_list_init(&at(box)->records);
	table_prepare(t);
	if (!i->locks)
		rcu_store(i->locks, unbox(box));
	return DONE;
}

void inode_locks_free(struct inode *i) { file_locks_box_free(i->locks); }

/* Changes of the lists. -------------------------------------------------------------------------------------------- */

static struct record *conflict_find(struct file_locks *l, const struct record *wanted)
	needs_lock(lock_table_role)
{
	list_each(record, r, &l->records)
		if ((r->kind == RECORD_FLOCK) == (wanted->kind == RECORD_FLOCK) && !same_owner(r, wanted) &&
		    (r->exclusive || wanted->exclusive) && overlap(r, wanted))
			return r;
	return NULL;
}

/* Records taken in advance for a change that must not fail, and those it leaves over. */
struct spares { struct record *first; };

static void spares_end(struct spares *s)
{
	for (struct record *r; (r = s->first);) {
		s->first = r->next_freed;
		record_box_free(r);
	}
}

static void spare_put(struct spares *s, struct record *r)
{
	r->next_freed = s->first;
	s->first = r;
}

static struct record *spare_take(struct spares *s)
{
	struct record *r = s->first;

	s->first = r->next_freed;
	return r;
}

static result(unit) spares_fill(struct spares *s, unsigned n)
{
	RETURNS(unit);

	while (n--) {
		own(record_box, r, TRY(record_box_new()));
		spare_put(s, unbox(r));
	}
	return DONE;
}

static void record_add(lock_table_locked t, const struct record *like, loff_t start, loff_t end, struct spares *s)
{
	struct record *r = spare_take(s);

	shown_by(t);
	*r = *like;
	r->link = r->all = (struct list_node){};
	r->start = start;
	r->end = end;
	record_list_push_back(&like->inode->locks->records, r);
	all_records_list_push_back(&in(t)->all, r);
}

static void record_drop(lock_table_locked t, struct record *r, struct spares *s)
{
	record_list_remove(r);
	all_records_list_remove(r);
	spare_put(s, r);
}

/* Takes the owner's records out of [start, end]; one may be split. */
static void range_clear(lock_table_locked t, const struct record *mine, struct spares *s)
{
	shown_by(t);
	struct record_list *records = &mine->inode->locks->records;

	list_each_safe(record, r, records) {
		if (!same_owner(r, mine) || !overlap(r, mine))
			continue;
		if (r->start < mine->start && r->end > mine->end) {
			record_add(t, r, mine->end + 1, r->end, s);
			r->end = mine->start - 1;
			return;
		}
		if (r->start < mine->start)
			r->end = mine->start - 1;
		else if (r->end > mine->end)
			r->start = mine->end + 1;
		else
			record_drop(t, r, s);
	}
}

/* Neighbours of the same kind become one with the new record. */
static void range_join(lock_table_locked t, struct record *mine, struct spares *s)
{
	shown_by(t);
	list_each_safe(record, r, &mine->inode->locks->records) {
		if (!same_owner(r, mine) || r->exclusive != mine->exclusive)
			continue;
		if (r->end != INT64_MAX && r->end + 1 == mine->start)
			mine->start = r->start;
		else if (mine->end != INT64_MAX && mine->end + 1 == r->start)
			mine->end = r->end;
		else
			continue;
		record_drop(t, r, s);
	}
}

static void range_set(lock_table_locked t, struct record mine, struct spares *s)
{
	range_clear(t, &mine, s);
	range_join(t, &mine, s);
	record_add(t, &mine, mine.start, mine.end, s);
}

/* Taking locks. ---------------------------------------------------------------------------------------------------- */

/* Would `owner` wait for someone who, over others, waits for it? */
static bool closes_cycle(lock_table_locked t, const void *owner, const void *by)
{
	for (int step = 0; step < CYCLE_STEPS_MAX; step++) {
		const void *next = NULL;

		if (by == owner)
			return true;
		list_each(blocked, b, &in(t)->blocked)
			if (b->owner == by)
				next = b->by;
		if (!next)
			return false;
		by = next;
	}
	return false;
}

/* Gets the record now, or says who is in the way: EAGAIN, and EDEADLK if `waiting` would never end. */
static result(unit) record_try(const struct record *wanted, struct spares *s, struct blocked *waiting)
{
	hold(lock_table, t, &lock_table);
	struct record *other = conflict_find(wanted->inode->locks, wanted);

	if (!other) {
		range_set(t, *wanted, s);
		return DONE;
	}
	if (!waiting)
		return unit_result(EAGAIN);
	if (wanted->kind == RECORD_PROCESS) {
		if (other->kind == RECORD_PROCESS && closes_cycle(t, wanted->owner, other->owner))
			return unit_result(EDEADLK);
		waiting->owner = wanted->owner;
		waiting->by = other->owner;
		if (!blocked_list_linked(waiting))
			blocked_list_push_back(&in(t)->blocked, waiting);
	}
	return unit_result(EAGAIN);
}

static void waiting_end(struct blocked *b)
{
	hold(lock_table, t, &lock_table);
	if (blocked_list_linked(b))
		blocked_list_remove(b);
}

static result(unit) record_set(const struct record *wanted, bool waits, struct can_sleep cs)
{
	RETURNS(unit);
	defer(spares_end, struct spares, spares, (struct spares){});
	defer(waiting_end, struct blocked, waiting, (struct blocked){});
	struct file_locks *l = wanted->inode->locks;
	int err = EAGAIN;

	TRY(spares_fill(&spares, 2));
	if (!waits)
		return record_try(wanted, &spares, NULL);
	TRY(wait_event_interruptible(&l->changed, (err = error_of(record_try(wanted, &spares, &waiting))) != EAGAIN, cs));
	/* A write lock that became a read lock lets others in. */
	if (!err)
		wake_up_all(&l->changed, 0);
	return FAIL(err);
}

static result(unit) record_clear(const struct record *mine)
{
	RETURNS(unit);
	defer(spares_end, struct spares, spares, (struct spares){});

	TRY(spares_fill(&spares, 1));
	{
		hold(lock_table, t, &lock_table);
		range_clear(t, mine, &spares);
	}
	wake_up_all(&mine->inode->locks->changed, 0);
	return DONE;
}

/* The calls. ------------------------------------------------------------------------------------------------------- */

/* The range of a struct flock (fcntl(2)): EINVAL, EOVERFLOW. */
static result(unit) range_of(const struct file *f, const struct flock *l, struct record *r)
{
	RETURNS(unit);
	loff_t base = l->l_whence == SEEK_SET ? 0 : l->l_whence == SEEK_CUR ? f->pos : (loff_t)inode_size(f->inode);

	if (l->l_whence != SEEK_SET && l->l_whence != SEEK_CUR && l->l_whence != SEEK_END)
		return FAIL(EINVAL);
	if (__builtin_add_overflow(base, l->l_start, &base))
		return FAIL(EOVERFLOW);
	if (base < 0)
		return FAIL(EINVAL);
	r->start = base;
	r->end = INT64_MAX;
	if (l->l_len > 0) {
		if (__builtin_add_overflow(base, l->l_len - 1, &r->end))
			return FAIL(EOVERFLOW);
	} else if (l->l_len < 0) {
		if (base + l->l_len < 0)
			return FAIL(EINVAL);
		r->end = base - 1;
		r->start = base + l->l_len;
	}
	return DONE;
}

static result(long) lock_query(const struct record *wanted, struct flock *l)
{
	hold(lock_table, t, &lock_table);
	const struct record *r = conflict_find(wanted->inode->locks, wanted);

	if (!r) {
		l->l_type = F_UNLCK;
		return OK(long, 0);
	}
	*l = (struct flock){
		.l_type = r->exclusive ? F_WRLCK : F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = r->start,
		.l_len = r->end == INT64_MAX ? 0 : r->end - r->start + 1,
		.l_pid = r->pid,
	};
	return OK(long, 0);
}

result(long) file_lock_fcntl(struct file *f, unsigned cmd, struct flock *l, struct can_sleep cs)
{
	bool of_file = cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
	bool queries = cmd == F_GETLK || cmd == F_OFD_GETLK;
	struct record wanted = {
		.inode = f->inode,
		.owner = of_file ? (const void *)f : current_files(),
		.pid = of_file ? -1 : proc_processes->current_process().nr,
		.kind = of_file ? RECORD_FILE : RECORD_PROCESS,
		.exclusive = l->l_type == F_WRLCK,
	};

	if (l->l_type != F_RDLCK && l->l_type != F_WRLCK && (l->l_type != F_UNLCK || queries))
		return FAIL(EINVAL);
	if (of_file && l->l_pid)
		return FAIL(EINVAL);
	TRY(range_of(f, l, &wanted));
	if (!queries && ((l->l_type == F_RDLCK && !(f->mode & FILE_READ)) ||
			 (l->l_type == F_WRLCK && !(f->mode & FILE_WRITE))))
		return FAIL(EBADF);
	TRY(locks_make(f->inode));
	if (queries)
		return lock_query(&wanted, l);
	if (of_file)
		__atomic_or_fetch(&f->mode, FILE_LOCKED, __ATOMIC_RELAXED);
	if (l->l_type == F_UNLCK)
		TRY(record_clear(&wanted));
	else
		TRY(record_set(&wanted, cmd == F_SETLKW || cmd == F_OFD_SETLKW, cs));
	return OK(long, 0);
}

result(unit) file_flock(struct file *f, unsigned operation, struct can_sleep cs)
{
	RETURNS(unit);
	unsigned what = operation & ~(unsigned)LOCK_NB;
	struct record wanted = {
		.inode = f->inode, .owner = f, .pid = proc_processes->current_process().nr, .kind = RECORD_FLOCK,
		.exclusive = what == LOCK_EX, .end = INT64_MAX,
	};

	if (what != LOCK_SH && what != LOCK_EX && what != LOCK_UN)
		return FAIL(EINVAL);
	if (what != LOCK_UN && !(f->mode & (FILE_READ | FILE_WRITE)))
		return FAIL(EBADF);
	TRY(locks_make(f->inode));
	__atomic_or_fetch(&f->mode, FILE_LOCKED, __ATOMIC_RELAXED);
	if (what == LOCK_UN)
		return record_clear(&wanted);
	/* Another kind of lock is first given up, then taken (flock(2), NOTES). */
	bool had_other;
	{
		hold(lock_table, t, &lock_table);
		had_other = false;
		list_each(record, r, &f->inode->locks->records)
			had_other |= same_owner(r, &wanted) && r->exclusive != wanted.exclusive;
	}
	if (had_other)
		TRY(record_clear(&wanted));
	return record_set(&wanted, !(operation & LOCK_NB), cs);
}

/* Ends. ------------------------------------------------------------------------------------------------------------ */

static void owner_clear(struct inode *i, const void *owner)
{
	defer(spares_end, struct spares, dropped, (struct spares){});
	{
		hold(lock_table, t, &lock_table);
		list_each_safe(record, r, &i->locks->records)
			if (r->owner == owner)
				record_drop(t, r, &dropped);
	}
	if (dropped.first)
		wake_up_all(&i->locks->changed, 0);
}

void file_locks_close(struct file *f, const struct fd_table *owner, struct can_sleep can) { owner_clear(f->inode, owner); }

void file_locks_release(struct file *f, struct can_sleep can) { owner_clear(f->inode, f); }

void file_locks_print(struct text_out *out)
{
	static const char *const kinds[] = { "POSIX ", "OFDLCK", "FLOCK " };
	unsigned n = 0;
	hold(lock_table, t, &lock_table);

	table_prepare(t);
	list_each(all_records, r, &in(t)->all) {
		dev_nr dev = r->inode->sb->dev;

		text_print(out, "%u: %s ADVISORY  %s %d %02x:%02x:%llu %lld ", ++n, kinds[r->kind],
			   r->exclusive ? "WRITE" : "READ ", r->pid, dev_major(dev), dev_minor(dev),
			   (unsigned long long)r->inode->ino, (long long)r->start);
		if (r->end == INT64_MAX)
			text_print(out, "EOF\n");
		else
			text_print(out, "%lld\n", (long long)r->end);
	}
}
