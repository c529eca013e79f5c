/* SPDX-License-Identifier: GPL-2.0-only */
/* The common way of reading and writing, and the life of an open file. */
#include "../twin.h"
#define file_read original_file_read
#define file_write original_file_write
#define file_draft_new original_file_draft_new
#define file_publish original_file_publish
#define file_discard original_file_discard
#define file_release original_file_release
#include <fs/file.c>
#undef file_read
#undef file_write
#undef file_draft_new
#undef file_publish
#undef file_discard
#undef file_release

typedef long (*raw_io)(struct file *f, struct io_iter *it, loff_t *pos);
struct raw_verbs { raw_io read, write; };
_Static_assert(offsetof(struct file_ops, read) == offsetof(struct raw_verbs, read) &&
	       offsetof(struct file_ops, write) == offsetof(struct raw_verbs, write), "the verbs' places");
static inline const struct raw_verbs *verbs(const struct file *f) { return (const struct raw_verbs *)f->ops; }

static inline long raw_position_check(const struct file *f, loff_t pos, size_t n)
{
	loff_t end;
	bool fits = pos >= 0 && !__builtin_add_overflow(pos, (loff_t)n, &end);

	return likely(fits) || f->mode & FILE_UNSIGNED_POS ? 0 : -EINVAL;
}

static never_inline long raw_locked(struct file *f, raw_io verb, struct io_iter *it)
{
	long done;

	raw_mutex_lock(&f->pos_mutex);
	done = verb(f, it, &f->pos);
	raw_mutex_unlock(&f->pos_mutex);
	return done;
}

long raw_file_read(struct file *f, struct io_iter *to, loff_t *pos)
{
	long err;

	if (unlikely(!(f->mode & FILE_READ)))
		return -EBADF;
	if (unlikely(!verbs(f)->read))
		return inode_is(f->inode, S_IFDIR) ? -EISDIR : -EINVAL;
	err = raw_position_check(f, pos ? *pos : f->pos, to->left);
	if (unlikely(err))
		return err;
	if (pos)
		return verbs(f)->read(f, to, pos);
	if (likely(position_is_private(f)))
		return verbs(f)->read(f, to, &f->pos);
	return raw_locked(f, verbs(f)->read, to);
}

long raw_file_write(struct file *f, struct io_iter *from, loff_t *pos)
{
	long err;

	if (unlikely(!(f->mode & FILE_WRITE)))
		return -EBADF;
	if (unlikely(!verbs(f)->write))
		return -EINVAL;
	err = raw_position_check(f, pos ? *pos : f->pos, from->left);
	if (unlikely(err))
		return err;
	if (pos)
		return verbs(f)->write(f, from, pos);
	if (likely(position_is_private(f)))
		return verbs(f)->write(f, from, &f->pos);
	return raw_locked(f, verbs(f)->write, from);
}

/* Life. ------------------------------------------------------------------------------------------------------------ */

struct file *raw_file_draft_new(uint32_t flags) TWIN(file_draft_new);
struct file *raw_file_publish(struct file *f) TWIN(file_publish);
void raw_file_discard(struct file *f) TWIN(file_discard);

struct file *raw_file_draft_new(uint32_t flags)
{
	static const uint8_t modes[] = { FILE_READ, FILE_WRITE, FILE_READ | FILE_WRITE, 0 };
	struct file *f = slab_take(&file_cache);

	if (unlikely(!f))
		return (struct file *)-ENOMEM;
	__builtin_memset(f, 0, sizeof(*f));
	refcount_init(&f->refs, 1);
	f->flags = flags;
	f->mode = modes[flags & O_ACCMODE];
	f->backing.ops = &file_backing_ops;
	f->cred = cred_share(current_cred());
	return f;
}

struct file *raw_file_publish(struct file *f)
{
	f->flags &= ~(uint32_t)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	if (f->ops->seek)
		f->mode |= FILE_CAN_SEEK;
	if (!inode_is(f->inode, S_IFREG) && !inode_is(f->inode, S_IFDIR))
		f->mode |= FILE_NO_POS_LOCK;
	return f;
}

void raw_file_discard(struct file *f)
{
	if (f->mode & FILE_WROTE_BEGIN) {
		inode_write_end(f->inode);
		__atomic_sub_fetch(&f->path.mount->writers, 1, __ATOMIC_RELEASE);
	}
	if (at(f->path)) {
		dentry_release(at(f->path));
		mount_release(f->path.mount);
	}
	if (unlikely(at(f->own_inode)))
		inode_release(at(f->own_inode));
	if (unlikely(at(f->signal_owner)))
		pid_release(at(f->signal_owner));
	cred_release(at(f->cred));
	rcu_free(&f->rcu, file_free);
}

static never_inline void raw_file_end(struct file *f)
{
	if (unlikely(f->epolls.next))
		epoll_forget_file(f, MAY_SLEEP);
	if (unlikely(f->mode & FILE_LOCKED))
		file_locks_release(f, MAY_SLEEP);
	if (f->ops->release)
		f->ops->release(f, MAY_SLEEP);
	raw_file_discard(f);
}

void raw_file_put(struct file *f)
{
	if (refcount_dec(&f->refs))
		raw_file_end(f);
}
