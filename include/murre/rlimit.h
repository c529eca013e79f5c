/* SPDX-License-Identifier: GPL-2.0-only */
/* Resource limits of a process, shared by its threads (getrlimit(2)). Soft limits are read without a lock. */
#pragma once
#include <murre/task.h>
#include <linux/resource.h>
#include <asm/resource.h>

struct rlimits { struct rlimit64 limit[RLIM_NLIMITS]; };
static inline uint64_t current_limit(unsigned which) { return read_once(current()->limits->limit[which].rlim_cur); }
