/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the raw twins share. A twin stands in the linker for a function of the kernel: it takes the same arguments (those
 * of no size, such as the right to sleep, are no arguments to the machine), does the same work with the same checks, and is
 * written as in a kernel without handles: plain pointers, minus the errno, locks and references given back by hand. The
 * file that the twin replaces is included first, for its types and for all that is not on the path, with its functions
 * renamed. never_inline stands where the kernel's function has a second caller, which keeps the compiler from inlining it.
 */
#pragma once
#include <murre/file.h>
#include <murre/page.h>
#include <murre/string.h>
#include <murre/usercopy.h>
#include <murre/vm.h>

#define TWIN(name) __asm__(#name)
#define IS_ERROR(x) unlikely((unsigned long)(x) >= -4095ul)

#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wunused-function"

/* The lock word and the data of a guard, which raw code reaches as two fields of one structure. */
#define RAW_GUARD(T, lock) struct { lock l; T data; }

static always_inline void raw_spin_lock(void *l)
{
	preempt_disable();
	spin_lock_raw((struct spinlock *)l);
}

static always_inline void raw_spin_unlock(void *l)
{
	spin_unlock_raw((struct spinlock *)l);
	preempt_enable();
}

static always_inline void raw_mutex_lock(void *l) { mutex_lock_raw((struct mutex *)l); }
static always_inline void raw_mutex_unlock(void *l) { mutex_unlock_raw((struct mutex *)l); }

/* Interfaces between the twins, and to functions that have none. */
unsigned long raw_fd_loan(int fd) TWIN(fd_loan);
struct file *raw_fd_get_any(struct fd_table *t, int fd) TWIN(fd_get_any);
long raw_fd_publish(struct file *f, bool close_on_exec) TWIN(fd_publish);
long raw_fd_close(struct fd_table *t, int fd) TWIN(fd_close);
long raw_file_read(struct file *f, struct io_iter *to, loff_t *pos) TWIN(file_read);
long raw_file_write(struct file *f, struct io_iter *from, loff_t *pos) TWIN(file_write);
void raw_file_put(struct file *f) TWIN(file_release);
long raw_io_iter_user(struct io_iter *it, unsigned long base, size_t bytes) TWIN(io_iter_user);
long raw_io_put(struct io_iter *it, const void *from, size_t n) TWIN(io_put);
long raw_io_get(struct io_iter *it, void *to, size_t n) TWIN(io_get);
long raw_io_put_zeros(struct io_iter *it, size_t n) TWIN(io_put_zeros);
long raw_object_read(struct vm_object *o, uint64_t pos, struct io_iter *to) TWIN(vm_object_read);
struct page *raw_object_page_find(struct vm_object *o, uint64_t index) TWIN(vm_object_page_peek);
struct page *raw_object_page(struct vm_object *o, uint64_t index) TWIN(vm_object_page);
struct page *raw_page_alloc(unsigned order, unsigned request, enum page_kind kind) TWIN(page_alloc);
struct raw_table;
long raw_number_take(struct fd_table *t, int lowest, bool close_on_exec);
void raw_number_put(struct fd_table *t, int fd);
void raw_number_fill(struct fd_table *t, int fd, struct file *f);
