/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pipes and FIFOs (pipe(7), fifo(7)). A struct pipe lives as long as files on it do: each open end holds a reference; a
 * FIFO's inode knows the pipe of those who have it open now.
 */
#pragma once
#include <murre/file.h>

struct pipe;
void pipe_release(struct pipe *p);
DEFINE_HANDLE(pipe_ref, struct pipe, pipe_release)

/* A pipe of 64 KiB without ends. ENOMEM. */
result(pipe_ref) pipe_new(void);
/* Opens both ends of a new pipe: *reader and *writer. flags: O_NONBLOCK, O_DIRECT. ENOMEM, ENFILE. */
struct pipe_ends { file_ref reader, writer; };
result(unit) pipe_open(uint32_t flags, struct pipe_ends *ends);
static inline void pipe_ends_end(struct pipe_ends *e)
{
	drop(file_ref, e->reader);
	drop(file_ref, e->writer);
}

/* Opens a FIFO's inode on a new file with its access mode set, by the rules of fifo(7): sleeps for the other side. Sets
 * f->ops and f->private. ENXIO: write-only and non-blocking without a reader. ERESTARTSYS, ENOMEM. */
result(unit) fifo_open(struct inode *i, struct file *f, struct can_sleep cs);

/* Largest capacity that an unprivileged F_SETPIPE_SZ may ask for, bytes; /proc/sys/fs/pipe-max-size. */
extern unsigned pipe_max_bytes;
