/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory as programs see it: memory objects (pages by index: a file's cache, shared anonymous
 * memory) and address spaces (mappings of objects or of private anonymous memory at user
 * addresses). docs/handles.md tells their lives.
 *
 * Locks: a space's mutex guards its layout and its page tables; page faults take it. So nobody may
 * touch user memory (copy_in, copy_out, io_put ...) while holding the mutex of any space. An
 * object's mutex guards which pages it has.
 */
#pragma once
#include <murre/page.h>
#include <murre/radix.h>
#include <murre/base/tree.h>
#include <murre/task.h>
#include <murre/usercopy.h>

struct vma;
struct vm_object;
struct vm_space;
struct text_out;

/* Memory objects. ------------------------------------------------------------------------------ */

struct vm_object_ops {
	/* Fills a fresh page (index in pages). NULL: pages start as zeros. EIO, ENOSPC, ENOMEM. */
	result(unit) (*fill)(struct vm_object *o, struct page *p, uint64_t index,
			     struct can_sleep cs);
	/* Asks for room before pages are added (limits of a filesystem): ENOSPC. NULL: no limit. */
	result(unit) (*charge)(struct vm_object *o, uint64_t pages);
	void (*uncharge)(struct vm_object *o, uint64_t pages);
	/* The last reference is gone, and so are the pages: frees what embeds the object. */
	void (*free)(struct vm_object *o);
	/* Pages live in memory only (tmpfs, shared anonymous memory): they count as shared memory. */
	bool memory_only;
};

struct vm_object_pages {
	struct radix pages;			/* index -> struct page; one reference each; also read under RCU */
	uint64_t count;
	struct list_node mappings;		/* vmas of the object; those that the last cut has visited are at the end */
	uint64_t cut_round;			/* number of cuts so far */
};
DEFINE_GUARDED_MUTEX(vm_object, struct vm_object_pages, RANK_OBJECT)
/* Held while pages are cut off the object and its mappings, which needs the mutexes of their
 * spaces. */
struct vm_cutting {};
DEFINE_GUARDED_MUTEX(vm_cutting, struct vm_cutting, RANK_INODE)

/* Embedded in an inode or in a shared anonymous segment. */
struct vm_object {
	refcount_t refs;
	const struct vm_object_ops *ops;
	uint64_t size;				/* bytes; pages wholly beyond it do not exist (SIGBUS) */
	guarded(vm_object) state;
	guarded(vm_cutting) cutting;
};
may_sleep void vm_object_release(struct vm_object *o);
DEFINE_HANDLE(vm_object_ref, struct vm_object, vm_object_release)
static inline vm_object_ref vm_object_share(struct vm_object *o)
{
	refcount_inc(&o->refs);
	return handle_from(vm_object_ref, o);
}

/* Makes an embedded object live with one reference, no pages and the given size. */
void vm_object_init(struct vm_object *o, const struct vm_object_ops *ops, uint64_t size);
/* Shared anonymous memory of its own (mmap MAP_SHARED|MAP_ANONYMOUS, shmget). ENOMEM. */
result(vm_object_ref) vm_object_anonymous(uint64_t size);
/* The page at index, made and filled if it is missing. ENOMEM, ENOSPC, EIO; the size is the
 * caller's to check. */
result(page_ref) vm_object_page(struct vm_object *o, uint64_t index, struct can_sleep cs);
/* The page if it is there, else none. */
page_ref vm_object_page_peek(struct vm_object *o, uint64_t index, struct can_sleep cs);
/* Gives the object a page that already holds its data (the initramfs). EEXIST, ENOSPC, ENOMEM. */
result(unit) vm_object_page_add(struct vm_object *o, uint64_t index, page_ref p,
				struct can_sleep cs);
/* Makes the missing ones of the pages [first, end) exist, as zeros, all or none. ENOSPC, ENOMEM, EINTR. */
result(unit) vm_object_reserve(struct vm_object *o, uint64_t first, uint64_t end, struct can_sleep cs);
/* Copies between the object and a buffer at byte pos; reads stop at size and see holes as zeros
 * without making pages; writes make pages but do not move size. The count done; an error only when
 * nothing was done. */
result(size_t) vm_object_read(struct vm_object *o, uint64_t pos, struct io_iter *to,
			      struct can_sleep cs);
result(size_t) vm_object_write(struct vm_object *o, uint64_t pos, struct io_iter *from,
			       struct can_sleep cs);
/* Sets size; when it shrinks, pages beyond go from the object and from every mapping, and the tail
 * of the last page is cleared. */
void vm_object_resize(struct vm_object *o, uint64_t size, struct can_sleep cs);
/* Drops whole pages in [start, end) and clears partial ones (hole punching). */
void vm_object_punch(struct vm_object *o, uint64_t start, uint64_t end, struct can_sleep cs);
/* First byte >= pos of data or of a hole, for SEEK_DATA and SEEK_HOLE; size when there is none. */
uint64_t vm_object_seek_data(struct vm_object *o, uint64_t pos, struct can_sleep cs);
uint64_t vm_object_seek_hole(struct vm_object *o, uint64_t pos, struct can_sleep cs);

/* What a mapping holds on to. ------------------------------------------------------------------ */

/* A mapping keeps its file open through this, without mm knowing files: embedded in struct file. */
struct vm_backing;
struct vm_backing_ops {
	void (*share)(struct vm_backing *b);
	void (*release)(struct vm_backing *b);
	/* Path, device and inode number for /proc/PID/maps. */
	void (*describe)(struct vm_backing *b, struct text_out *path, dev_nr *dev, uint64_t *ino);
	/* Writes [from, to) of the object to where it is kept (msync). NULL: it is kept nowhere
	 * else. */
	result(unit) (*sync)(struct vm_backing *b, uint64_t from, uint64_t to, struct can_sleep cs);
};
struct vm_backing {
	const struct vm_backing_ops *ops;
	struct vm_object *object;
};
static inline void vm_backing_release(struct vm_backing *b) { b->ops->release(b); }
DEFINE_HANDLE(vm_backing_ref, struct vm_backing, vm_backing_release)
static inline vm_backing_ref vm_backing_share(struct vm_backing *b)
{
	b->ops->share(b);
	return handle_from(vm_backing_ref, b);
}

/* Address spaces. ------------------------------------------------------------------------------ */

enum vm_prot { VM_READ = 1, VM_WRITE = 2, VM_EXEC = 4 };	/* as enum pte_prot and enum fault_access have them */
#define VM_PROT_MASK 7u
enum vm_flags {
	VM_SHARED = 1 << 3,
	VM_GROWS_DOWN = 1 << 4,
	VM_LOCKED = 1 << 5,
	VM_MAY_READ = 1 << 6, VM_MAY_WRITE = 1 << 7, VM_MAY_EXEC = 1 << 8,	/* what mprotect may grant */
	VM_DONT_FORK = 1 << 9,
	VM_WIPE_ON_FORK = 1 << 10,
	VM_NO_RESERVE = 1 << 11,
	VM_DONT_DUMP = 1 << 12,
	VM_STACK = 1 << 13,		/* the main stack, for its name in maps */
	VM_LOCK_ON_FAULT = 1 << 15,	/* with VM_LOCKED: pages are not brought in ahead of their use */
	VM_RANDOM = 1 << 16,		/* madvise: no neighbours are brought in with a page */
	VM_SEQUENTIAL = 1 << 17,
	VM_COPIED = 1 << 18,		/* mm's: a private mapping of an object that may have pages of its own */
};

/* One mapping [start, end): private anonymous when backing and object are none. */
struct vma {
	struct tree_node node;
	uintptr_t start, end;
	uintptr_t gap, gap_most;	/* usable free bytes before it; the most of that in its subtree */
	uint32_t flags;			/* enum vm_prot | enum vm_flags */
	uint64_t offset;		/* into the object, bytes, page aligned */
	vm_object_ref object;
	vm_backing_ref backing;
	struct vm_space *space;
	struct list_node object_link;	/* in the object's mappings, under its mutex */
	uint64_t cut_round guarded_by(vm_object_role);		/* the last cut that has visited it, likewise */
};
static inline bool vma_before(const struct vma *a, const struct vma *b) { return a->start < b->start; }
void vma_gaps_update(struct tree_node *n);
DEFINE_TREE_AUGMENTED(vma, struct vma, node, vma_before, vma_gaps_update)

struct vm_layout {
	struct vma_tree vmas;
	struct vma *last_hit;
	uintptr_t mmap_top;		/* mappings without a hint are placed downwards from here */
	uintptr_t brk_start, brk_end;
	uintptr_t stack_top;
	uintptr_t user_code;		/* the architecture's page of code, 0: it needs none */
	uintptr_t code_start, code_end, data_start, data_end;
	uintptr_t arg_start, arg_end, env_start, env_end;
	uint64_t total_pages, locked_pages, data_pages, stack_pages, exec_pages, shared_pages;
	unsigned vma_count;
	uint32_t lock_future;		/* VM_LOCKED and VM_LOCK_ON_FAULT of mappings to come (mlockall) */
	struct vma **dead;		/* whoever has the mutex ends these after giving it back */
	unsigned long auxv[2 * 24];	/* as exec made it, for /proc/PID/auxv */
};
DEFINE_GUARDED_MUTEX(vm_space, struct vm_layout, RANK_SPACE)

struct vm_limits {			/* RLIMIT_* of the process, bytes; kept current by prlimit */
	uint64_t stack, data, as, memlock;
};

struct vm_space {
	refcount_t refs;
	struct arch_space arch;
	pte_t *leaf guarded_by(vm_space_role);				/* of the tables: the one used last, NULL: none; under the mutex */
	uintptr_t leaf_start guarded_by(vm_space_role);			/* what it maps */
	int64_t anon_pages guarded_by(vm_space_role), file_pages guarded_by(vm_space_role), shmem_pages guarded_by(vm_space_role);	/* resident; changed under the mutex */
	uint64_t peak_resident guarded_by(vm_space_role), peak_total guarded_by(vm_space_role);
	uint32_t barriers;			/* membarrier(2) commands that its program registered for */
	struct vm_limits limits;
	void *oom_owner;		/* proc's, for picking a victim */
	guarded(vm_space) layout;
};
may_sleep void vm_space_release(struct vm_space *s);
DEFINE_HANDLE(vm_space_ref, struct vm_space, vm_space_release)
static inline vm_space_ref vm_space_share(struct vm_space *s)
{
	refcount_inc(&s->refs);
	return handle_from(vm_space_ref, s);
}
static inline struct vm_space *current_space(void) { return current()->vm; }

/* Empty space without limits. ENOMEM. */
result(vm_space_ref) vm_space_new(void);
/* Copy on write of all mappings of s, with its limits. ENOMEM; then the copy is gone. */
result(vm_space_ref) vm_space_fork(struct vm_space *s, struct can_sleep cs);
/* Unmaps everything now (exit), before the last reference goes. No program runs on s any more. */
void vm_space_clear(struct vm_space *s, struct can_sleep cs);

#define VM_MAPPINGS_MAX 65530u		/* vm.max_map_count */
#define VM_ADDRESS_MIN 65536ul		/* vm.mmap_min_addr: below only with CAP_SYS_RAWIO, and never unasked */
#define VM_STACK_GAP (256 * PAGE_SIZE)	/* kept free below what grows down */

struct vm_map_request {
	uintptr_t at;			/* hint, or the address when fixed; page aligned when fixed */
	size_t bytes;			/* page aligned, not 0 */
	uint32_t flags;			/* enum vm_prot | enum vm_flags */
	bool fixed, no_replace, populate, below_2g;
	uint64_t offset;
	vm_object_ref object;		/* moved into the mapping; none: private anonymous */
	vm_backing_ref backing;		/* moved too */
};
void vm_map_request_end(struct vm_map_request *r) checked_as("scope_end");
/* own_map_request(r, .at = ..., ...): ends what the mapping did not take. */
#define own_map_request(name, ...) \
	defer(vm_map_request_end, struct vm_map_request, name, (struct vm_map_request){ __VA_ARGS__ })
/* Maps; the address. ENOMEM, EEXIST (no_replace), EPERM, EINVAL, EAGAIN (locked memory). Replaces
 * what was there when fixed. */
result(uintptr_t) vm_map(struct vm_space *s, struct vm_map_request *r, struct can_sleep cs);
result(unit) vm_unmap(struct vm_space *s, uintptr_t start, size_t bytes, struct can_sleep cs);
result(unit) vm_protect(struct vm_space *s, uintptr_t start, size_t bytes, unsigned prot,
			bool grows_down, struct can_sleep cs);
/* mremap(2); flags are MREMAP_*. */
result(uintptr_t) vm_remap(struct vm_space *s, uintptr_t old, size_t old_bytes, size_t new_bytes,
			   unsigned long flags, uintptr_t new_at, struct can_sleep cs);
/* brk(2): the end that holds now. */
uintptr_t vm_brk(struct vm_space *s, uintptr_t end, struct can_sleep cs);
/* madvise(2); advice is MADV_*. */
result(unit) vm_advise(struct vm_space *s, uintptr_t start, size_t bytes, int advice,
		       struct can_sleep cs);
/* msync(2); flags are MS_*. */
result(unit) vm_sync(struct vm_space *s, uintptr_t start, size_t bytes, int flags,
		     struct can_sleep cs);
/* mincore(2): one byte per page into out, n pages from start. ENOMEM: not all mapped. */
result(unit) vm_in_core(struct vm_space *s, uintptr_t start, size_t n, uint8_t *out,
			struct can_sleep cs);
/* mlock2(2) and munlock(2): lock is 0 or VM_LOCKED with or without VM_LOCK_ON_FAULT. */
result(unit) vm_lock(struct vm_space *s, uintptr_t start, size_t bytes, uint32_t lock,
		     struct can_sleep cs);
/* mlockall(2) and munlockall(2); flags are MCL_*, 0 unlocks. */
result(unit) vm_lock_all(struct vm_space *s, int flags, struct can_sleep cs);
/* Brings the pages of [start, end) in, for writing where they are private and writable. EFAULT,
 * ENOMEM: at the first that cannot be. */
result(unit) vm_populate(struct vm_space *s, uintptr_t start, uintptr_t end, struct can_sleep cs);

/* Makes the page at va usable for the access (enum fault_access). EFAULT: nothing mapped; EACCES:
 * not allowed so; ENXIO: beyond the object's end; EIO; ENOMEM. */
result(unit) vm_fault(struct vm_space *s, uintptr_t va, unsigned access, struct can_sleep cs);
/* Copies between the kernel and any space (ptrace, /proc/PID/mem, process_vm_readv). `force`
 * ignores write protection of private mappings. The count done before the first page that cannot be
 * had; an error only when that is the first: EFAULT, ENXIO, EIO, ENOMEM. */
result(size_t) vm_read_remote(struct vm_space *s, uintptr_t va, void *to, size_t n, struct can_sleep cs);
result(size_t) vm_write_remote(struct vm_space *s, uintptr_t va, const void *from, size_t n, bool force,
			       struct can_sleep cs);
/* Identity of a futex word for all who map it: the object and offset for shared memory, the space
 * and address else. EFAULT. */
struct futex_key { uintptr_t a; uint64_t b; };
typedef struct futex_key futex_key;
DEFINE_RESULT(futex_key);
result(futex_key) vm_futex_key(struct vm_space *s, uintptr_t va, bool is_private,
			       struct can_sleep cs);

/* What others may know. ------------------------------------------------------------------------ */

/* Resident pages of all kinds. */
uint64_t vm_space_resident(const struct vm_space *s);
static inline uint64_t vm_space_table_pages(const struct vm_space *s) { return read_once(s->arch.table_pages); }
struct vm_stats {			/* in pages */
	uint64_t total, peak_total, locked, data, stack, exec, shared;
	uint64_t resident, peak_resident, anon, file, shmem, tables;
	uintptr_t code_start, code_end, data_start, data_end, brk_start, brk_end, stack_top;
	uintptr_t arg_start, arg_end, env_start, env_end;
	unsigned mappings;
};
void vm_stats_get(struct vm_space *s, struct vm_stats *out, struct can_sleep cs);

/* One mapping, as a copy. */
struct vm_facts {
	uintptr_t start, end;
	uint32_t flags;
	uint64_t offset;
	vm_backing_ref backing;
	bool is_heap, is_stack, is_shared_anonymous;
};
static inline void vm_facts_end(struct vm_facts *f) { drop(vm_backing_ref, f->backing); }
#define own_facts(name) defer(vm_facts_end, struct vm_facts, name, (struct vm_facts){})
/* The first mapping that ends above `from`; false past the last. Walk on with from = out->end. */
bool vm_facts_next(struct vm_space *s, uintptr_t from, struct vm_facts *out, struct can_sleep cs);
/* Pages of [start, end), which lies in one mapping, for /proc/PID/smaps. */
struct vm_usage { uint64_t resident, anon, shared_clean, shared_dirty, private_clean, private_dirty, referenced; };
void vm_usage_get(struct vm_space *s, uintptr_t start, uintptr_t end, struct vm_usage *out,
		  struct can_sleep cs);

/* Private writable memory promised to programs, in pages, for Committed_AS. */
int64_t vm_committed_pages(void);
/* Called for programs when memory is short, without the mutex of any space held; registered by
 * proc: picks and kills a victim, and waits a little. True: memory may become free, try again. */
extern bool (*oom_kill)(struct can_sleep cs);
