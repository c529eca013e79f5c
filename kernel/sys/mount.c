/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls on the tree of mounts: mount(2), umount2(2), pivot_root(2). Here arguments come in and flags choose what is done. */
#include <murre/file.h>
#include <murre/string.h>
#include <murre/syscall.h>
#include <linux/mount.h>

/* A text that may be missing: "" then. */
static result(bytes_box) text_or_none(user_cstr from, size_t cap, struct can_sleep cs)
{
	RETURNS(bytes_box);
	own(bytes_box, buf, TRY(bytes_box_new(cap)));

	if (!user_is_null(from)) {
		attempt(n, err, copy_string_from_user(at(buf), cap, from, cs));
		if (err)
			return FAIL(err == ENAMETOOLONG ? EINVAL : err);
	}
	return OK(bytes_box, give(buf));
}

/* Options: as much of a page as there is, ending at its NUL. */
static result(bytes_box) options_read(user_addr from, struct can_sleep cs)
{
	RETURNS(bytes_box);
	own(bytes_box, buf, TRY(bytes_box_new(PAGE_SIZE)));
	uintptr_t start = user_value(from);
	size_t first = PAGE_SIZE - (start & (PAGE_SIZE - 1));

	if (user_is_null(from))
		return OK(bytes_box, give(buf));
	TRY(copy_from_user(at(buf), from, min(first, PAGE_SIZE - 1), cs));
	if (first < PAGE_SIZE - 1 && !memchr(at(buf), 0, first))
		(void)error_of(copy_from_user((char *)at(buf) + first, user_plus(from, first), PAGE_SIZE - 1 - first, cs));
	return OK(bytes_box, give(buf));
}

static result(path_ref) mount_place_lookup(const char *path, unsigned flags, struct can_sleep cs)
{
	return path_lookup((fd_t){ AT_FDCWD }, path, flags, cs);
}

#define PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

/* All mounts are private, so that becoming private changes nothing; the other kinds cannot be had. */
static result(unit) propagation_set(const path_ref *place, unsigned long flags)
{
	if (at(*place) != at(place->mount->root))
		return unit_result(EINVAL);
	return unit_result((flags & ~(unsigned long)(MS_REC | MS_SILENT)) == MS_PRIVATE ? 0 : EINVAL);
}

static result(unit) mount_call(path_ref place_, const char *source, bool has_source, const char *type, unsigned long flags,
			       const char *options, struct can_sleep cs)
{
	RETURNS(unit);
	own(path_ref, place, give(place_));

	if (!capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	if (flags & MS_REMOUNT)
		return mount_remount(give(place), flags, options, flags & MS_BIND, cs);
	if (flags & PROPAGATION && !(flags & MS_BIND))
		return propagation_set(&place, flags);
	if (flags & (MS_BIND | MS_MOVE)) {
		if (!has_source || !*source)
			return FAIL(EINVAL);
		own(path_ref, from, TRY(mount_place_lookup(source, LOOKUP_FOLLOW, cs)));
		return flags & MS_BIND ? mount_bind(give(place), give(from), flags & MS_REC, cs)
				       : mount_move(give(place), give(from), cs);
	}
	return *type ? mount_new(give(place), type, source, flags, options, cs) : FAIL(EINVAL);
}

SYSCALL(mount, user_cstr source, user_cstr target, user_cstr type, unsigned long flags, user_addr data)
{
	own(bytes_box, type_text, TRY(text_or_none(type, PAGE_SIZE, cs)));
	own(bytes_box, source_text, TRY(text_or_none(source, PATH_BYTES_MAX, cs)));
	own(bytes_box, options, TRY(options_read(data, cs)));
	path_text(t, target);
	own(path_ref, place, TRY(mount_place_lookup(t.text, LOOKUP_FOLLOW, cs)));

	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~(unsigned long)MS_MGC_MSK;
	if (flags & MS_NOUSER)
		return FAIL(EINVAL);
	TRY(mount_call(give(place), at(source_text), !user_is_null(source), at(type_text), flags, at(options), cs));
	return OK(long, 0);
}

SYSCALL(umount2, user_cstr target, int flags)
{
	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return FAIL(EINVAL);
	path_text(t, target);
	own(path_ref, place, TRY(mount_place_lookup(t.text, flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, cs)));
	if (!capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	TRY(mount_end(give(place), (unsigned)flags, cs));
	return OK(long, 0);
}

SYSCALL(pivot_root, user_cstr new_root, user_cstr put_old)
{
	path_text(n, new_root);
	path_text(o, put_old);

	if (!capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	own(path_ref, fresh, TRY(mount_place_lookup(n.text, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, cs)));
	own(path_ref, old, TRY(mount_place_lookup(o.text, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, cs)));
	TRY(mount_pivot(give(fresh), give(old), cs));
	return OK(long, 0);
}
