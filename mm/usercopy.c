/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies between the kernel and the calling program (murre/usercopy.h). The architecture's copies
 * may fault; the fault is resolved under the address space's mutex, so nobody may hold that while
 * copying.
 */
#include <murre/base/access.h>
#include <murre/usercopy.h>

result(unit) copy_from_user(void *to, user_addr from, size_t n, struct can_sleep cs)
{
	might_sleep_check("copy_from_user");
	memory_writes(to, n);
	if (unlikely(!user_range_ok(user_value(from), n) || failure_due(INJECT_COPY)))
		return unit_result(EFAULT);
	return unit_result(unlikely(arch_copy_from_user(to, user_value(from), n)) ? EFAULT : 0);
}

result(unit) copy_to_user(user_addr to, const void *from, size_t n, struct can_sleep cs)
{
	might_sleep_check("copy_to_user");
	memory_reads(from, n);
	if (unlikely(!user_range_ok(user_value(to), n) || failure_due(INJECT_COPY)))
		return unit_result(EFAULT);
	return unit_result(unlikely(arch_copy_to_user(user_value(to), from, n)) ? EFAULT : 0);
}

result(unit) clear_user(user_addr to, size_t n, struct can_sleep cs)
{
	might_sleep_check("clear_user");
	if (unlikely(!user_range_ok(user_value(to), n) || failure_due(INJECT_COPY)))
		return unit_result(EFAULT);
	return unit_result(unlikely(arch_clear_user(user_value(to), n)) ? EFAULT : 0);
}

result(unit) user_read_array(void *to, uintptr_t from, size_t size, size_t n, struct can_sleep cs)
{
	size_t bytes;

	if (unlikely(__builtin_mul_overflow(size, n, &bytes)))
		return unit_result(EFAULT);
	return copy_from_user(to, user_addr_from(from), bytes, cs);
}

result(unit)
	user_write_array(uintptr_t to, const void *from, size_t size, size_t n, struct can_sleep cs)
{
	size_t bytes;

	if (unlikely(__builtin_mul_overflow(size, n, &bytes)))
		return unit_result(EFAULT);
	return copy_to_user(user_addr_from(to), from, bytes, cs);
}

result(size_t) copy_string_from_user(char *to, size_t cap, user_cstr from, struct can_sleep cs)
{
	RETURNS(size_t);
	uintptr_t at = user_value(from);
	size_t room = at < USER_TOP ? min(cap, USER_TOP - at) : 0;
	long length;

	might_sleep_check("copy_string_from_user");
	memory_writes(to, cap);
	if (unlikely(room == 0 || failure_due(INJECT_COPY)))
		return FAIL(EFAULT);
	length = arch_copy_string_from_user(to, at, room);
	if (unlikely(length < 0))
		return FAIL(EFAULT);
	/* No NUL below the end of user memory: the next byte would fault. */
	if (unlikely((size_t)length == room))
		return FAIL(room < cap ? EFAULT : ENAMETOOLONG);
	return OK(size_t, length);
}
