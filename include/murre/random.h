/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers: ChaCha20 with a key of its own on every CPU, rewritten by each output (an attacker who reads kernel
 * memory learns nothing about earlier numbers). Keys come from one base key, which is made anew from a pool of
 * gathered entropy. Any context, from the first start task on; before random_ready() the numbers are unpredictable
 * only as far as the hardware's generator and the boot's timing were.
 */
#pragma once
#include <murre/base/result.h>
#include <murre/lock.h>

void random_bytes(void *to, size_t n);
uint64_t random_u64(void);
/* Mixes bytes that an attacker may not know into the pool; counts for nothing. */
void random_add(const void *bytes, size_t n);
/* Mixes in the time of something unpredictable (an interrupt, a key) with a few instructions. Interrupts off. */
void random_add_event(uint32_t what);
/* Counts `bits` of entropy for what was added; the generator is ready from RANDOM_POOL_BITS on. */
void random_credit(unsigned bits);
/* New keys for all CPUs from the pool. */
void random_reseed(void);
/* Adds the jitter of a short piece of work to the pool; true when there was any, worth a bit at most. */
bool random_jitter(void);
/* Sleeps until random_ready(), which comes within seconds on any machine; ERESTARTSYS when a signal came. */
result(unit) random_wait(struct can_sleep cs);
/* Fills a buffer of any size; ends early, after a whole page, when a signal comes. EFAULT. */
struct io_iter;
result(size_t) random_read(struct io_iter *to, struct can_sleep cs);
/* A key stream of the caller's own, for many bytes; the caller wipes it. */
struct chacha;
void random_stream_start(struct chacha *c);
/* Enough has been gathered that nobody can guess (getrandom(2) does not block). */
bool random_ready(void);
/* Bits of entropy gathered, at most RANDOM_POOL_BITS. */
#define RANDOM_POOL_BITS 256
unsigned random_bits(void);
/* Text of a random (version 4) UUID with its NUL. */
#define UUID_TEXT_BYTES 37
void random_uuid(char text[UUID_TEXT_BYTES]);
