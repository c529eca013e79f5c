/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formatted text into a fixed buffer; text that does not fit is dropped and remembered in `overflowed`. printf(3)'s
 * %d %i %u %x %X %o %c %s %p %% with flags, width, precision and hh h l ll z t j, and nothing else. %p prints the number.
 */
#pragma once
#include <murre/base/compiler.h>
#include <stdarg.h>

struct text_out {
	char *buf;
	size_t cap;
	size_t len;			/* bytes written, never above cap; not NUL-terminated */
	bool overflowed;
};

static inline struct text_out text_out_to(char *buf, size_t cap) { return (struct text_out){ .buf = buf, .cap = cap }; }
void text_print(struct text_out *out, const char *fmt, ...) printf_like(2, 3);
void text_vprint(struct text_out *out, const char *fmt, va_list args);
void text_put(struct text_out *out, const char *bytes, size_t n);
static inline void text_char(struct text_out *out, char c) { text_put(out, &c, 1); }
/* snprintf: always NUL-terminates (cap > 0), returns the length without NUL of what was written. */
size_t text_format(char *buf, size_t cap, const char *fmt, ...) printf_like(3, 4);
