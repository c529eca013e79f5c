/* SPDX-License-Identifier: GPL-2.0-only */
/* System calls on the caller's memory (mmap(2) and its family): arguments become requests to
 * murre/vm.h. */
#include <linux/membarrier.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <murre/base/checked.h>
#include <murre/cred.h>
#include <murre/file.h>
#include <murre/syscall.h>

/* Flags that MAP_SHARED_VALIDATE knows besides those that only anonymous memory takes. */
#define FILE_FLAGS_KNOWN (MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE | MAP_EXECUTABLE | MAP_GROWSDOWN | \
			  MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB | \
			  MAP_FIXED_NOREPLACE | MAP_BELOW_2G)
#ifdef MAP_32BIT
#define MAP_BELOW_2G MAP_32BIT
#else
#define MAP_BELOW_2G 0
#endif
#ifndef MAP_UNINITIALIZED
#define MAP_UNINITIALIZED 0
#endif

static result(unit) anonymous_request(struct vm_map_request *r, int flags);
static result(unit)
	file_request(struct vm_map_request *r, struct file *f, int flags, struct can_sleep cs);
static result(unit) file_permits(const struct file *f, struct vm_map_request *r, int type);

SYSCALL(mmap, uintptr_t at, size_t bytes, int prot, int flags, fd_t fd, uint64_t offset)
{
	own_map_request(r,
		.at = at,
		.bytes = value_or(size_to_pages(bytes), 0),
		.offset = offset,
		.flags = (prot & VM_PROT_MASK) | VM_MAY_READ | VM_MAY_WRITE | VM_MAY_EXEC |
			 (flags & MAP_GROWSDOWN ? VM_GROWS_DOWN : 0) |
			 (flags & MAP_LOCKED ? VM_LOCKED : 0) |
			 (flags & MAP_NORESERVE ? VM_NO_RESERVE : 0),
		.fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE),
		.no_replace = flags & MAP_FIXED_NOREPLACE,
		.populate = (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE,
		.below_2g = flags & MAP_BELOW_2G);

	if (!is_aligned(offset, PAGE_SIZE))
		return FAIL(EINVAL);
	own(file_ref, f, flags & MAP_ANONYMOUS ? none(file_ref) : TRY(fd_get(current_files(), fd)));
	if (bytes == 0)
		return FAIL(EINVAL);
	if (r.bytes == 0)
		return FAIL(ENOMEM);
	if (flags & MAP_LOCKED && current_space()->limits.memlock == 0 && !capable(CAP_IPC_LOCK))
		return FAIL(EPERM);
	TRY(is_none(f) ? anonymous_request(&r, flags) : file_request(&r, at(f), flags, cs));
	return OK(long, (long)TRY(vm_map(current_space(), &r, cs)));
}

SYSCALL(munmap, uintptr_t at, size_t bytes)
{
	TRY(vm_unmap(current_space(), at, bytes, cs));
	return OK(long, 0);
}

SYSCALL(mprotect, uintptr_t at, size_t bytes, int prot)
{
	bool grows_down = prot & PROT_GROWSDOWN;

	if (grows_down && prot & PROT_GROWSUP)
		return FAIL(EINVAL);
	if (!is_aligned(at, PAGE_SIZE))
		return FAIL(EINVAL);
	if (bytes == 0)
		return OK(long, 0);
	bytes = value_or(size_to_pages(bytes), 0);
	if (bytes == 0 || error_of(size_add(at, bytes)))
		return FAIL(ENOMEM);
	/* Nothing grows upwards on the machines we know. */
	if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM | PROT_GROWSDOWN))
		return FAIL(EINVAL);
	TRY(vm_protect(current_space(), at, bytes, prot & VM_PROT_MASK, grows_down, cs));
	return OK(long, 0);
}

SYSCALL(mremap, uintptr_t at, size_t old_bytes, size_t new_bytes, unsigned flags, uintptr_t new_at)
{
	return OK(long, (long)TRY(vm_remap(current_space(), at, old_bytes, new_bytes, flags, new_at,
					   cs)));
}

SYSCALL(brk, uintptr_t end)
{
	return OK(long, (long)vm_brk(current_space(), end, cs));
}

SYSCALL(madvise, uintptr_t at, size_t bytes, int advice)
{
	TRY(vm_advise(current_space(), at, bytes, advice, cs));
	return OK(long, 0);
}

SYSCALL(msync, uintptr_t at, size_t bytes, int flags)
{
	TRY(vm_sync(current_space(), at, bytes, flags, cs));
	return OK(long, 0);
}

SYSCALL(mincore, uintptr_t at, size_t bytes, user_addr vec)
{
	size_t n = pages_for(bytes);
	uint8_t chunk[256];

	if (!is_aligned(at, PAGE_SIZE))
		return FAIL(EINVAL);
	if (!user_range_ok(at, bytes))
		return FAIL(ENOMEM);
	if (!user_range_ok(user_value(vec), n))
		return FAIL(EFAULT);
	for (size_t done = 0; done < n; ) {
		size_t part = min(n - done, sizeof(chunk));

		TRY(vm_in_core(current_space(), at + (done << PAGE_SHIFT), part, chunk, cs));
		TRY(copy_to_user(user_plus(vec, done), chunk, part, cs));
		done += part;
	}
	return OK(long, 0);
}

SYSCALL(mlock, uintptr_t at, size_t bytes)
{
	TRY(vm_lock(current_space(), at, bytes, VM_LOCKED, cs));
	return OK(long, 0);
}

SYSCALL(mlock2, uintptr_t at, size_t bytes, int flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return FAIL(EINVAL);
	TRY(vm_lock(current_space(), at, bytes, VM_LOCKED | (flags ? VM_LOCK_ON_FAULT : 0), cs));
	return OK(long, 0);
}

SYSCALL(munlock, uintptr_t at, size_t bytes)
{
	TRY(vm_lock(current_space(), at, bytes, 0, cs));
	return OK(long, 0);
}

SYSCALL(mlockall, int flags)
{
	if (flags == 0)
		return FAIL(EINVAL);
	TRY(vm_lock_all(current_space(), flags, cs));
	return OK(long, 0);
}

SYSCALL(munlockall)
{
	TRY(vm_lock_all(current_space(), 0, cs));
	return OK(long, 0);
}

/* Each command makes all running threads of the programs meant pass a full barrier: a grace period
 * has them all do. */
SYSCALL(membarrier, int cmd, unsigned flags)
{
	uint32_t *registered = &current_space()->barriers;

	if (flags)
		return FAIL(EINVAL);
	switch (cmd) {
	case MEMBARRIER_CMD_QUERY:
		return OK(long, MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED |
					MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED |
					MEMBARRIER_CMD_PRIVATE_EXPEDITED |
					MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
	case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		__atomic_or_fetch(registered, (uint32_t)cmd, __ATOMIC_SEQ_CST);
		return OK(long, 0);
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		if (!(read_once(*registered) & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
			return FAIL(EPERM);
		[[fallthrough]];
	case MEMBARRIER_CMD_GLOBAL:
	case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
		if (read_once(cpus_online) > 1)
			rcu_synchronize(cs);
		return OK(long, 0);
	}
	return FAIL(EINVAL);
}

static result(unit) anonymous_request(struct vm_map_request *r, int flags)
{
	RETURNS(unit);
	/* No huge pages are set aside, so there are none to give. */
	if (flags & MAP_HUGETLB)
		return FAIL(ENOMEM);
	r->offset = 0;
	switch (flags & MAP_TYPE) {
	case MAP_PRIVATE:
		return DONE;
	case MAP_SHARED:
		if (flags & MAP_GROWSDOWN)
			return FAIL(EINVAL);
		r->flags |= VM_SHARED;
		if (r->bytes > USER_TOP)
			return FAIL(ENOMEM);
		put_in(r->object, TRY(vm_object_anonymous(r->bytes)));
		return DONE;
	}
	return FAIL(EINVAL);
}

static result(unit)
	file_request(struct vm_map_request *r, struct file *f, int flags, struct can_sleep cs)
{
	RETURNS(unit);
	int type = flags & MAP_TYPE;
	uint64_t end;

	if (flags & MAP_HUGETLB)
		return FAIL(EINVAL);
	if (__builtin_add_overflow(r->offset, r->bytes, &end) || end > INT64_MAX)
		return FAIL(EOVERFLOW);
	if (type == MAP_SHARED_VALIDATE && flags & ~(FILE_FLAGS_KNOWN | MAP_UNINITIALIZED))
		return FAIL(EOPNOTSUPP);
	if (type != MAP_SHARED && type != MAP_SHARED_VALIDATE && type != MAP_PRIVATE)
		return FAIL(EINVAL);
	TRY(file_permits(f, r, type));
	if (!f->ops->mmap)
		return FAIL(ENODEV);
	if (flags & MAP_GROWSDOWN)
		return FAIL(EINVAL);
	return f->ops->mmap(f, r, cs);
}

/* How the file was opened and mounted decides what the mapping may ever be (mmap(2) EACCES, EPERM). */
static result(unit) file_permits(const struct file *f, struct vm_map_request *r, int type)
{
	RETURNS(unit);
	bool shared = type != MAP_PRIVATE;

	if (shared) {
		r->flags |= VM_SHARED;
		if (r->flags & VM_WRITE && !(f->mode & FILE_WRITE))
			return FAIL(EACCES);
		if (!(f->mode & FILE_WRITE))
			r->flags &= ~VM_MAY_WRITE;
	}
	if (!(f->mode & FILE_READ))
		return FAIL(EACCES);
	if (!is_none(f->path) && f->path.mount->flags & MS_NOEXEC) {
		if (r->flags & VM_EXEC)
			return FAIL(EPERM);
		r->flags &= ~VM_MAY_EXEC;
	}
	return DONE;
}
