/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memfd_create(2): a file of anonymous memory without a name, with seals (fcntl(2), F_ADD_SEALS) that take operations
 * away for good. What is special lives in the inode (struct memfd), so that files opened again through /proc obey,
 * too. Seals are added with both the seal lock and the inode's mutex held: writes run under the first, changes of size
 * under the second.
 */
#include <murre/event.h>
#include <murre/slab.h>
#include <murre/start.h>
#include <murre/string.h>
#include <linux/falloc.h>
#include <linux/magic.h>
#include <linux/memfd.h>

/* F_SEAL_* is in linux/fcntl.h. What 6.1 knows: */
#define SEALS_KNOWN (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)
#define MEMFD_NAME_PREFIX "/memfd:"

DEFINE_GUARDED_MUTEX(memfd_seals, struct { unsigned set; }, RANK_DIRECTORY - 1)
struct memfd {
	guarded(memfd_seals) seals;
	vm_object_ref object;
	char name[sizeof(MEMFD_NAME_PREFIX) + NAME_BYTES_MAX];
};
DEFINE_BOX(memfd, struct memfd)
DEFINE_BOX_CACHE(memfd, struct memfd);
EMBEDDED(vma, list_node, object_link)

static struct superblock *memfd_superblock;
static struct file_ops memfd_ops read_only_after_start;

static struct memfd *memfd_of(const struct file *f) { return f->inode->private; }

/* Verbs that seals restrict. --------------------------------------------------------------------------------------- */

/* How far a write at pos may go when the file must not grow: whole pages below the end, as tmpfs of Linux has it. */
static result(size_t) write_room(const struct inode *i, loff_t pos, size_t n)
{
	RETURNS(size_t);
	uint64_t size = inode_size(i), whole = align_down(size, PAGE_SIZE);

	if ((uint64_t)pos + n <= size)
		return OK(size_t, n);
	return whole > (uint64_t)pos ? OK(size_t, whole - pos) : FAIL(EPERM);
}

static result(size_t) memfd_write(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	hold_mutex(memfd_seals, s, &memfd_of(f)->seals);
	size_t room = from->left;

	if (in(s)->set & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return FAIL(EPERM);
	if (in(s)->set & F_SEAL_GROW)
		room = TRY(write_room(f->inode, f->flags & O_APPEND ? (loff_t)inode_size(f->inode) : *pos, room));
	size_t beyond = from->left - room;
	from->left = room;
	attempt(done, err, object_file_ops.write(f, from, pos, cs));
	from->left += beyond;
	return err ? FAIL(err) : OK(size_t, done);
}

static result(unit) memfd_fallocate(struct file *f, int mode, loff_t offset, loff_t bytes, struct can_sleep cs)
{
	RETURNS(unit);
	hold_mutex(memfd_seals, s, &memfd_of(f)->seals);
	unsigned set = in(s)->set;

	if ((mode & FALLOC_FL_PUNCH_HOLE) && (set & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)))
		return FAIL(EPERM);
	if (!(mode & FALLOC_FL_PUNCH_HOLE) && (set & F_SEAL_GROW) && (uint64_t)(offset + bytes) > inode_size(f->inode))
		return FAIL(EPERM);
	return object_file_ops.fallocate(f, mode, offset, bytes, cs);
}

static result(unit) memfd_mmap(struct file *f, struct vm_map_request *r, struct can_sleep cs)
{
	RETURNS(unit);
	hold_mutex(memfd_seals, s, &memfd_of(f)->seals);

	if ((r->flags & VM_SHARED) && (f->mode & FILE_WRITE)) {
		if (in(s)->set & F_SEAL_WRITE)
			return FAIL(EPERM);
		if (in(s)->set & F_SEAL_FUTURE_WRITE) {
			if (r->flags & VM_WRITE)
				return FAIL(EPERM);
			r->flags &= ~VM_MAY_WRITE;
		}
	}
	return object_file_ops.mmap(f, r, cs);
}

static result(unit) memfd_setattr(struct inode *i, const struct inode_attrs *a, struct can_sleep cs)
{
	RETURNS(unit);
	struct memfd *m = i->private;
	unsigned set = read_once(peek(&m->seals)->set);		/* stable: the inode's mutex is held */

	if (a->valid & ATTR_SIZE) {
		if (a->size < inode_size(i) && (set & F_SEAL_SHRINK))
			return FAIL(EPERM);
		if (a->size > inode_size(i) && (set & F_SEAL_GROW))
			return FAIL(EPERM);
	}
	inode_change_apply(i, a, cs);
	return DONE;
}

/* Seals. ----------------------------------------------------------------------------------------------------------- */

/* Someone has it mapped in a way that writes may come through. */
static bool mapped_writable(struct vm_object *o, struct can_sleep cs)
{
	hold_mutex(vm_object, k, &o->state);
	struct list_node *head = &in(k)->mappings;

	for (struct list_node *n = head->next; n && n != head; n = n->next) {
		uint32_t flags = vma_of_list_node(n)->flags;

		if ((flags & VM_SHARED) && (flags & VM_MAY_WRITE))
			return true;
	}
	return false;
}

static result(unit) seals_add(struct file *f, unsigned set, struct can_sleep cs)
{
	RETURNS(unit);

	if (!(f->mode & FILE_WRITE))
		return FAIL(EPERM);
	if (set & ~(unsigned)SEALS_KNOWN)
		return FAIL(EINVAL);
	hold_mutex(memfd_seals, s, &memfd_of(f)->seals);
	hold_mutex(inode_mutex, m, &f->inode->mutex);
	if (in(s)->set & F_SEAL_SEAL)
		return FAIL(EPERM);
	if ((set & F_SEAL_WRITE) && !(in(s)->set & F_SEAL_WRITE) && mapped_writable(f->inode->object, cs))
		return FAIL(EBUSY);
	write_once(in(s)->set, in(s)->set | set);
	return DONE;
}

static result(long) memfd_fcntl(struct file *f, unsigned cmd, uintptr_t arg, struct can_sleep cs)
{
	switch (cmd) {
	case F_ADD_SEALS:
		if (arg > UINT32_MAX)
			return FAIL(EINVAL);
		TRY(seals_add(f, arg, cs));
		return OK(long, 0);
	case F_GET_SEALS:
		return OK(long, read_once(peek(&memfd_of(f)->seals)->set));
	}
	return FAIL(EINVAL);
}

/* Life. ------------------------------------------------------------------------------------------------------------ */

static void memfd_free(struct memfd *m)
{
	drop(vm_object_ref, m->object);
	memfd_box_free(m);
}
DEFINE_HANDLE(memfd_ref, struct memfd, memfd_free)

static void memfd_evict(struct inode *i)
{
	if (i->private)
		end_raw(memfd_ref, i->private);
}

static const struct inode_ops memfd_inode_ops = { .setattr = memfd_setattr, .evict = memfd_evict };

static result(memfd_ref) memfd_make(const char *name, bool sealable)
{
	RETURNS(memfd_ref);
	own(memfd_box, m, TRY(memfd_box_new()));

	peek(&at(m)->seals)->set = sealable ? 0 : F_SEAL_SEAL;
	string_copy(at(m)->name, sizeof(at(m)->name), MEMFD_NAME_PREFIX);
	string_copy(at(m)->name + strlen(MEMFD_NAME_PREFIX), sizeof(at(m)->name) - strlen(MEMFD_NAME_PREFIX), name);
	put_in(at(m)->object, TRY(vm_object_anonymous(0)));
	return OK(memfd_ref, handle_from(memfd_ref, unbox(m)));
}

/* The inode takes the memfd along: one end for both. */
static inode_ref memfd_inode(inode_draft d, memfd_ref m_)
{
	own(inode_draft, draft, give(d));
	own(memfd_ref, m, give(m_));
	struct inode *i = at(draft);

	i->nlink = 0;
	i->ino = inode_number_next();
	i->ops = &memfd_inode_ops;
	i->file_ops = &memfd_ops;
	i->object = at(at(m)->object);
	i->private = into_raw(give(m));
	return inode_publish(give(draft));
}

result(file_ref) memfd_new(const char *name, unsigned flags)
{
	RETURNS(file_ref);

	if (flags & MFD_HUGETLB)
		return FAIL(ENOSYS);		/* as a Linux without hugetlbfs */
	own(memfd_ref, m, TRY(memfd_make(name, flags & MFD_ALLOW_SEALING)));
	own(inode_draft, draft, TRY(inode_new(memfd_superblock, NULL, S_IFREG | 0777)));
	own(inode_ref, i, memfd_inode(give(draft), give(m)));
	const struct memfd *named = at(i)->private;
	return file_pseudo(named->name, give(i), &memfd_ops, NULL, O_RDWR | O_LARGEFILE);
}

static void memfd_statfs(struct superblock *s, struct statfs_k *st)
{
	*st = (struct statfs_k){ .type = TMPFS_MAGIC, .block_size = PAGE_SIZE, .name_max = NAME_BYTES_MAX };
}

/* Linux's memfds are files of a tmpfs that nobody mounts; this is ours. */
START_TASK(memfd_start, needs(fs_start))
{
	static const struct superblock_ops ops = { .statfs = memfd_statfs };
	static struct fs_type type = { .name = "tmpfs", .internal = true };
	own(superblock_ref, s, expect(superblock_new(&type, &ops, 0), "memory for memfds at start"));

	memfd_superblock = unbox(s);
	memfd_ops = object_file_ops;
	memfd_ops.write = memfd_write;
	memfd_ops.fallocate = memfd_fallocate;
	memfd_ops.mmap = memfd_mmap;
	memfd_ops.fcntl = memfd_fcntl;
}
