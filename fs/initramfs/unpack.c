/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of a cpio archive become files of the root. What stands in the way of a name is replaced; names that are in
 * more than one entry (hard links) become links; directories get their times when all that is in them is there. An entry
 * that cannot be made is skipped, the rest goes on.
 */
#include "initramfs.h"
#include <murre/slab.h>
#include <murre/string.h>
#include <linux/fs.h>

#define HERE ((fd_t){ AT_FDCWD })
#define LINK_BUCKETS 64

/* An inode to remember: one that has more names, or a directory whose times come last. */
struct kept {
	struct kept *next;
	inode_ref inode;
	uint32_t ino, dev_major, dev_minor;
	nsec_t modify;
	char name[];
};

struct unpack {
	struct archive *archive;
	struct kept *links[LINK_BUCKETS], *directories;
	file_ref file;			/* the regular file at hand, for its data */
	uint64_t pos;
	char *link;			/* target of the symbolic link at hand */
	size_t link_bytes;
	struct cpio_entry entry;
	const char *name;		/* of the entry, without slashes in front */
	int err;
	char failed[64];
};
DEFINE_BOX(unpack, struct unpack)
DEFINE_BOX_CACHE(unpack, struct unpack);

static void entry_begin(void *context, const struct cpio_entry *e);
static void entry_data(void *context, const void *bytes, size_t n);
static void entry_end(void *context);

const struct cpio_sink unpack_sink = { .entry = entry_begin, .data = entry_data, .end = entry_end };

struct unpack *unpack_new(struct archive *a)
{
	own(unpack_box, box, value_or(unpack_box_new(), none(unpack_box)));

	if (is_none(box))
		return NULL;
	at(box)->archive = a;
	return unbox(box);
}

static void kept_end(struct kept *list, bool stamps)
{
	for (struct kept *next; list; list = next) {
		next = list->next;
		if (stamps)
			at(list->inode)->times.modify = list->modify;
		drop(inode_ref, list->inode);
		bytes_put(list);
	}
}

void unpack_end(struct unpack *u)
{
	if (!is_none(u->file))
		drop(file_ref, u->file);
	end_raw(bytes_box, u->link);
	for (size_t n = 0; n < LINK_BUCKETS; n++)
		kept_end(u->links[n], false);
	kept_end(u->directories, true);
	unpack_box_free(u);
}

int unpack_error(const struct unpack *u, const char **name)
{
	*name = u->failed;
	return u->err;
}

static void note_failure(struct unpack *u, int err)
{
	if (u->err || !err)
		return;
	u->err = err;
	string_copy(u->failed, sizeof(u->failed), u->name);
}

/* Attributes. ------------------------------------------------------------------------------------------------------ */

static void keep(struct kept **list, struct inode *i, const struct unpack *u)
{
	size_t n = strlen(u->name) + 1;
	struct kept *k = bytes_take(sizeof(*k) + n);

	if (!k)
		return;
	put_in(k->inode, inode_share(i));
	k->ino = u->entry.ino;
	k->dev_major = u->entry.dev_major;
	k->dev_minor = u->entry.dev_minor;
	k->modify = nsec_from_sec(u->entry.mtime);
	memcpy(k->name, u->name, n);
	k->next = *list;
	*list = k;
}

/* Nobody else runs yet: attributes are set as they are, without the rules for programs. */
static void stamp(struct inode *i, const struct unpack *u)
{
	i->mode = (i->mode & S_IFMT) | (u->entry.mode & 07777);
	i->uid = (kuid_t){ u->entry.uid };
	i->gid = (kgid_t){ u->entry.gid };
	i->times.modify = nsec_from_sec(u->entry.mtime);
}

static result(unit) stamp_name(struct unpack *u, struct can_sleep cs)
{
	RETURNS(unit);
	own(path_ref, p, TRY(path_lookup(HERE, u->name, 0, cs)));

	stamp(path_inode(&p), u);
	if (inode_is(path_inode(&p), S_IFDIR))
		keep(&u->directories, path_inode(&p), u);
	return DONE;
}

/* Kinds of entries. ------------------------------------------------------------------------------------------------ */

/* Removes what has the entry's name unless it is of its type already and may stay. */
static void name_clear(const struct unpack *u, struct can_sleep cs)
{
	mode_bits type = u->entry.mode & S_IFMT;
	attempt_own(path_ref, p, err, path_lookup(HERE, u->name, 0, cs));

	if (err)
		return;
	struct inode *i = path_inode(&p);
	bool is_dir = inode_is(i, S_IFDIR);
	if (inode_is(i, type) && (is_dir || inode_is(i, S_IFREG)))
		return;
	drop(path_ref, p);
	(void)error_of(is_dir ? path_rmdir(HERE, u->name, cs) : path_unlink(HERE, u->name, cs));
}

static result(unit) directory_make(struct unpack *u, struct can_sleep cs)
{
	RETURNS(unit);
	int err = error_of(path_mkdir(HERE, u->name, u->entry.mode & 07777, cs));

	if (err && err != EEXIST)
		return FAIL(err);
	return stamp_name(u, cs);
}

static const struct kept *link_find(const struct unpack *u)
{
	const struct kept *k = u->links[u->entry.ino % LINK_BUCKETS];

	while (k && (k->ino != u->entry.ino || k->dev_major != u->entry.dev_major || k->dev_minor != u->entry.dev_minor ||
		     !inode_is(at(k->inode), u->entry.mode & S_IFMT)))
		k = k->next;
	return k;
}

static result(unit) file_make(struct unpack *u, bool is_link, struct can_sleep cs)
{
	RETURNS(unit);
	/* Only one of the names of a file brings its data. */
	uint32_t flags = O_WRONLY | O_CREAT | (is_link && !u->entry.size ? 0 : O_TRUNC);

	put_in(u->file, TRY(file_open(HERE, u->name, flags, u->entry.mode & 07777, 0, cs)));
	u->pos = 0;
	return DONE;
}

static result(unit) link_begin(struct unpack *u)
{
	RETURNS(unit);

	if (u->entry.size >= PATH_BYTES_MAX)
		return FAIL(ENAMETOOLONG);
	own(bytes_box, text, TRY(bytes_box_new(u->entry.size + 1)));
	u->link = into_raw(give(text));
	u->link_bytes = 0;
	return DONE;
}

static result(unit) entry_make(struct unpack *u, struct can_sleep cs)
{
	RETURNS(unit);
	mode_bits type = u->entry.mode & S_IFMT;
	const struct kept *link = NULL;

	if (type == S_IFDIR)
		return directory_make(u, cs);
	if (type != S_IFLNK && u->entry.nlink > 1)
		link = link_find(u);
	if (link && strcmp(link->name, u->name) != 0) {
		(void)error_of(path_unlink(HERE, u->name, cs));
		TRY(path_link(HERE, link->name, HERE, u->name, 0, cs));
	}
	switch (type) {
	case S_IFREG:
		return file_make(u, link != NULL, cs);
	case S_IFLNK:
		return link_begin(u);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		if (!link)
			TRY(path_mknod(HERE, u->name, u->entry.mode, dev_make(u->entry.rdev_major, u->entry.rdev_minor & 0xfffff), cs));
		return stamp_name(u, cs);
	}
	return FAIL(EINVAL);
}

/* The sink. -------------------------------------------------------------------------------------------------------- */

static may_sleep void entry_begin(void *context, const struct cpio_entry *e)
{
	struct unpack *u = context;

	u->entry = *e;
	u->name = e->name;
	while (*u->name == '/')
		u->name++;
	if (!*u->name)
		u->name = ".";
	name_clear(u, MAY_SLEEP);
	note_failure(u, error_of(entry_make(u, MAY_SLEEP)));
}

/* Regular files: bytes that lie in the archive can move, others are copied. */
static result(unit) file_data(struct unpack *u, const uint8_t *bytes, size_t n, struct can_sleep cs)
{
	RETURNS(unit);
	struct vm_object *o = at(u->file)->inode->object;
	uint64_t end = u->pos + n;

	if (!o)
		return FAIL(EINVAL);
	if (end > o->size)
		write_once(o->size, end);
	if (u->archive) {
		TRY(archive_move(u->archive, o, u->pos, bytes, n, cs));
	} else {
		struct io_iter it = io_iter_kernel(bytes, n);

		while (it.left)
			TRY(vm_object_write(o, end - it.left, &it, cs));
	}
	u->pos = end;
	return DONE;
}

static may_sleep void entry_data(void *context, const void *bytes, size_t n)
{
	struct unpack *u = context;

	if (u->link) {
		memcpy(u->link + u->link_bytes, bytes, n);
		u->link_bytes += n;
	} else if (!is_none(u->file)) {
		int err = error_of(file_data(u, bytes, n, MAY_SLEEP));

		if (err) {
			note_failure(u, err);
			drop(file_ref, u->file);
		}
	}
}

static may_sleep void entry_end(void *context)
{
	struct unpack *u = context;

	if (u->link) {
		int err = error_of(path_symlink(u->link, HERE, u->name, MAY_SLEEP));

		note_failure(u, err ? err : error_of(stamp_name(u, MAY_SLEEP)));
		end_raw(bytes_box, u->link);
		u->link = NULL;
	} else if (!is_none(u->file)) {
		struct inode *i = at(u->file)->inode;

		stamp(i, u);
		if (u->entry.nlink > 1 && !link_find(u))
			keep(&u->links[u->entry.ino % LINK_BUCKETS], i, u);
		drop(file_ref, u->file);
	}
}
