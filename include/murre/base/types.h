/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers that must not be mixed up, each a struct of its own: mixing them is a compile error and costs nothing.
 * Addresses of user memory are in user.h, byte orders in endian.h.
 */
#pragma once
#include <murre/base/compiler.h>

typedef int64_t loff_t;
typedef uint32_t mode_bits;		/* S_IF* and permission bits as in stat(2) */
typedef uint64_t dev_nr;		/* device number in Linux's kernel encoding: major << 20 | minor */

typedef struct { uint64_t raw; } paddr_t;	/* physical address, bytes */
typedef struct { uint64_t raw; } pfn_t;		/* page frame number: physical address / PAGE_SIZE */
typedef struct { uint64_t raw; } dma_t;		/* address as a device sees it */

typedef struct { int64_t ns; } nsec_t;		/* a time span or a point on a clock, nanoseconds */
typedef struct { uint64_t count; } ticks_t;	/* steps of a hardware counter, or where it stands */
typedef struct { uint64_t fixed; } ns_per_tick_t;	/* how long a step is: 32.32 fixed point */
typedef struct { uint64_t fixed; } ticks_per_ns_t;	/* how many there are: the same */

typedef struct { int nr; } fd_t;		/* descriptor number as a program names it; not a file */
typedef struct { int nr; } pid_nr_t;		/* process or thread number as a program names it; not a process */
typedef struct { uint32_t id; } kuid_t;		/* user id, kernel-wide */
typedef struct { uint32_t id; } kgid_t;		/* group id, kernel-wide */

static inline paddr_t paddr(uint64_t raw) { return (paddr_t){ raw }; }
static inline paddr_t paddr_add(paddr_t p, uint64_t n) { return (paddr_t){ p.raw + n }; }

#define PAGE_SHIFT 12
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))

static inline pfn_t pfn_of_paddr(paddr_t p) { return (pfn_t){ p.raw >> PAGE_SHIFT }; }
static inline paddr_t paddr_of_pfn(pfn_t f) { return (paddr_t){ f.raw << PAGE_SHIFT }; }
static inline size_t pages_for(size_t bytes) { return (bytes >> PAGE_SHIFT) + ((bytes & ~PAGE_MASK) != 0); }

#define NSEC_PER_USEC 1000l
#define NSEC_PER_MSEC 1000000l
#define NSEC_PER_SEC 1000000000l

static inline nsec_t nsec(int64_t ns) { return (nsec_t){ ns }; }
static inline nsec_t nsec_from_msec(int64_t ms) { return (nsec_t){ ms * NSEC_PER_MSEC }; }
static inline nsec_t nsec_from_sec(int64_t s) { return (nsec_t){ s * NSEC_PER_SEC }; }
static inline nsec_t nsec_sub(nsec_t a, nsec_t b) { return (nsec_t){ a.ns - b.ns }; }
static inline bool nsec_before(nsec_t a, nsec_t b) { return a.ns < b.ns; }
/* Saturates instead of wrapping: "for ever" plus something is for ever. */
static inline nsec_t nsec_add(nsec_t a, nsec_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a.ns, b.ns, &sum))
		sum = b.ns > 0 ? INT64_MAX : INT64_MIN;
	return (nsec_t){ sum };
}
#define NSEC_NEVER ((nsec_t){ INT64_MAX })

static inline ticks_t ticks_add(ticks_t a, ticks_t b) { return (ticks_t){ a.count + b.count }; }
static inline ticks_t ticks_sub(ticks_t a, ticks_t b) { return (ticks_t){ a.count - b.count }; }
static inline nsec_t nsec_from_ticks(ticks_t t, ns_per_tick_t tick)
{
	return (nsec_t){ (int64_t)((unsigned __int128)t.count * tick.fixed >> 32) };
}
/* Rounded up: a deadline is not early. Time that has passed is no ticks. */
static inline ticks_t ticks_from_nsec(nsec_t span, ticks_per_ns_t speed)
{
	uint64_t ns = span.ns > 0 ? (uint64_t)span.ns : 0;

	return (ticks_t){ (uint64_t)((unsigned __int128)ns * speed.fixed >> 32) + 1 };
}

static inline bool kuid_equal(kuid_t a, kuid_t b) { return a.id == b.id; }
static inline bool kgid_equal(kgid_t a, kgid_t b) { return a.id == b.id; }

static inline dev_nr dev_make(uint32_t major, uint32_t minor) { return (uint64_t)major << 20 | minor; }
static inline uint32_t dev_major(dev_nr d) { return (uint32_t)(d >> 20); }
static inline uint32_t dev_minor(dev_nr d) { return (uint32_t)(d & 0xfffff); }
