/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page of code that every program has in its space where the architecture wants one (arch/context.h): one object for
 * all, made at start, mapped by each exec at a place of its own, shown as "[vdso]" in /proc/PID/maps.
 */
#include <arch/context.h>
#include <murre/start.h>
#include <murre/text.h>
#include <murre/usercopy.h>
#include "exec.h"

static void stays(struct vm_backing *b) {}
static void describe(struct vm_backing *b, struct text_out *path, dev_nr *dev, uint64_t *ino) { text_print(path, "[vdso]"); }

static const struct vm_backing_ops code_ops = { .share = stays, .release = stays, .describe = describe };
static read_only_after_start struct vm_backing code = { .ops = &code_ops };

START_TASK(user_code_start, needs(slab_start))
{
	struct can_sleep cs = MAY_SLEEP;

	if (ARCH_USER_CODE_BYTES == 0)
		return;
	struct io_iter from = io_iter_kernel(arch_user_code, ARCH_USER_CODE_BYTES);
	own(vm_object_ref, o, expect(vm_object_anonymous(PAGE_SIZE), "memory for the page of code"));
	expect(vm_object_write(at(o), 0, &from, cs), "memory for the page of code");
	/* For good. */
	code.object = into_raw(give(o));
}

result(unit) user_code_map(struct vm_space *s, struct can_sleep cs)
{
	RETURNS(unit);

	if (ARCH_USER_CODE_BYTES == 0)
		return DONE;
	own_map_request(r, .bytes = PAGE_SIZE, .flags = VM_READ | VM_EXEC | VM_MAY_READ | VM_MAY_WRITE | VM_MAY_EXEC,
			.object = vm_object_share(code.object), .backing = vm_backing_share(&code));
	peek(&s->layout)->user_code = TRY(vm_map(s, &r, cs));
	return DONE;
}
