/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory and strings, with the C standard's names and meaning (C17 7.24) plus the bounded forms the kernel uses. */
#pragma once
#include <murre/base/compiler.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int byte, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *what);

/* Copies at most cap - 1 bytes and always terminates (cap > 0); returns the length of what was copied. */
size_t string_copy(char *to, size_t cap, const char *from);
bool string_starts(const char *s, const char *prefix);
/* Parses an unsigned number: base 0 takes 0x and 0 prefixes; *end is the first byte not taken. Saturates. */
uint64_t string_to_u64(const char *s, const char **end, unsigned base);
/* A size with an optional k, m, g suffix, as in mem=512m. */
uint64_t string_to_size(const char *s, const char **end);
