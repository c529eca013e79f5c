/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The search for leaked handles in the debug kernel (kernel/core/handle_debug.c): mm/ shows all words of memory that may
 * hold one, the audit tells which records were not met. Interrupts are off from begin to end.
 */
#pragma once
#include <murre/base/handle.h>

struct text_out;
struct can_sleep;

#ifdef MURRE_DEBUG

/* The search itself, by mm/; registered at start. */
extern void (*handle_scan)(void);
/* A pointer's object: the start of the slab object or page that holds the address; 0: neither. */
typedef uintptr_t handle_base_fn(uintptr_t address);

void handle_scan_begin(handle_base_fn *base);
/* Shows the words in [start, end); the audit's own records among them are passed over. */
void handle_scan_words(uintptr_t start, uintptr_t end);
/* Takes stock: new leaks are numbered and go to the log. */
void handle_scan_end(void);
/* Records lie here. */
bool handle_scan_is_audit(uintptr_t address);

/* Searches now, then prints all kinds of handles and all leaks so far (/proc/murre/handles). */
void handles_print(struct text_out *out);
/* A process has ended: searches soon. */
void handle_scan_soon(void);

#else
static inline void handle_scan_soon(void) {}
#endif
