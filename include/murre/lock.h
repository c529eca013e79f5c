/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks that hold their data. guarded(name) has the lock and the data in one; hold() takes the lock for the rest of the
 * scope and in() hands out the data. What a lock costs its holder is in its kind:
 *
 *	DEFINE_GUARDED(dcache, struct dcache, RANK_DENTRY)	spin lock: no sleeping until the scope ends
 *	DEFINE_GUARDED_IRQ(...)					the same, also taken by interrupt handlers
 *	DEFINE_GUARDED_MUTEX(...)				sleeps to get it, may sleep while held
 *
 *	{
 *		hold(dcache, c, &dcache);
 *		in(c)->unused_count++;
 *	}
 *
 * A function that needs the lock held takes the token: `dentry_unhash(dcache_locked c, struct dentry *d)`. A spin guard
 * shadows the right to sleep (`cs`) with a type that no sleeping function accepts. Ranks (below) order all locks: a lock
 * may be taken only while those held have lower ranks; debug kernels check.
 */
#pragma once
#include <murre/base/handle.h>
#include <arch/percpu.h>
#include <arch/cpu.h>

/* The right to sleep, handed down from where a task entered the kernel. */
struct checked_as("permit") can_sleep {};
struct no_sleep {};
/* Only in a function that is marked may_sleep. */
#define MAY_SLEEP ((struct can_sleep){})

/* Outermost first. */
enum lock_rank {
	RANK_FILE_POSITION = 15,
	RANK_RENAME = 20,
	RANK_DIRECTORY = 30,		/* inode contents, directories; +1, +2: a second and third one */
	RANK_INODE = 40,
	RANK_PIPE = 45,			/* copies to and from programs while held */
	RANK_SPACE = 50,		/* address space layout and tables */
	RANK_OBJECT = 60,		/* pages of a memory object */
	RANK_EPOLL_FILES = 64,		/* which epoll instances watch which files */
	RANK_POLL = 65,			/* epoll instances, +1 .. +5: those inside; poll verbs run under it */
	RANK_TTY = 70,
	RANK_OOM = 79,			/* who is being killed for memory */
	RANK_FILES = 80,		/* descriptor table */
	RANK_MOUNT = 82,
	RANK_DENTRY = 85,
	RANK_SIGNAL_TIMERS = 87,	/* interval and POSIX timers of a process; they send signals */
	RANK_PROCESS_TREE = 88,		/* parents, children, groups, sessions; terminals signal groups from interrupts */
	RANK_SIGNAL = 90,		/* a process's signals */
	RANK_SIGNAL_ACTIONS = 91,	/* its table of handlers */
	RANK_FUTEX = 92,
	RANK_THREAD = 93,		/* what others may take hold of in a thread: its space, files, places */
	RANK_PID = 94,
	RANK_DEVICE = 96,
	RANK_WAITQ = 100,
	RANK_EPOLL_READY = 104,		/* what wake-ups of watched files add to */
	RANK_RUNQ = 110,
	RANK_CONTEXTS = 112,		/* address space identifiers */
	RANK_TIMER = 120,
	RANK_SLAB = 130,
	RANK_PAGES = 140,
	RANK_CONSOLE = 150,
	RANK_LOG = 160,
	RANK_RANDOM = 170,
};

/* Preemption. ------------------------------------------------------------------------------------------------------ */

void preempt_switch(void);		/* schedule() because a switch was wanted */
static always_inline void preempt_disable(void) takes_lock(preemption_off) unproved
{
	arch_preempt_inc();
	compiler_barrier();
}

static always_inline void preempt_enable(void) drops_lock(preemption_off) unproved
{
	compiler_barrier();
	if (unlikely(arch_preempt_dec_test()))
		preempt_switch();
}

/* Raw locks, for the guards. --------------------------------------------------------------------------------------- */

struct lock_type("spin lock") spinlock { uint32_t spl_held_; };
struct lock_type("mutex") mutex { uintptr_t mtx_owner_; };		/* task that holds it; bit 0: others wait */

void spin_wait(struct spinlock *l);
static always_inline void spin_lock_raw(struct spinlock *l) takes_lock(*l) unproved
{
	if (unlikely(__atomic_exchange_n(&l->spl_held_, 1, __ATOMIC_ACQUIRE)))
		spin_wait(l);
}
static always_inline void spin_unlock_raw(struct spinlock *l) drops_lock(*l) unproved
{
	__atomic_store_n(&l->spl_held_, 0, __ATOMIC_RELEASE);
}

void mutex_lock_slow(struct mutex *m);
void mutex_unlock_slow(struct mutex *m);
static always_inline void mutex_lock_raw(struct mutex *m) takes_lock(*m) unproved
{
	uintptr_t free = 0;

	if (unlikely(!__atomic_compare_exchange_n(&m->mtx_owner_, &free, (uintptr_t)arch_current(), false,
						  __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
		mutex_lock_slow(m);
}
static always_inline void mutex_unlock_raw(struct mutex *m) drops_lock(*m) unproved
{
	uintptr_t mine = (uintptr_t)arch_current();

	if (unlikely(!__atomic_compare_exchange_n(&m->mtx_owner_, &mine, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)))
		mutex_unlock_slow(m);
}

#ifdef MURRE_DEBUG
void lock_rank_acquire(const void *lock, enum lock_rank rank, const char *name);
void lock_rank_release(const void *lock);
void might_sleep_check(const char *where);
/* At the end of a call of a program: nothing may be held any more. */
void nothing_held_check(const char *what);
#else
static inline void lock_rank_acquire(const void *lock, enum lock_rank rank, const char *name) {}
static inline void lock_rank_release(const void *lock) {}
static inline void might_sleep_check(const char *where) {}
static inline void nothing_held_check(const char *what) {}
#endif

/* For clang's proof: a token shows that its role is held, and a twin of each held token, which is a plain pointer, stands
 * for the lock until the scope ends. Nothing of it is compiled. */
#if LOCKS_PROVED
#define DEFINE_LOCK_PROOF_(name, ...) \
	[[maybe_unused]] static inline void lock_shown_(name##_locked k) shows_lock(__VA_ARGS__) unproved {} \
	static inline void name##_proof_end_(guarded(name) *const *g) \
		drops_lock((*g)->grd_lock_, __VA_ARGS__) unproved {}
#define HOLD_PROOF_(name, token, g) ; guarded(name) *const token##_proof_ ended_by(name##_proof_end_) = (g)
#define shown_by(token) lock_shown_(token)
#else
#define DEFINE_LOCK_PROOF_(...)
#define HOLD_PROOF_(name, token, g)
#define shown_by(token) ((void)0)
#endif

/* Guards. ---------------------------------------------------------------------------------------------------------- */

#define guarded(name) struct name##_guarded
#define in(token) (shown_by(token), &(token).grd_p_->grd_data_)
/* The data without its lock: for a hint that is checked again under the lock, and for data not shared yet. */
#define peek(g) (&(g)->grd_data_)

/* The token that proves a lock is held, and the end of its scope. Fields elsewhere may be guarded_by(name_role). */
#define DEFINE_LOCKED_(name, extra_field, ...) \
	typedef struct forge_proof name##_locked { guarded(name) *grd_p_; extra_field } name##_locked; \
	LOCK_ROLE(name##_role); \
	DEFINE_LOCK_PROOF_(name, __VA_ARGS__)

#define DEFINE_GUARDED(name, T, rank) \
	guarded(name) { struct spinlock grd_lock_; T grd_data_; }; \
	DEFINE_LOCKED_(name, , name##_role, preemption_off); \
	/* depth 0, or 1 for a second lock of the kind in an order that the caller keeps: ranks count up. */ \
	[[nodiscard]] [[maybe_unused]] static always_inline name##_locked name##_lock_nested_(guarded(name) *g, int depth) \
		takes_lock(g->grd_lock_, name##_role, preemption_off) unproved \
	{ \
		preempt_disable(); \
		lock_rank_acquire(g, rank + depth, #name); \
		spin_lock_raw(&g->grd_lock_); \
		return (name##_locked){ .grd_p_ = g }; \
	} \
	[[nodiscard]] [[maybe_unused]] static always_inline name##_locked name##_lock_(guarded(name) *g, struct no_sleep cs) \
		takes_lock(g->grd_lock_, name##_role, preemption_off) unproved \
	{ \
		return name##_lock_nested_(g, 0); \
	} \
	[[maybe_unused]] static always_inline void name##_locked_end_(name##_locked *k) unproved \
	{ \
		spin_unlock_raw(&k->grd_p_->grd_lock_); \
		lock_rank_release(k->grd_p_); \
		preempt_enable(); \
	}

#define DEFINE_GUARDED_IRQ(name, T, rank) \
	guarded(name) { struct spinlock grd_lock_; T grd_data_; }; \
	DEFINE_LOCKED_(name, irq_state grd_irq_;, name##_role, irqs_off, preemption_off); \
	[[nodiscard]] [[maybe_unused]] static always_inline name##_locked name##_lock_(guarded(name) *g, struct no_sleep cs) \
		takes_lock(g->grd_lock_, name##_role, irqs_off, preemption_off) unproved \
	{ \
		irq_state s = arch_irq_save(); \
		preempt_disable(); \
		lock_rank_acquire(g, rank, #name); \
		spin_lock_raw(&g->grd_lock_); \
		return (name##_locked){ .grd_p_ = g, .grd_irq_ = s }; \
	} \
	[[maybe_unused]] static always_inline void name##_locked_end_(name##_locked *k) unproved \
	{ \
		irq_state s = k->grd_irq_; \
		spin_unlock_raw(&k->grd_p_->grd_lock_); \
		lock_rank_release(k->grd_p_); \
		arch_irq_restore(s); \
		preempt_enable(); \
	}

#define DEFINE_GUARDED_MUTEX(name, T, rank) \
	guarded(name) { struct mutex grd_lock_; T grd_data_; }; \
	DEFINE_LOCKED_(name, , name##_role); \
	/* depth 0, or 1 for a second lock of the kind in an order that the caller keeps: ranks count up. */ \
	[[nodiscard]] [[maybe_unused]] static always_inline name##_locked name##_lock_nested_(guarded(name) *g, int depth, \
											    struct can_sleep cs) \
		takes_lock(g->grd_lock_, name##_role) unproved \
	{ \
		might_sleep_check(#name); \
		lock_rank_acquire(g, rank + depth, #name); \
		mutex_lock_raw(&g->grd_lock_); \
		return (name##_locked){ .grd_p_ = g }; \
	} \
	[[nodiscard]] [[maybe_unused]] static always_inline name##_locked name##_lock_(guarded(name) *g, struct can_sleep cs) \
		takes_lock(g->grd_lock_, name##_role) unproved \
	{ \
		return name##_lock_nested_(g, 0, cs); \
	} \
	[[maybe_unused]] static always_inline void name##_locked_end_(name##_locked *k) unproved \
	{ \
		mutex_unlock_raw(&k->grd_p_->grd_lock_); \
		lock_rank_release(k->grd_p_); \
	}

/* Takes a spin guard for the rest of the scope. */
#define hold(name, token, g) \
	[[maybe_unused]] struct no_sleep cs = {}; \
	name##_locked token ended_by(name##_locked_end_) = name##_lock_(g, cs) HOLD_PROOF_(name, token, g)
/* A second spin guard in a scope that holds one already. */
#define hold_also(name, token, g) name##_locked token ended_by(name##_locked_end_) = name##_lock_(g, cs) HOLD_PROOF_(name, token, g)
/* The same for a second lock of the same kind, in an order that the caller keeps. */
#define hold_also_nested(name, token, g) name##_locked token ended_by(name##_locked_end_) = name##_lock_nested_(g, 1) HOLD_PROOF_(name, token, g)
/* Takes a mutex guard for the rest of the scope; needs cs. */
#define hold_mutex(name, token, g) \
	name##_locked token ended_by(name##_locked_end_) = name##_lock_(g, cs) HOLD_PROOF_(name, token, g)
#define hold_mutex_nested(name, token, g, depth) \
	name##_locked token ended_by(name##_locked_end_) = name##_lock_nested_(g, depth, cs) HOLD_PROOF_(name, token, g)

/* Holds off preemption (and with it the end of RCU grace periods) for the scope. */
struct preempt_off { char unused; };
static always_inline struct preempt_off preempt_off_begin(void) takes_lock(preemption_off)
{
	preempt_disable();
	return (struct preempt_off){};
}
static always_inline void preempt_off_end(struct preempt_off *p) drops_lock(preemption_off) { preempt_enable(); }
#define hold_preempt_off(token) \
	[[maybe_unused]] struct no_sleep cs = {}; \
	[[maybe_unused]] struct preempt_off token ended_by(preempt_off_end) = preempt_off_begin()

/* Read-copy-update: readers hold_rcu() and load pointers with rcu_load; writers publish with rcu_store and free what
 * they took out with rcu_free, after every reader that might see it is gone. */
#define hold_rcu(token) hold_preempt_off(token)
#define rcu_load(p) __atomic_load_n(&(p), __ATOMIC_CONSUME)
#define rcu_store(p, v) __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
struct rcu_head {
	struct rcu_head *next;
	void (*free)(struct rcu_head *) never_sleeps;
};
/* Calls fn(head) after a grace period, from a context that may not sleep. Any context. */
void rcu_free(struct rcu_head *head, void (*fn)(struct rcu_head *));
/* Waits for a grace period. */
void rcu_synchronize(struct can_sleep cs);

#pragma GCC poison grd_lock_ grd_data_ grd_p_ grd_irq_ spl_held_
