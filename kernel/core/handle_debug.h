/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of the handle audit, between its two files. See handle_debug.c. */
#pragma once
#include <murre/handle_scan.h>
#include "core.h"

enum { HANDLE_CALLS = 5, HANDLE_ENDED_CALLS = 3, HANDLE_CALLS_TEXT = 200 };
enum handle_state { HANDLE_ENDED, HANDLE_HELD, HANDLE_RAW };

struct handle_record {
	struct handle_kind *kind;
	const void *object;
	const char *place, *owner;	/* made at; last taken over at */
	uintptr_t calls[HANDLE_CALLS];	/* that led to the making */
	uintptr_t ended[HANDLE_ENDED_CALLS];
	nsec_t born;
	pid_nr_t task;
	char name[TASK_NAME_MAX];
	uint32_t number, generation;
	uint32_t next;			/* of the spare ones, or of its bucket of raw references */
	uint32_t met;			/* the last search that met its token */
	uint32_t leak;			/* its number among the leaks; 0: none */
	uint8_t state;			/* enum handle_state */
	/* For the search, of raw ones. The first of a kind at a base counts for all. */
	uintptr_t base;			/* of the slab object or page that the object lies in; 0: none */
	uint32_t base_next, base_first;
	uint32_t references, pointers;
	/* For the comparison with the object's own count. The first record of an object counts for all. */
	uint32_t count_next, handles;
	int miscount, miscount_told;	/* references beyond the handles when last looked; what stands in the log */
};

/* A token: a mark that no address has, the generation, the number of the record. */
#define HANDLE_NUMBER_MASK 0xfffffful
#define HANDLE_MARK 0x5ad7ul
enum { HANDLE_RECORDS_PER_BLOCK = 1024, HANDLE_BLOCKS_MAX = 1024 };

extern struct handle_record *handle_blocks[HANDLE_BLOCKS_MAX];
extern unsigned handle_block_count;
extern struct spinlock handle_lock;
extern struct handle_kind *handle_kinds;
extern uint64_t handle_unrecorded;

static inline irq_state handle_audit_lock(void) takes_lock(handle_lock, irqs_off)
{
	irq_state s = arch_irq_save();

	spin_lock_raw(&handle_lock);
	return s;
}

static inline void handle_audit_unlock(irq_state s) drops_lock(handle_lock, irqs_off)
{
	spin_unlock_raw(&handle_lock);
	arch_irq_restore(s);
}

static inline struct handle_record *handle_record_nth(uint32_t n)
{
	struct handle_record *block = n / HANDLE_RECORDS_PER_BLOCK < HANDLE_BLOCKS_MAX
					      ? handle_blocks[n / HANDLE_RECORDS_PER_BLOCK] : NULL;

	return n && block ? &block[n % HANDLE_RECORDS_PER_BLOCK] : NULL;
}

static inline uint32_t handle_generation_of(handle_token t) { return t >> 24 & 0xffffff; }

static inline handle_token handle_token_of(const struct handle_record *r)
{
	return HANDLE_MARK << 48 | (uint64_t)(r->generation & 0xffffff) << 24 | r->number;
}

/* The record that a word is the token of; NULL: of none that is live. */
static inline struct handle_record *handle_record_of(uint64_t word)
{
	struct handle_record *r;

	if (likely(word >> 48 != HANDLE_MARK))
		return NULL;
	r = handle_record_nth(word & HANDLE_NUMBER_MASK);
	return r && r->state != HANDLE_ENDED && (r->generation & 0xffffff) == handle_generation_of(word) ? r : NULL;
}

/* Names of the calls, newest first: "a+0x10 < b+0x20". */
void handle_calls_print(char text[HANDLE_CALLS_TEXT], const uintptr_t *calls, unsigned n);
