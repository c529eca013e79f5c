/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of mounts as text: /proc/PID/mounts, mountinfo and mountstats (proc(5)), in the order of mounting. */
#include "mount.h"
#include <murre/path.h>
#include <murre/string.h>
#include <murre/text.h>

struct flag_name { uint32_t flag; const char *text; };

static const struct flag_name superblock_names[] = {
	{ MS_SYNCHRONOUS, ",sync" }, { MS_DIRSYNC, ",dirsync" }, { MS_MANDLOCK, ",mand" }, { MS_LAZYTIME, ",lazytime" },
};
static const struct flag_name mount_names[] = {
	{ MS_NOSUID, ",nosuid" }, { MS_NODEV, ",nodev" }, { MS_NOEXEC, ",noexec" }, { MS_NOATIME, ",noatime" },
	{ MS_NODIRATIME, ",nodiratime" }, { MS_RELATIME, ",relatime" }, { MS_NOSYMFOLLOW, ",nosymfollow" },
};

static void flags_print(struct text_out *out, uint32_t flags, const struct flag_name *names, size_t count)
{
	for (size_t n = 0; n < count; n++)
		if (flags & names[n].flag)
			text_print(out, "%s", names[n].text);
}
#define print_flags(out, flags, names) flags_print(out, flags, names, array_size(names))

/* What would split a line is written in octal. */
static void escaped_print(struct text_out *out, const char *s)
{
	for (; *s; s++) {
		if (strchr(" \t\n\\#", *s))
			text_print(out, "\\%03o", (unsigned)(unsigned char)*s);
		else
			text_char(out, *s);
	}
}

static void superblock_options_print(struct text_out *out, struct superblock *sb)
{
	print_flags(out, sb->flags, superblock_names);
}

static void mounts_line(struct text_out *out, const struct mount *m, const char *place)
{
	struct superblock *sb = at(m->sb);

	escaped_print(out, m->source);
	text_char(out, ' ');
	escaped_print(out, place);
	text_print(out, " %s %s", sb->type->name, (m->flags | sb->flags) & MS_RDONLY ? "ro" : "rw");
	superblock_options_print(out, sb);
	print_flags(out, m->flags, mount_names);
	if (sb->ops->show_options)
		sb->ops->show_options(sb, out);
	text_print(out, " 0 0\n");
}

/* The root of what is mounted, within its filesystem. */
static void root_print(struct text_out *out, const struct mount *m)
{
	char buf[256];
	attempt(text, err, dentry_print(at(m->root), buf, sizeof(buf)));

	escaped_print(out, err ? "/" : text);
}

static void mountinfo_line(struct text_out *out, const struct mount *m, const char *place)
{
	struct superblock *sb = at(m->sb);

	text_print(out, "%d %d %u:%u ", m->id, m->parent->id, dev_major(sb->dev), dev_minor(sb->dev));
	root_print(out, m);
	text_char(out, ' ');
	escaped_print(out, place);
	text_print(out, " %s", m->flags & MS_RDONLY ? "ro" : "rw");
	print_flags(out, m->flags, mount_names);
	text_print(out, " - %s ", sb->type->name);
	escaped_print(out, m->source);
	text_print(out, " %s", sb->flags & MS_RDONLY ? "ro" : "rw");
	superblock_options_print(out, sb);
	if (sb->ops->show_options)
		sb->ops->show_options(sb, out);
	text_char(out, '\n');
}

static void mountstats_line(struct text_out *out, const struct mount *m, const char *place)
{
	text_print(out, "device ");
	escaped_print(out, m->source);
	text_print(out, " mounted on ");
	escaped_print(out, place);
	text_print(out, " with fstype %s\n", at(m->sb)->type->name);
}

void mounts_print(struct text_out *out, enum mount_show form, const path_ref *root)
{
	static void (*const lines[])(struct text_out *, const struct mount *, const char *) = {
		[MOUNT_SHOW_MOUNTS] = mounts_line,
		[MOUNT_SHOW_MOUNTINFO] = mountinfo_line,
		[MOUNT_SHOW_MOUNTSTATS] = mountstats_line,
	};
	char buf[512];

	hold(mount_tree, tree, &mount_tree);
	list_each(all_mounts, m, &in(tree)->all) {
		bool reached;
		attempt(place, err, path_print_from(root, m, at(m->root), buf, sizeof(buf), &reached));

		if (!err && reached)
			lines[form](out, m, place);
	}
}
