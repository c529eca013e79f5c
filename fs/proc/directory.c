/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directories and links of procfs: rows from tables, then numbers from callbacks. Positions of a listing: 0 and 1 are
 * "." and "..", then the rows, then NUMBERS_FIRST + number. Registered rows are a list that only grows (under a mutex)
 * and is read without a lock.
 */
#include <murre/base/address.h>
#include <murre/random.h>
#include "proc.h"

enum { ROWS_FIRST = 2, NUMBERS_FIRST = 1 << 16 };
/* Longest number of a name; everything that is counted here is an int. */
#define NUMBER_MAX INT32_MAX

struct proc_directory proc_root_directory;
const struct proc_entry proc_root_entry = {
	.name = "", .mode = S_IFDIR | 0555, .registered = &proc_root_directory,
};
const struct proc_processes *proc_processes;

void proc_processes_register(const struct proc_processes *p) { rcu_store(proc_processes, p); }

const struct proc_numbers *proc_numbers_of(const struct proc_entry *dir)
{
	if (dir != &proc_root_entry)
		return dir->numbers;
	return rcu_load(proc_processes) ? proc_processes->numbers : NULL;
}

/* Rows. ------------------------------------------------------------------------------------------------------------ */

const struct proc_entry *proc_row_nth(const struct proc_entry *dir, size_t n)
{
	if (n < dir->child_count)
		return &dir->children[n];
	n -= dir->child_count;
	for (struct proc_rows *r = dir->registered ? rcu_load(dir->registered->first) : NULL; r; r = rcu_load(r->next)) {
		if (n < r->count)
			return &r->rows[n];
		n -= r->count;
	}
	return NULL;
}

const struct proc_entry *proc_row_find(const struct proc_entry *dir, struct name name)
{
	const struct proc_entry *e;

	for (size_t n = 0; (e = proc_row_nth(dir, n)); n++)
		if (strlen(e->name) == name.length && memcmp(e->name, name.bytes, name.length) == 0)
			return e;
	return NULL;
}

unsigned proc_subdirectories(const struct proc_entry *dir)
{
	const struct proc_entry *e;
	unsigned count = 0;

	for (size_t n = 0; (e = proc_row_nth(dir, n)); n++)
		count += S_ISDIR(e->mode);
	return count;
}

DEFINE_GUARDED_MUTEX(proc_registry, struct { char unused; }, RANK_DIRECTORY)
static guarded(proc_registry) registry;

static void rows_add(struct proc_directory *d, const struct proc_entry *rows, size_t count)
{
	struct proc_rows *block = bytes_take(sizeof(*block)), **end = &d->first;

	if (!block)
		expect_failed("memory for /proc at start", ENOMEM);
	*block = (struct proc_rows){ .rows = rows, .count = count };
	while (*end)
		end = &(*end)->next;
	rcu_store(*end, block);
}

/* A directory row of its own for a name that nobody has made yet. */
static const struct proc_entry *directory_add(struct proc_directory *parent, const char *name, size_t length)
{
	struct proc_entry *e = bytes_take(sizeof(*e) + sizeof(struct proc_directory) + length + 1);

	if (!e)
		expect_failed("memory for /proc at start", ENOMEM);
	struct proc_directory *d = behind(struct proc_directory, e);
	char *text = behind(char, d);
	memcpy(text, name, length);
	*e = (struct proc_entry){ .name = text, .mode = S_IFDIR | 0555, .registered = d };
	rows_add(parent, e, 1);
	return e;
}

static struct proc_directory *directory_find_or_add(struct proc_directory *parent, const char *name, size_t length)
{
	struct proc_entry dir = { .registered = parent };
	const struct proc_entry *e = proc_row_find(&dir, (struct name){ .bytes = name, .length = length });

	return (e ? e : directory_add(parent, name, length))->registered;
}

void proc_register(const char *directory, const struct proc_entry *rows, size_t count)
{
	struct can_sleep cs = MAY_SLEEP;		/* start tasks are tasks */
	struct proc_directory *d = &proc_root_directory;
	hold_mutex(proc_registry, r, &registry);

	while (*directory) {
		const char *end = strchr(directory, '/');
		size_t length = end ? (size_t)(end - directory) : strlen(directory);

		d = directory_find_or_add(d, directory, length);
		directory += length + (end != NULL);
	}
	rows_add(d, rows, count);
}

/* Looking up. ------------------------------------------------------------------------------------------------------ */

/* Names of processes and descriptors are good as long as those are. */
static bool subject_still_valid(struct dentry *d)
{
	struct proc_node *n = node_of(d->inode);

	return n->subject.ops->alive(&n->subject);
}
static const struct dentry_ops subject_dentry_ops = { .still_valid = subject_still_valid };

/* Decimal digits without a leading zero; ENOENT. */
static result(uint64_t) number_parse(struct name name)
{
	RETURNS(uint64_t);
	uint64_t value = 0;

	if (name.length > 10 || name.length == 0 || (name.bytes[0] == '0' && name.length > 1))
		return FAIL(ENOENT);
	for (uint32_t i = 0; i < name.length; i++) {
		unsigned digit = (unsigned char)name.bytes[i] - '0';

		if (digit > 9)
			return FAIL(ENOENT);
		value = value * 10 + digit;
	}
	return value <= NUMBER_MAX ? OK(uint64_t, value) : FAIL(ENOENT);
}

static result(inode_ref) inode_of_number(struct inode *dir, struct name name, struct can_sleep cs)
{
	RETURNS(inode_ref);
	struct proc_node *n = node_of(dir);
	const struct proc_numbers *numbers = proc_numbers_of(n->entry);

	if (!numbers)
		return FAIL(ENOENT);
	uint64_t number = TRY(number_parse(name));
	return proc_inode_make(dir->sb, numbers->entry, TRY(numbers->lookup(&n->subject, number, cs)));
}

/* "No such name" is an error here, not a cached miss: what cannot be made need not be remembered. */
static result(inode_ref) directory_lookup(struct inode *dir, struct dentry *d, struct can_sleep cs)
{
	RETURNS(inode_ref);
	struct proc_node *n = node_of(dir);
	const struct proc_entry *e = proc_row_find(n->entry, d->name);
	own(inode_ref, i, e ? TRY(proc_inode_make(dir->sb, e, proc_subject_share(&n->subject)))
			    : TRY(inode_of_number(dir, d->name, cs)));

	if (node_of(at(i))->subject.ops)
		d->ops = &subject_dentry_ops;
	return OK(inode_ref, give(i));
}

static void directory_getattr(struct inode *i, struct kstat *st)
{
	struct proc_node *n = node_of(i);
	const struct proc_numbers *numbers = proc_numbers_of(n->entry);

	if (numbers && numbers->count)
		st->nlink += numbers->count(&n->subject);
}

const struct inode_ops proc_directory_inode_ops = {
	.lookup = directory_lookup, .getattr = directory_getattr, .permission = proc_inode_permission,
	.setattr = proc_inode_setattr, .evict = proc_inode_evict,
};

/* Listing. --------------------------------------------------------------------------------------------------------- */

static unsigned char dirent_type(mode_bits mode) { return (mode & S_IFMT) >> 12; }

static bool emit(struct dir_sink *s, const char *name, loff_t next, uint64_t ino, mode_bits mode)
{
	if (!s->emit(s, name, strlen(name), next, ino, dirent_type(mode)))
		return false;
	s->pos = next;
	return true;
}

static bool emit_dots(struct file *f, struct dir_sink *s)
{
	struct dentry *d = at(f->path);

	if (s->pos == 0 && !emit(s, ".", 1, d->inode->ino, S_IFDIR))
		return false;
	return s->pos != 1 || emit(s, "..", ROWS_FIRST, d->parent->inode->ino, S_IFDIR);
}

static bool emit_rows(const struct proc_node *n, struct dir_sink *s)
{
	const struct proc_entry *e;

	while (s->pos < NUMBERS_FIRST && (e = proc_row_nth(n->entry, s->pos - ROWS_FIRST)))
		if (!emit(s, e->name, s->pos + 1, proc_ino(e, &n->subject), e->mode))
			return false;
	if (s->pos < NUMBERS_FIRST)
		s->pos = NUMBERS_FIRST;
	return true;
}

/* The number that ls and stat see: that of the inode which a lookup would make. */
static uint64_t number_ino(const struct proc_node *dir, const struct proc_numbers *numbers, uint64_t number,
			   struct can_sleep cs)
{
	attempt(found, err, numbers->lookup(&dir->subject, number, cs));

	if (err)
		return number + ROWS_FIRST;
	defer(proc_subject_end, proc_subject, s, found);
	return proc_ino(numbers->entry, &s);
}

static void emit_numbers(const struct proc_node *n, const struct proc_numbers *numbers, struct dir_sink *s,
			 struct can_sleep cs)
{
	uint64_t number = s->pos - NUMBERS_FIRST;
	char name[24];

	for (; numbers->next(&n->subject, &number, cs); number++) {
		text_format(name, sizeof(name), "%lu", number);
		if (!emit(s, name, NUMBERS_FIRST + number + 1, number_ino(n, numbers, number, cs), numbers->entry->mode))
			return;
	}
}

static result(unit) directory_readdir(struct file *f, struct dir_sink *s, struct can_sleep cs)
{
	RETURNS(unit);
	struct proc_node *n = node_of(f->inode);
	const struct proc_numbers *numbers = proc_numbers_of(n->entry);

	if (!proc_subject_alive(&n->subject))
		return FAIL(ENOENT);
	if (emit_dots(f, s) && emit_rows(n, s) && numbers)
		emit_numbers(n, numbers, s, cs);
	return DONE;
}

static result(loff_t) directory_seek(struct file *f, loff_t offset, int whence, struct can_sleep cs)
{
	return proc_seek(f, offset, whence, cs);
}

const struct file_ops proc_directory_file_ops = { .readdir = directory_readdir, .seek = directory_seek };

/* Links. ----------------------------------------------------------------------------------------------------------- */

static result(path_ref) magic_follow(struct inode *i, struct can_sleep cs)
{
	RETURNS(path_ref);
	struct proc_node *n = node_of(i);

	return proc_subject_alive(&n->subject) ? n->entry->follow(&n->subject, cs) : FAIL(ENOENT);
}

static result(char_ptr) link_read(struct inode *i, char *buf, size_t cap, struct can_sleep cs)
{
	RETURNS(char_ptr);
	struct proc_node *n = node_of(i);

	if (!proc_subject_alive(&n->subject))
		return FAIL(ENOENT);
	if (n->entry->readlink)
		return n->entry->readlink(&n->subject, buf, cap, cs);
	own(path_ref, place, TRY(n->entry->follow(&n->subject, cs)));
	return path_print(place.mount, at(place), buf, cap);
}

const struct inode_ops proc_link_inode_ops = {
	.readlink = link_read, .permission = proc_inode_permission, .setattr = proc_inode_setattr,
	.evict = proc_inode_evict,
};
const struct inode_ops proc_magic_link_inode_ops = {
	.readlink = link_read, .follow = magic_follow, .permission = proc_inode_permission,
	.setattr = proc_inode_setattr, .evict = proc_inode_evict,
};
