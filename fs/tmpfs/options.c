/* SPDX-License-Identifier: GPL-2.0-only */
/* Mount options of tmpfs (tmpfs(5)): size, nr_blocks, nr_inodes, mode, uid, gid. Anything else is refused. */
#include "tmpfs.h"
#include <murre/page.h>
#include <murre/string.h>
#include <murre/text.h>

void tmpfs_defaults(struct tmpfs *o)
{
	struct page_stats stats;

	page_stats_get(&stats);
	o->mode = 01777;
	o->uid = current_cred()->fsuid;
	o->gid = current_cred()->fsgid;
	o->is_limited = true;
	o->pages_max = o->pages_default = stats.total / 2;
	o->inodes_max = o->inodes_default = stats.total / 2;
}

/* One "key=value" of the text, both ending at the next comma. */
struct option { const char *key, *value; size_t key_bytes, value_bytes; };

static const char *option_next(const char *text, struct option *o)
{
	const char *comma = strchr(text, ','), *end = comma ? comma : text + strlen(text);
	const char *equals = memchr(text, '=', (size_t)(end - text));

	o->key = text;
	o->key_bytes = (size_t)((equals ? equals : end) - text);
	o->value = equals ? equals + 1 : NULL;
	o->value_bytes = equals ? (size_t)(end - equals - 1) : 0;
	return comma ? comma + 1 : end;
}

static bool option_is(const struct option *o, const char *key)
{
	return strlen(key) == o->key_bytes && memcmp(o->key, key, o->key_bytes) == 0;
}

static result(uint64_t) option_number(const struct option *o, unsigned base)
{
	RETURNS(uint64_t);
	const char *end;

	if (!o->value_bytes)
		return FAIL(EINVAL);
	uint64_t n = string_to_u64(o->value, &end, base);
	return end == o->value + o->value_bytes ? OK(uint64_t, n) : FAIL(EINVAL);
}

/* With a suffix k, m, g, or for sizes a percentage of RAM. */
static result(uint64_t) option_size(const struct option *o, bool percent)
{
	RETURNS(uint64_t);
	struct page_stats stats;
	const char *end;

	if (!o->value_bytes)
		return FAIL(EINVAL);
	uint64_t n = string_to_size(o->value, &end);
	if (percent && *end == '%') {
		page_stats_get(&stats);
		if (n > 1u << 20)
			return FAIL(EINVAL);
		n = n * (stats.total << PAGE_SHIFT) / 100;
		end++;
	}
	return end == o->value + o->value_bytes ? OK(uint64_t, n) : FAIL(EINVAL);
}

static result(unit) option_apply(struct tmpfs *t, const struct option *o, bool is_remount)
{
	RETURNS(unit);

	if (option_is(o, "size")) {
		t->pages_max = pages_for(TRY(option_size(o, true)));
	} else if (option_is(o, "nr_blocks")) {
		t->pages_max = TRY(option_size(o, false));
	} else if (option_is(o, "nr_inodes")) {
		t->inodes_max = TRY(option_size(o, false));
	} else if (option_is(o, "mode")) {
		uint64_t mode = TRY(option_number(o, 8));
		if (!is_remount)
			t->mode = mode & 07777;
	} else if (option_is(o, "uid")) {
		uint64_t uid = TRY(option_number(o, 10));
		if (uid >= UINT32_MAX)
			return FAIL(EINVAL);
		if (!is_remount)
			t->uid = (kuid_t){ (uint32_t)uid };
	} else if (option_is(o, "gid")) {
		uint64_t gid = TRY(option_number(o, 10));
		if (gid >= UINT32_MAX)
			return FAIL(EINVAL);
		if (!is_remount)
			t->gid = (kgid_t){ (uint32_t)gid };
	} else if (!option_is(o, "inode64") || o->value) {
		return FAIL(EINVAL);
	}
	return DONE;
}

result(unit) tmpfs_options_parse(struct tmpfs *t, const char *text, bool is_remount)
{
	RETURNS(unit);
	struct option o;

	while (*text) {
		text = option_next(text, &o);
		if (o.key_bytes)
			TRY(option_apply(t, &o, is_remount));
	}
	return DONE;
}

/* EINVAL: less than what is in use, or limits for what had none. */
result(unit) tmpfs_remount(struct superblock *s, const char *options)
{
	RETURNS(unit);
	struct tmpfs *t = tmpfs_of(s);
	struct tmpfs wanted = *t;

	if (!t->is_limited)
		return DONE;
	TRY(tmpfs_options_parse(&wanted, options, true));
	if ((wanted.pages_max && (!t->pages_max || read_once(t->pages) > wanted.pages_max)) ||
	    (wanted.inodes_max && (!t->inodes_max || read_once(t->inodes) > wanted.inodes_max)))
		return FAIL(EINVAL);
	t->pages_max = wanted.pages_max;
	t->inodes_max = wanted.inodes_max;
	return DONE;
}

void tmpfs_show_options(struct superblock *s, struct text_out *out)
{
	const struct tmpfs *t = tmpfs_of(s);

	if (t->is_limited && t->pages_max != t->pages_default)
		text_print(out, ",size=%luk", (unsigned long)(t->pages_max << (PAGE_SHIFT - 10)));
	if (t->is_limited && t->inodes_max != t->inodes_default)
		text_print(out, ",nr_inodes=%lu", (unsigned long)t->inodes_max);
	if (t->mode != (t->is_limited ? 01777u : 0755u))
		text_print(out, ",mode=%03o", t->mode);
	if (t->uid.id)
		text_print(out, ",uid=%u", t->uid.id);
	if (t->gid.id)
		text_print(out, ",gid=%u", t->gid.id);
	if (t->is_limited)
		text_print(out, ",inode64");
}
