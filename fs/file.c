/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of open files: a draft of its opener's, then shared by descriptors, mappings and calls that are under way,
 * ended with the last of them. The memory goes after a grace period, because descriptors are looked up without locks.
 * Also here: files without a name in the tree, and the common ways of reading and writing.
 */
#include "dcache.h"
#include <murre/event.h>
#include <murre/file.h>
#include <murre/text.h>
#include "file_life.h"
#include "mount.h"

DEFINE_BOX(file, struct file)
DEFINE_BOX_CACHE(file, struct file);
EMBEDDED(file, vm_backing, backing)

static const struct vm_backing_ops file_backing_ops;
static struct inode *anonymous_inode read_only_after_start;
static struct mount *pseudo_mount read_only_after_start;

/* Life. ------------------------------------------------------------------------------------------------------------ */

result(file_draft) file_draft_new(uint32_t flags)
{
	static const uint8_t modes[] = { FILE_READ, FILE_WRITE, FILE_READ | FILE_WRITE, 0 };
	RETURNS(file_draft);
	own(file_box, box, TRY(file_box_new()));
	struct file *f = unbox(box);

	refcount_init(&f->refs, 1);
	f->flags = flags;
	f->mode = modes[flags & O_ACCMODE];
	f->backing.ops = &file_backing_ops;
	put_in(f->cred, cred_share(current_cred()));
	return OK(file_draft, handle_from(file_draft, f));
}

file_ref file_publish(file_draft d)
{
	struct file *f = into_count(give(d));

	/* These were for the opening alone; drivers have seen them. */
	f->flags &= ~(uint32_t)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	if (f->ops->seek)
		f->mode |= FILE_CAN_SEEK;
	if (!inode_is(f->inode, S_IFREG) && !inode_is(f->inode, S_IFDIR))
		f->mode |= FILE_NO_POS_LOCK;
	return handle_from(file_ref, f);
}

EMBEDDED(file, rcu_head, rcu)
static void file_free(struct rcu_head *head) { file_box_free(file_of_rcu_head(head)); }

void file_discard(struct file *f)
{
	if (f->mode & FILE_WROTE_BEGIN) {
		inode_write_end(f->inode);
		__atomic_sub_fetch(&f->path.mount->writers, 1, __ATOMIC_RELEASE);
	}
	drop(path_ref, f->path);
	if (unlikely(!is_none(f->own_inode)))
		drop(inode_ref, f->own_inode);
	if (unlikely(!is_none(f->signal_owner)))
		drop(pid_ref, f->signal_owner);
	drop(cred_ref, f->cred);
	rcu_free(&f->rcu, file_free);
}

static may_sleep never_inline void file_end(struct file *f)
{
	if (unlikely(f->epolls.next))
		epoll_forget_file(f, MAY_SLEEP);
	if (unlikely(f->mode & FILE_LOCKED))
		file_locks_release(f, MAY_SLEEP);
	if (f->ops->release)
		f->ops->release(f, MAY_SLEEP);
	file_discard(f);
}

void file_release(struct file *f)
{
	if (refcount_dec(&f->refs))
		file_end(f);
}

/* Files without a name. -------------------------------------------------------------------------------------------- */

void start_code file_start(void)
{
	static const struct superblock_ops ops;
	static const struct fs_type type = { .name = "anon_inodefs", .internal = true };
	own(superblock_ref, sb, expect(superblock_new(&type, &ops, 0), "the anonymous filesystem"));
	own(inode_draft, draft, expect(inode_new(at(sb), NULL, S_IRUSR | S_IWUSR), "the anonymous inode"));
	static const struct inode_ops no_ops;

	at(draft)->ops = &no_ops;
	at(draft)->ino = inode_number_next();
	own(inode_ref, i, inode_publish(give(draft)));
	own(dentry_ref, root, expect(dentry_root(inode_share(at(i))), "the anonymous root"));
	put_in(at(sb)->root, dentry_share(at(root)));
	own(mount_ref, m, expect(mount_make(give(sb), give(root), 0, "none"), "the anonymous mount"));
	pseudo_mount = into_raw(give(m));
	anonymous_inode = into_raw(give(i));
}

result(file_ref) file_pseudo(const char *name, inode_ref i, const struct file_ops *ops, void *private, uint32_t flags)
{
	RETURNS(file_ref);
	own(inode_ref, inode, give(i));
	own(file_draft, d, TRY(file_draft_new(flags)));
	struct file *f = at(d);

	f->ops = ops;
	f->private = private;
	f->pseudo_name = name;
	f->inode = at(inode);
	put_in(f->own_inode, give(inode));
	return OK(file_ref, file_publish(give(d)));
}

result(file_ref) file_anonymous(const char *name, const struct file_ops *ops, void *private, uint32_t flags)
{
	return file_pseudo(name, inode_share(anonymous_inode), ops, private, flags);
}

static void pseudo_print(const struct file *f, struct text_out *out)
{
	if (f->inode == anonymous_inode)
		text_print(out, "anon_inode:%s", f->pseudo_name);
	else if (*f->pseudo_name == '/')
		text_print(out, "%s (deleted)", f->pseudo_name);
	else
		text_print(out, "%s:[%llu]", f->pseudo_name, (unsigned long long)f->inode->ino);
}

result(path_ref) file_place(struct file *f)
{
	RETURNS(path_ref);
	char text[NAME_BYTES_MAX + 1];
	struct text_out out = text_out_to(text, sizeof(text));

	if (likely(!is_none(f->path)))
		return OK(path_ref, path_share(f->path.mount, at(f->path)));
	pseudo_print(f, &out);
	struct name name = { .bytes = text, .length = (uint32_t)out.len };
	own(dentry_ref, d, TRY(dentry_alone(inode_share(f->inode), &name)));
	refcount_inc(&pseudo_mount->refs);
	return OK(path_ref, handle_pair_from(path_ref, into_count(give(d)), mount, pseudo_mount));
}

result(char_ptr) file_print_path(struct file *f, char *buf, size_t cap)
{
	RETURNS(char_ptr);
	struct text_out out = text_out_to(buf, cap - 1);

	if (likely(!is_none(f->path)))
		return path_print(f->path.mount, at(f->path), buf, cap);
	pseudo_print(f, &out);
	buf[out.len] = 0;
	return out.overflowed ? FAIL(ENAMETOOLONG) : OK(char_ptr, buf);
}

/* Mappings. -------------------------------------------------------------------------------------------------------- */

static void backing_share(struct vm_backing *b) { refcount_inc(&file_of_vm_backing(b)->refs); }
static void backing_release(struct vm_backing *b) { file_release(file_of_vm_backing(b)); }

static void backing_describe(struct vm_backing *b, struct text_out *path, dev_nr *dev, uint64_t *ino)
{
	struct file *f = file_of_vm_backing(b);
	own(bytes_box, buf, value_or(bytes_box_new(PATH_BYTES_MAX), none(bytes_box)));

	*dev = f->inode->sb->dev;
	*ino = f->inode->ino;
	if (is_none(buf))
		return;
	attempt(text, err, file_print_path(f, at(buf), PATH_BYTES_MAX));
	if (!err)
		text_print(path, "%s", text);
}

static const struct vm_backing_ops file_backing_ops = {
	.share = backing_share,
	.release = backing_release,
	.describe = backing_describe,
};

/* Reading and writing. --------------------------------------------------------------------------------------------- */

/* With the file's own position: kept to itself while others use it too. */
static never_inline result(size_t) read_locked(struct file *f, struct io_iter *to, struct can_sleep cs)
{
	hold_mutex(file_position, held, &f->pos_mutex);
	return f->ops->read(f, to, &f->pos, cs);
}

static never_inline result(size_t) write_locked(struct file *f, struct io_iter *from, struct can_sleep cs)
{
	hold_mutex(file_position, held, &f->pos_mutex);
	return f->ops->write(f, from, &f->pos, cs);
}

static inline bool position_is_private(struct file *f)
{
	return f->mode & FILE_NO_POS_LOCK || refcount_read(&f->refs) == 1;
}

/* EINVAL: a negative position, or one that the count would carry beyond the largest. */
static inline result(unit) position_check(const struct file *f, loff_t pos, size_t n)
{
	loff_t end;
	bool fits = pos >= 0 && !__builtin_add_overflow(pos, (loff_t)n, &end);

	return unit_result(likely(fits) || f->mode & FILE_UNSIGNED_POS ? 0 : EINVAL);
}

result(size_t) file_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);

	if (unlikely(!(f->mode & FILE_READ)))
		return FAIL(EBADF);
	if (unlikely(!f->ops->read))
		return FAIL(inode_is(f->inode, S_IFDIR) ? EISDIR : EINVAL);
	TRY(position_check(f, pos ? *pos : f->pos, to->left));
	if (pos)
		return f->ops->read(f, to, pos, cs);
	if (likely(position_is_private(f)))
		return f->ops->read(f, to, &f->pos, cs);
	return read_locked(f, to, cs);
}

result(size_t) file_write(struct file *f, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);

	if (unlikely(!(f->mode & FILE_WRITE)))
		return FAIL(EBADF);
	if (unlikely(!f->ops->write))
		return FAIL(EINVAL);
	TRY(position_check(f, pos ? *pos : f->pos, from->left));
	if (pos)
		return f->ops->write(f, from, pos, cs);
	if (likely(position_is_private(f)))
		return f->ops->write(f, from, &f->pos, cs);
	return write_locked(f, from, cs);
}

result(size_t) file_read_kernel(struct file *f, void *to, size_t n, loff_t pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct io_iter it = io_iter_kernel(to, n);

	while (it.left > 0)
		if (TRY(file_read(f, &it, &pos, cs)) == 0)
			break;
	return OK(size_t, n - it.left);
}
