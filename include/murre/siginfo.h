/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a signal says about itself: the part of siginfo_t that carries data, in the layout of the ABI (sigaction(2)); a
 * program sees it followed by zeros up to 128 bytes. And sets of signals. Plain values, no owner and no lock.
 */
#pragma once
#include <murre/base/result.h>
#include <linux/types.h>
#include <linux/signal.h>

#define SIGNALS_MAX 64			/* highest signal number */

struct signal_info {
	int signo;
	int error;
	int code;			/* SI_*, SEGV_*, CLD_* … */
	int pad;
	union {
		struct { int pid; uint32_t uid; uint64_t value; } user;		/* kill, sigqueue */
		struct { int id; int overrun; uint64_t value; } timer;
		struct { int pid; uint32_t uid; int status; int pad; int64_t user_ticks, system_ticks; } child;
		struct { uintptr_t address; } fault;
		struct { int64_t band; int fd; } poll;
		unsigned char raw[32];
	};
};
static_assert_size(struct signal_info, 48);
typedef struct signal_info signal_info;
DEFINE_RESULT(signal_info);
#define SIGINFO_ABI_BYTES 128

static inline uint64_t signal_bit(int signo) { return 1ull << (signo - 1); }
static inline bool signal_valid(int signo) { return signo >= 1 && signo <= SIGNALS_MAX; }

#define SIGNALS_UNBLOCKABLE (1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1))
