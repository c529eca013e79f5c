/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signal frames, as Linux lays them out on the program's stack (struct rt_sigframe: siginfo, ucontext with tagged records
 * of further state, then a frame record for unwinders), and the way back through rt_sigreturn(2). What a frame says is the
 * program's word: nothing in it may lead to more than a program can do anyway.
 */
#include <arch/context.h>
#include <arch/elf.h>
#include <arm64/fp.h>
#include <arm64/registers.h>
#include <asm/sigcontext.h>
#include <asm/signal.h>
#include <murre/task.h>
#include <murre/usercopy.h>

/* siginfo_t, struct ucontext and struct sigcontext in words, up to the records. */
struct frame_stack { uint64_t base, flags, bytes; };
struct frame_head {
	uint64_t info[128 / 8];
	uint64_t flags, link;
	struct frame_stack stack;
	uint64_t mask, unused[15];
	_Alignas(16) uint64_t fault_address;
	uint64_t x[31], sp, pc, pstate;
	_Alignas(16) struct {} records;
};
#define RECORDS_BYTES 4096
#define HEAD_BYTES offsetof(struct frame_head, records)
#define CONTEXT_OFFSET offsetof(struct frame_head, flags)
_Static_assert(offsetof(struct frame_head, records) - offsetof(struct frame_head, fault_address) ==
	       offsetof(struct sigcontext, __reserved), "layout of the ABI");
_Static_assert(offsetof(struct frame_head, fault_address) == 128 + 176, "layout of the ABI");

struct frame_vectors { uint32_t magic, bytes, fpsr, fpcr; uint64_t v[32][2]; };
static_assert_size(struct frame_vectors, sizeof(struct fpsimd_context));
struct frame_syndrome { uint32_t magic, bytes; uint64_t esr; };
struct frame_end { uint32_t magic, bytes; };
struct frame_link { uint64_t fp, lr; };

#define FRAME_BYTES_ALL (HEAD_BYTES + RECORDS_BYTES + sizeof(struct frame_link))
_Static_assert(FRAME_BYTES_ALL + 16 == ARCH_MINSIGSTKSZ, "with what alignment may take");

/* What a frame may set. */
#define PSTATE_OF_PROGRAM (PSTATE_NZCV | PSTATE_SSBS | PSTATE_DIT | PSTATE_BTYPE)

static bool is_on(uintptr_t sp, uintptr_t base, size_t bytes) { return sp > base && sp - base <= bytes; }

/* Where the frame goes; 0: it would leave the alternate stack, be it new or in use already. */
static uintptr_t frame_place(const struct trap_frame *f, const struct signal_delivery *d)
{
	bool switches = d->altstack_size != 0;
	uintptr_t sp = align_down(switches ? d->altstack_base + d->altstack_size : f->sp, 16) - FRAME_BYTES_ALL;

	if (switches && !is_on(sp, d->altstack_base, d->altstack_size))
		return 0;
	if (!switches && is_on(f->sp, d->old_altstack_base, d->old_altstack_size) &&
	    !is_on(sp, d->old_altstack_base, d->old_altstack_size))
		return 0;
	return sp;
}

static bool write_head(uintptr_t place, const struct trap_frame *f, const struct signal_delivery *d)
{
	struct frame_head h = {
		.stack = { d->old_altstack_base, (uint32_t)d->old_altstack_flags, d->old_altstack_size },
		.mask = d->mask.bits,
		.fault_address = current()->arch.trap_address,
		.sp = f->sp,
		.pc = f->pc,
		.pstate = f->pstate,
	};

	__builtin_memcpy(h.info, d->siginfo, sizeof(h.info));
	__builtin_memcpy(h.x, f->x, sizeof(h.x));
	return !arch_copy_to_user(place, &h, HEAD_BYTES);
}

/* Vectors, the syndrome where the signal may come from a fault, the end. */
static bool write_records(uintptr_t at)
{
	const struct frame_syndrome syndrome = { ESR_MAGIC, sizeof(syndrome), current()->arch.trap_esr };
	const struct frame_end end = {};
	struct arm64_fp_state state;
	struct frame_vectors v = { .magic = FPSIMD_MAGIC, .bytes = sizeof(v) };

	arm64_fp_save(&state);
	v.fpsr = state.fpsr;
	v.fpcr = state.fpcr;
	__builtin_memcpy(v.v, state.v, sizeof(v.v));
	if (arch_copy_to_user(at, &v, sizeof(v)))
		return false;
	at += sizeof(v);
	if (syndrome.esr) {
		if (arch_copy_to_user(at, &syndrome, sizeof(syndrome)))
			return false;
		at += sizeof(syndrome);
	}
	return !arch_copy_to_user(at, &end, sizeof(end));
}

result(unit) arch_signal_push(struct trap_frame *f, const struct signal_delivery *d, struct can_sleep cs)
{
	RETURNS(unit);
	uintptr_t place = frame_place(f, d);
	const struct frame_link link = { f->x[29], f->x[30] };
	uintptr_t link_place = place + HEAD_BYTES + RECORDS_BYTES;

	if (!place || !d->restorer || !user_range_ok(place, FRAME_BYTES_ALL))
		return FAIL(EFAULT);
	if (!write_head(place, f, d) || !write_records(place + HEAD_BYTES) ||
	    arch_copy_to_user(link_place, &link, sizeof(link)))
		return FAIL(EFAULT);

	f->x[0] = (unsigned long)d->signo;
	f->x[1] = place;
	f->x[2] = place + CONTEXT_OFFSET;
	f->x[29] = link_place;
	f->x[30] = d->restorer;
	f->sp = place;
	f->pc = d->handler;
	f->pstate &= ~(unsigned long)PSTATE_BTYPE;
	frame_forget_syscall(f);
	return DONE;
}

/* Finds the record of vectors among the others; false: nonsense, or none. */
static bool read_records(uintptr_t at, struct arm64_fp_state *state)
{
	uintptr_t end = at + RECORDS_BYTES;
	struct frame_vectors v;
	bool found = false;

	while (end - at >= sizeof(struct frame_end)) {
		struct frame_end head;

		if (arch_copy_from_user(&head, at, sizeof(head)))
			return false;
		if (head.magic == 0)
			return head.bytes == 0 && found;
		if (head.bytes < sizeof(head) || !is_aligned(head.bytes, 16u) || head.bytes > end - at)
			return false;
		if (head.magic == FPSIMD_MAGIC) {
			if (found || head.bytes != sizeof(v) || arch_copy_from_user(&v, at, sizeof(v)))
				return false;
			found = true;
			*state = (struct arm64_fp_state){ .fpsr = v.fpsr, .fpcr = v.fpcr };
			__builtin_memcpy(state->v, v.v, sizeof(v.v));
		} else if (head.magic != ESR_MAGIC) {
			return false;
		}
		at += head.bytes;
	}
	return false;
}

result(unit) arch_signal_return(struct trap_frame *f, struct signal_return *out, struct can_sleep cs)
{
	RETURNS(unit);
	uintptr_t place = f->sp;
	struct arm64_fp_state state;
	struct frame_head h;

	if (!is_aligned(place, 16) || !user_range_ok(place, FRAME_BYTES_ALL))
		return FAIL(EFAULT);
	if (arch_copy_from_user(&h, place, HEAD_BYTES) || !read_records(place + HEAD_BYTES, &state))
		return FAIL(EFAULT);
	if (h.pstate & (PSTATE_MODE | PSTATE_32BIT | PSTATE_DAIF))
		return FAIL(EFAULT);
	*out = (struct signal_return){ { h.mask }, h.stack.base, h.stack.bytes, (int)h.stack.flags };
	__builtin_memcpy(f->x, h.x, sizeof(h.x));
	f->sp = h.sp;
	f->pc = h.pc;
	f->pstate = h.pstate & PSTATE_OF_PROGRAM;
	frame_forget_syscall(f);
	arm64_fp_load(&state);
	return DONE;
}
