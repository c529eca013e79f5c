/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structures of the Linux ABI as programs pass them, from the distribution's own headers; ours only where those carry
 * raw user pointers, with their size asserted. user_T names the user address of a T.
 */
#pragma once
#include <murre/base/user.h>
#include <murre/time.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/poll.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/stat.h>
#include <linux/sysinfo.h>
#include <linux/times.h>
#include <linux/utsname.h>
#include <linux/capability.h>
#include <linux/time.h>
#include <asm/stat.h>
#include <asm/statfs.h>

/* DEFINE_USER for a type named by one identifier, and the short names user_T, user_in_T, user_out_T. */
#define NAME_USER_AS(T) typedef user(T) user_##T; typedef user_in(T) user_in_##T; typedef user_out(T) user_out_##T
#define DEFINE_USER_AS(T) DEFINE_USER(T); NAME_USER_AS(T)

NAME_USER_AS(char);
NAME_USER_AS(int);
NAME_USER_AS(long);
NAME_USER_AS(uint32_t);
NAME_USER_AS(uint64_t);
NAME_USER_AS(timespec64);
NAME_USER_AS(timeval64);

typedef struct { uintptr_t base; uint64_t bytes; } abi_iovec;		/* struct iovec, readv(2) */
static_assert_size(abi_iovec, 16);
typedef struct stat abi_stat;
typedef struct statx abi_statx;
typedef struct statfs abi_statfs;
typedef struct new_utsname abi_utsname;
typedef struct rlimit64 abi_rlimit;
typedef struct rusage abi_rusage;
typedef struct sysinfo abi_sysinfo;
typedef struct tms abi_tms;
typedef struct pollfd abi_pollfd;
typedef struct epoll_event abi_epoll_event;
typedef struct open_how abi_open_how;
typedef struct clone_args abi_clone_args;
typedef struct sched_attr abi_sched_attr;
typedef struct { int32_t priority; } abi_sched_param;
typedef struct { timespec64 interval, value; } abi_itimerspec;
typedef struct { timeval64 interval, value; } abi_itimerval;
typedef struct { int32_t minutes_west, dst; } abi_timezone;
typedef struct __user_cap_header_struct abi_cap_header;
typedef struct __user_cap_data_struct abi_cap_data;
typedef struct { uint64_t bits; } abi_sigset;				/* 64 signals */
typedef struct { uintptr_t handler; uint64_t flags; uintptr_t restorer; abi_sigset mask; } abi_sigaction;
typedef struct { uintptr_t base; int32_t flags; int32_t pad; uint64_t bytes; } abi_stack;	/* stack_t */
typedef struct { _Alignas(8) unsigned char bytes[128]; } abi_siginfo;
typedef struct { uintptr_t mask; uint64_t mask_bytes; } abi_sigmask_arg;	/* pselect6's sixth argument */
typedef struct { _Alignas(8) unsigned char bytes[64]; } abi_sigevent;	/* sigevent(7), parsed by its owner */
typedef struct { uint64_t bits[16]; } abi_fd_set;			/* 1024 descriptors */
typedef struct { uintptr_t list_next; int64_t futex_offset; uintptr_t pending; } abi_robust_list;
typedef uintptr_t abi_pointer;						/* one entry of argv, envp */

DEFINE_USER_AS(abi_iovec);
DEFINE_USER_AS(abi_stat);
DEFINE_USER_AS(abi_statx);
DEFINE_USER_AS(abi_statfs);
DEFINE_USER_AS(abi_utsname);
DEFINE_USER_AS(abi_rlimit);
DEFINE_USER_AS(abi_rusage);
DEFINE_USER_AS(abi_sysinfo);
DEFINE_USER_AS(abi_tms);
DEFINE_USER_AS(abi_pollfd);
DEFINE_USER_AS(abi_epoll_event);
DEFINE_USER_AS(abi_open_how);
DEFINE_USER_AS(abi_clone_args);
DEFINE_USER_AS(abi_sched_attr);
DEFINE_USER_AS(abi_sched_param);
DEFINE_USER_AS(abi_itimerspec);
DEFINE_USER_AS(abi_itimerval);
DEFINE_USER_AS(abi_timezone);
DEFINE_USER_AS(abi_cap_header);
DEFINE_USER_AS(abi_cap_data);
DEFINE_USER_AS(abi_sigset);
DEFINE_USER_AS(abi_sigaction);
DEFINE_USER_AS(abi_stack);
DEFINE_USER_AS(abi_siginfo);
DEFINE_USER_AS(abi_sigmask_arg);
DEFINE_USER_AS(abi_sigevent);
DEFINE_USER_AS(abi_fd_set);
DEFINE_USER_AS(abi_robust_list);
DEFINE_USER_AS(abi_pointer);
