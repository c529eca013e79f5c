/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a call number to its body: one table, made from syscalls.def. Each row becomes a small function that takes the
 * arguments out of the trap frame with their types; a number without a row answers ENOSYS.
 */
#include <arch/trap.h>
#include <asm/unistd.h>
#include <murre/syscall.h>
#include <murre/task.h>
#include <murre/watch.h>
#include "dispatch.h"

#define GIVE_0()
#define GIVE_1(T, a, ...) from_register(T, frame_arg(f, 0)),
#define GIVE_2(T, a, ...) from_register(T, frame_arg(f, 0)), GIVE1_1(__VA_ARGS__)
#define GIVE_3(T, a, ...) from_register(T, frame_arg(f, 0)), GIVE1_2(__VA_ARGS__)
#define GIVE_4(T, a, ...) from_register(T, frame_arg(f, 0)), GIVE1_3(__VA_ARGS__)
#define GIVE_5(T, a, ...) from_register(T, frame_arg(f, 0)), GIVE1_4(__VA_ARGS__)
#define GIVE_6(T, a, ...) from_register(T, frame_arg(f, 0)), GIVE1_5(__VA_ARGS__)
#define GIVE1_1(T, a) from_register(T, frame_arg(f, 1)),
#define GIVE1_2(T, a, ...) from_register(T, frame_arg(f, 1)), GIVE2_1(__VA_ARGS__)
#define GIVE1_3(T, a, ...) from_register(T, frame_arg(f, 1)), GIVE2_2(__VA_ARGS__)
#define GIVE1_4(T, a, ...) from_register(T, frame_arg(f, 1)), GIVE2_3(__VA_ARGS__)
#define GIVE1_5(T, a, ...) from_register(T, frame_arg(f, 1)), GIVE2_4(__VA_ARGS__)
#define GIVE2_1(T, a) from_register(T, frame_arg(f, 2)),
#define GIVE2_2(T, a, ...) from_register(T, frame_arg(f, 2)), GIVE3_1(__VA_ARGS__)
#define GIVE2_3(T, a, ...) from_register(T, frame_arg(f, 2)), GIVE3_2(__VA_ARGS__)
#define GIVE2_4(T, a, ...) from_register(T, frame_arg(f, 2)), GIVE3_3(__VA_ARGS__)
#define GIVE3_1(T, a) from_register(T, frame_arg(f, 3)),
#define GIVE3_2(T, a, ...) from_register(T, frame_arg(f, 3)), GIVE4_1(__VA_ARGS__)
#define GIVE3_3(T, a, ...) from_register(T, frame_arg(f, 3)), GIVE4_2(__VA_ARGS__)
#define GIVE4_1(T, a) from_register(T, frame_arg(f, 4)),
#define GIVE4_2(T, a, ...) from_register(T, frame_arg(f, 4)), GIVE5_1(__VA_ARGS__)
#define GIVE5_1(T, a) from_register(T, frame_arg(f, 5)),

#define ANY
#define FLAGS(i, mask) if ((uint32_t)frame_arg(f, i) & ~(uint32_t)(mask)) return FAIL(EINVAL);

#define S(n, name, check, ...) \
	static may_sleep result(long) call_##name(const struct trap_frame *f) \
	{ \
		check \
		return sys_##name(GIVE_##n(__VA_ARGS__) MAY_SLEEP); \
	}
#include <murre/syscalls.def>
#undef S

static const syscall_fn table[] = {
#define S(n, name, check, ...) [__NR_##name] = call_##name,
#include <murre/syscalls.def>
#undef S
};

syscall_fn syscall_find(unsigned long nr)
{
	return nr < array_size(table) ? table[nr] : NULL;
}

void syscall_dispatch(struct trap_frame *f)
{
	unsigned nr = (unsigned)frame_syscall_nr(f);		/* the low half counts, as on Linux */

	stack_depth_note(-1);
	if (unlikely(nr >= array_size(table) || !table[nr] || task_work_pending(WORK_TRACE_SYSCALL))) {
		frame_set_return(f, syscall_slow(f, nr));
		return;
	}
	frame_set_return(f, syscall_value(table[nr](f)));
	nothing_held_check("a call");
	stack_depth_note((int)nr);
}
