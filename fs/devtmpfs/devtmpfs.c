/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * devtmpfs: the one tmpfs in which every registered device has its node, owned by root with the driver's permissions.
 * Programs may add and change names in it like in any tmpfs; all mounts of it show the same tree.
 */
#include "../dcache.h"
#include "../tmpfs/tmpfs.h"
#include <murre/device.h>
#include <murre/error_name.h>
#include <murre/log.h>
#include <murre/start.h>
#include <murre/string.h>

static struct superblock *devices read_only_after_start;

static result(superblock_ref) devtmpfs_mount(const struct fs_type *t, const char *source, uint32_t flags,
					     const char *options, struct can_sleep cs)
{
	RETURNS(superblock_ref);

	if (*options)
		TRY(tmpfs_remount(devices, options));
	refcount_inc(&devices->refs);
	return OK(superblock_ref, handle_from(superblock_ref, devices));
}

/* What was just made belongs to root, whoever runs. */
static void owner_set(struct inode *i)
{
	i->uid = (kuid_t){ 0 };
	i->gid = (kgid_t){ 0 };
}

static result(dentry_ref) dir_make(struct inode *dir, new_name_ref name, struct can_sleep cs)
{
	RETURNS(dentry_ref);
	own(new_name_ref, n, give(name));

	TRY(dir->ops->mkdir(dir, at(n), 0755, cs));
	own(dentry_ref, d, TRY(name_made(give(n))));
	owner_set(at(d)->inode);
	return OK(dentry_ref, give(d));
}

/* The directory `name` below dir, made if it is missing. */
static result(dentry_ref) dir_get(struct dentry *dir, struct name name, struct can_sleep cs)
{
	RETURNS(dentry_ref);
	hold_mutex(inode_mutex, held, &dir->inode->mutex);
	own(name_lookup, l, TRY(dentry_lookup_locked(dir, name, held, cs)));

	if (name_kind(&l) == NAME_NEW)
		return dir_make(dir->inode, TRY(name_new(give(l))), cs);
	own(dentry_ref, d, TRY(name_found(give(l))));
	return inode_is(at(d)->inode, S_IFDIR) ? OK(dentry_ref, give(d)) : FAIL(ENOTDIR);
}

static result(unit) node_make(struct dentry *dir, struct name name, const struct char_device *dev, struct can_sleep cs)
{
	RETURNS(unit);
	hold_mutex(inode_mutex, held, &dir->inode->mutex);
	own(name_lookup, l, TRY(dentry_lookup_locked(dir, name, held, cs)));

	if (name_kind(&l) == NAME_FOUND)
		return DONE;
	own(new_name_ref, n, TRY(name_new(give(l))));
	TRY(dir->inode->ops->create(dir->inode, at(n), S_IFCHR | (dev->permissions & 07777), dev->dev, cs));
	own(dentry_ref, d, TRY(name_made(give(n))));
	owner_set(at(d)->inode);
	return DONE;
}

static result(unit) device_show(const struct char_device *dev, struct can_sleep cs)
{
	RETURNS(unit);
	own(dentry_ref, dir, dentry_share(at(devices->root)));
	const char *text = dev->name;

	for (;;) {
		struct name name = name_of(text);

		if (!text[name.length])
			return node_make(at(dir), name, dev, cs);
		own(dentry_ref, sub, TRY(dir_get(at(dir), name, cs)));
		drop(dentry_ref, dir);
		dir = give(sub);
		text += name.length + 1;
	}
}

static may_sleep void device_appeared(struct char_device *dev)
{
	int err = error_of(device_show(dev, MAY_SLEEP));

	if (err)
		log_err("devtmpfs: no node for %s (%s)", dev->name, error_name(err));
}

START_TASK(devtmpfs_start, needs(fs_start))
{
	static struct fs_type type = { .name = "devtmpfs", .mount = devtmpfs_mount };
	struct tmpfs options = {};

	tmpfs_defaults(&options);
	options.mode = 0755;
	own(superblock_ref, sb, expect(tmpfs_superblock_new(&type, 0, &options), "devtmpfs"));
	devices = into_raw(give(sb));
	fs_type_register(&type);
	device_added = device_appeared;
	for (struct char_device *dev = device_first(); dev; dev = dev->next)
		device_appeared(dev);
}
