/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel command line: words separated by blanks, double quotes keep blanks together, everything after a lone `--`
 * belongs to init (bootparam(7)). The line is kept as given and, cut into words, in a second copy.
 */
#include <arch/boot.h>
#include <murre/start.h>
#include <murre/string.h>
#include "core.h"

enum { WORDS_MAX = 256 };

static char words_text[BOOT_CMDLINE_MAX];
static const char *words[WORDS_MAX];
static bool word_used[WORDS_MAX];	/* somebody in the kernel has asked for it */
static unsigned word_count;
static unsigned init_words_from;		/* index of the first word after `--` */

/* Cuts the word at p off the rest, quotes removed; returns where the next one may start. */
static char *word_cut(char *p)
{
	char *to = p;
	bool quoted = false;

	for (; *p && (quoted || (*p != ' ' && *p != '\t' && *p != '\n')); p++) {
		if (*p == '"')
			quoted = !quoted;
		else
			*to++ = *p;
	}
	p += *p != 0;
	*to = 0;
	return p;
}

void cmdline_parse(const char *text)
{
	char *p = words_text;

	string_copy(words_text, sizeof(words_text), text);
	init_words_from = WORDS_MAX;
	while (word_count < WORDS_MAX) {
		while (*p == ' ' || *p == '\t' || *p == '\n')
			p++;
		if (!*p)
			break;
		words[word_count] = p;
		p = word_cut(p);
		if (init_words_from == WORDS_MAX && strcmp(words[word_count], "--") == 0)
			init_words_from = word_count;
		else
			word_count++;
	}
}

/* Text after `name=`, "" for `name` alone, NULL if the word is another one. Dashes and underscores are the same. */
static const char *word_value(const char *word, const char *name)
{
	for (; *name; word++, name++)
		if (*word != *name && !((*word == '-' || *word == '_') && (*name == '-' || *name == '_')))
			return NULL;
	return *word == '=' ? word + 1 : *word ? NULL : word;
}

const char *cmdline_value(const char *name)
{
	const char *found = NULL;

	for (unsigned i = 0; i < min(word_count, init_words_from); i++) {
		const char *value = word_value(words[i], name);

		if (value) {
			found = value;
			word_used[i] = true;
		}
	}
	return found;
}

const char *cmdline_word(unsigned n, const char *name)
{
	for (unsigned i = 0; i < min(word_count, init_words_from); i++) {
		const char *value = word_value(words[i], name);

		if (!value)
			continue;
		word_used[i] = true;
		if (n-- == 0)
			return value;
	}
	return NULL;
}

const char *cmdline_init_word(unsigned n)
{
	return init_words_from + n < word_count ? words[init_words_from + n] : NULL;
}

const char *cmdline_unknown_word(unsigned n)
{
	/* Words that the kernel reads late or only in some machines are its own all the same. */
	static const char *const known[] = {
		"console", "debug", "init", "loglevel", "maxcpus", "mem", "norandmaps", "nosmp", "panic", "quiet", "rdinit",
		"root", "rootfstype", "rootflags", "ro", "rw", "strace", "virtio_mmio.device", "vmm_exit", "BOOT_IMAGE",
	};

	for (unsigned i = 0; i < array_size(known); i++)
		(void)cmdline_value(known[i]);
	for (unsigned i = 0; i < min(word_count, init_words_from); i++)
		if (!word_used[i] && n-- == 0)
			return words[i];
	return NULL;
}

const char *cmdline_text(void)
{
	return boot_info->cmdline;
}
