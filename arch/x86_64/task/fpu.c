/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vector and x87 state: saved at every switch away from a program (eagerly, so that nothing leaks
 * through a lazily switched register), loaded at every switch to one unless its state is in the
 * registers still. An area belongs to its task; registers belong to current, or with a kernel task
 * running to the CPU's fpu_owner.
 */
#include <arch/usercopy.h>
#include <asm/sigcontext.h>
#include <murre/slab.h>
#include <murre/string.h>
#include <murre/task.h>
#include <murre/usercopy.h>
#include <x86/cpu.h>
#include <x86/fpu.h>
#include <x86/registers.h>

/* x87, SSE, AVX, and the three parts of AVX-512. MPX is dead, PKRU and AMX need calls that we do
 * not have. */
#define XFEATURES_WANTED 0xe7ull
#define XFEATURES_LEGACY 0x3ull
#define LEGACY_BYTES 512
#define XSAVE_HEADER_BYTES 64
#define MXCSR_DEFAULT 0x1f80
#define X87_CONTROL_DEFAULT 0x37f
#define FPU_ON_NO_CPU UINT32_MAX

static struct slab_cache fpu_cache = { .name = "fpu_state", .align = 64 };
static aligned_to(64) char initial_state[4096];

/* Whose state the registers of this CPU hold. */
static PER_CPU(struct arch_task *, fpu_owner);

#define RFBM_ALL "a"(-1u), "d"(-1u)

static void registers_save(void *area)
{
	if (x86_features.xsaveopt)
		__asm__ volatile("xsaveopt64 (%0)" :: "r"(area), RFBM_ALL : "memory");
	else if (x86_features.xsave)
		__asm__ volatile("xsave64 (%0)" :: "r"(area), RFBM_ALL : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" :: "r"(area) : "memory");
}

static void registers_load(const void *area)
{
	if (x86_features.xsave)
		__asm__ volatile("xrstor64 (%0)" :: "r"(area), RFBM_ALL : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" :: "r"(area) : "memory");
}

/* Bytes of an area in the standard form: up to the end of the last component. */
start_code static uint32_t area_bytes(uint64_t features)
{
	uint32_t bytes = LEGACY_BYTES + XSAVE_HEADER_BYTES;

	for (unsigned i = 2; i < 63; i++)
		if (features >> i & 1) {
			struct cpuid r = cpuid(0xd, i);

			bytes = max(bytes, r.b + r.a);
		}
	return bytes;
}

start_code void x86_fpu_start(void)
{
	struct x86_features *f = &x86_features;
	struct _fpstate *initial = (struct _fpstate *)initial_state;

	f->xfeatures = XFEATURES_LEGACY;
	f->xsave_bytes = LEGACY_BYTES;
	if (f->xsave) {
		struct cpuid r = cpuid(0xd, 0);

		f->xfeatures = ((uint64_t)r.d << 32 | r.a) & XFEATURES_WANTED;
		f->xsave_bytes = area_bytes(f->xfeatures);
	}
	fpu_cache.size = align_up(f->xsave_bytes, 64u);
	initial->cwd = X87_CONTROL_DEFAULT;
	initial->mxcsr = MXCSR_DEFAULT;
	x86_signal_frame_measure();
}

void x86_fpu_setup(void)
{
	uint64_t wanted = x86_features.xfeatures;

	write_cr0((read_cr0() | CR0_MP | CR0_NE) & ~(uint64_t)(CR0_EM | CR0_TS));
	if (x86_features.xsave)
		__asm__ volatile("xsetbv"
				 :: "c"(0), "a"((uint32_t)wanted), "d"((uint32_t)(wanted >> 32)));
	registers_load(initial_state);
}

result(unit) x86_fpu_alloc(struct arch_task *t)
{
	RETURNS(unit);
	void *area = slab_take(&fpu_cache);

	if (!area)
		return FAIL(ENOMEM);
	/* An XSAVE header that is zero says "all in the initial state"; only MXCSR is loaded all
	 * the same. */
	memcpy(area, initial_state,
	       x86_features.xsave ? offsetof(struct _fpstate, st_space) : LEGACY_BYTES);
	if (x86_features.xsave)
		memset((char *)area + LEGACY_BYTES, 0, XSAVE_HEADER_BYTES);
	t->fpu = area;
	t->fpu_cpu = FPU_ON_NO_CPU;
	return DONE;
}

void x86_fpu_free(struct arch_task *t)
{
	if (!t->fpu)
		return;
	/* The address may soon be another task's. Elsewhere fpu_cpu keeps a stale owner from
	 * being believed. */
	if (this_cpu(fpu_owner) == t)
		this_cpu(fpu_owner) = NULL;
	slab_put(&fpu_cache, t->fpu);
	t->fpu = NULL;
}

void x86_fpu_switch(struct arch_task *prev, struct arch_task *next)
{
	if (prev->fpu) {
		registers_save(prev->fpu);
		prev->fpu_cpu = arch_cpu_local()->id;
		this_cpu(fpu_owner) = prev;
	}
	if (!next->fpu || (this_cpu(fpu_owner) == next && next->fpu_cpu == arch_cpu_local()->id))
		return;
	registers_load(next->fpu);
	this_cpu(fpu_owner) = next;
}

void x86_fpu_copy(struct arch_task *child)
{
	/* XSAVE leaves the area of unused components as it is: the initial state, which is what
	 * they are in. */
	if (x86_features.xsave)
		__asm__ volatile("xsave64 (%0)" :: "r"(child->fpu), RFBM_ALL : "memory");
	else
		registers_save(child->fpu);
}

void x86_fpu_reset(void)
{
	registers_load(initial_state);
}

/* Signal frames. ------------------------------------------------------------------------------- */

#define FP_MAGIC2_BYTES 4

size_t x86_fpu_frame_bytes(void)
{
	return x86_features.xsave ? x86_features.xsave_bytes + FP_MAGIC2_BYTES : LEGACY_BYTES;
}

/* STAC … CLAC around an instruction that may fault, be it on the memory or on what lies there. */
#define USER_STATE_INSTRUCTION(insn, area, fault) \
	__asm__ volatile goto(X86_STAC "1:	" insn " (%[at])\n" X86_CLAC \
			      X86_FIXUP("1b", "%l[" #fault "]") \
			      :: [at] "r"(area), "a"(-1u), "d"(-1u) : "memory" : fault)

/* What the kernel adds to the area: which parts are there, in the bytes that FXSAVE leaves to
 * software. */
static result(unit) software_bytes_write(uintptr_t to, struct can_sleep cs)
{
	RETURNS(unit);
	struct _fpx_sw_bytes sw = {
		.magic1 = FP_XSTATE_MAGIC1,
		.extended_size = x86_features.xsave_bytes + FP_MAGIC2_BYTES,
		.xfeatures = x86_features.xfeatures,
		.xstate_size = x86_features.xsave_bytes,
	};
	uint32_t magic2 = FP_XSTATE_MAGIC2;
	uint64_t parts;

	TRY(copy_to_user(user_addr_from(to + LEGACY_BYTES - sizeof(sw)), &sw, sizeof(sw), cs));
	TRY(copy_to_user(user_addr_from(to + x86_features.xsave_bytes), &magic2, sizeof(magic2),
			 cs));
	/* The legacy parts count as present even when in their initial state: handlers look at
	 * them, old ones change them. */
	if (arch_get_user(&parts, to + LEGACY_BYTES, sizeof(parts)) ||
	    arch_put_user(parts | XFEATURES_LEGACY, to + LEGACY_BYTES, sizeof(parts)))
		return FAIL(EFAULT);
	return DONE;
}

result(unit) x86_fpu_save_user(uintptr_t to, struct can_sleep cs)
{
	RETURNS(unit);

	if (!user_range_ok(to, x86_fpu_frame_bytes()))
		return FAIL(EFAULT);
	if (!x86_features.xsave) {
		USER_STATE_INSTRUCTION("fxsave64", to, fault);
		return DONE;
	}
	/* XSAVE reads the old header's first word and leaves the rest of it. */
	TRY(clear_user(user_addr_from(to + LEGACY_BYTES), XSAVE_HEADER_BYTES, cs));
	USER_STATE_INSTRUCTION("xsave64", to, fault);
	return software_bytes_write(to, cs);
fault:
	x86_user_close();
	return FAIL(EFAULT);
}

/* Bytes of the frame's area beyond plain FXSAVE; 0: a program has replaced it by one that has
 * none. */
static result(size_t) extended_bytes(uintptr_t from, struct can_sleep cs)
{
	RETURNS(size_t);
	struct _fpx_sw_bytes sw;
	uint32_t magic2;

	TRY(copy_from_user(&sw, user_addr_from(from + LEGACY_BYTES - sizeof(sw)), sizeof(sw), cs));
	if (sw.magic1 != FP_XSTATE_MAGIC1 || sw.xstate_size < LEGACY_BYTES + XSAVE_HEADER_BYTES ||
	    sw.xstate_size > x86_features.xsave_bytes || sw.xstate_size > sw.extended_size)
		return OK(size_t, 0);
	TRY(copy_from_user(&magic2, user_addr_from(from + sw.xstate_size), sizeof(magic2), cs));
	return OK(size_t, magic2 == FP_XSTATE_MAGIC2 ? sw.xstate_size - LEGACY_BYTES : 0);
}

result(unit) x86_fpu_load_user(uintptr_t from, struct can_sleep cs)
{
	RETURNS(unit);

	if (!user_range_ok(from, x86_fpu_frame_bytes()) || !is_aligned(from, 16))
		return FAIL(EFAULT);
	if (x86_features.xsave && is_aligned(from, 64) && TRY(extended_bytes(from, cs))) {
		USER_STATE_INSTRUCTION("xrstor64", from, fault);
		return DONE;
	}
	x86_fpu_reset();
	USER_STATE_INSTRUCTION("fxrstor64", from, fault);
	return DONE;
fault:
	x86_user_close();
	x86_fpu_reset();
	return FAIL(EFAULT);
}
