/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel log: a ring of messages that /dev/kmsg, syslog(2) and the consoles read; and the end of everything, panic.
 * Any context.
 */
#pragma once
#include <murre/text.h>

enum log_level { LOG_EMERG, LOG_ALERT, LOG_CRIT, LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG };

void log_print(enum log_level level, const char *fmt, ...) printf_like(2, 3);
#define log_err(...) log_print(LOG_ERR, __VA_ARGS__)
#define log_warn(...) log_print(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_print(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_print(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_print(LOG_DEBUG, __VA_ARGS__)

/* A kernel bug or a state that cannot go on: reports what, where, which process, then as panic= says. */
_Noreturn cold_path void panic(const char *fmt, ...) printf_like(1, 2);
/* The same from a trap, with its registers. */
struct trap_frame;
_Noreturn cold_path void panic_from(const struct trap_frame *f, const char *fmt, ...) printf_like(2, 3);
bool panic_in_progress(void);
_Noreturn cold_path void assert_failed(const char *what, const char *file, int line);
#define kernel_assert(cond) do { if (unlikely(!(cond))) assert_failed(#cond, __FILE__, __LINE__); } while (0)
#define not_reached(why) panic("not reached: %s", why)

/* Where log text appears. write is called with interrupts off, must not sleep or take ranked locks, and gets whole
 * lines. Registered for good; earlier messages are replayed to a new console. */
struct console {
	const char *name;			/* as in console=: "ttyS0" */
	void (*write)(struct console *c, const char *text, size_t n);
	struct console *next;
};
void console_register(struct console *c);

/* Reading the log, for syslog(2) and /dev/kmsg: copies whole records from sequence number *seq on, moves *seq on and
 * returns the bytes; records that the ring has overwritten are skipped. */
struct log_record {
	uint64_t seq;
	int64_t ns;
	enum log_level level;
	uint16_t length;
	char text[232];
};
/* False: nothing at or after *seq yet. Otherwise fills r, and *seq is the one after it. */
bool log_read(uint64_t *seq, struct log_record *r);
uint64_t log_first_seq(void);
uint64_t log_next_seq(void);
/* Messages of this level and below (more important) go to the consoles; loglevel= and syslog(2). */
extern int log_console_level;

/* Name of the function that holds the address and the offset in it; NULL: not kernel text. */
const char *symbol_find(uintptr_t address, size_t *offset);
/* Visits the kernel's symbols in address order, for /proc/kallsyms. False at the end. */
bool symbol_nth(size_t n, uintptr_t *address, char *name, size_t cap);
