/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vector and x87 state: saved at every switch away from a program (eagerly, so that nothing leaks
 * through a lazily switched register), loaded at every switch to one unless its state is in the
 * registers still. An area belongs to its task; registers belong to current, or with a kernel task
 * running to the CPU's fpu_owner.
 */
#include <asm/sigcontext.h>
#include <murre/slab.h>
#include <murre/string.h>
#include <murre/task.h>
#include <murre/usercopy.h>
#include <x86/cpu.h>
#include <x86/fpu.h>
#include <x86/registers.h>
#include <x86/user_access.h>

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

/* An area in user memory: FXSAVE's part with what it leaves to software, then XSAVE's header. */
struct user_area {
	unsigned char legacy[LEGACY_BYTES - sizeof(struct _fpx_sw_bytes)];
	uint64_t software[sizeof(struct _fpx_sw_bytes) / 8];
	uint64_t header[XSAVE_HEADER_BYTES / 8];
};
_Static_assert(offsetof(struct user_area, header) == LEGACY_BYTES, "layout of XSAVE");
_Static_assert(offsetof(struct _fpx_sw_bytes, xfeatures) == 8, "words of software");
_Static_assert(offsetof(struct _fpx_sw_bytes, xstate_size) == 16, "words of software");
#define FP_MAGIC2_BYTES 4

size_t x86_fpu_frame_bytes(void)
{
	return x86_features.xsave ? x86_features.xsave_bytes + FP_MAGIC2_BYTES : LEGACY_BYTES;
}

static uint64_t extended_bytes(void) { return x86_features.xsave_bytes + FP_MAGIC2_BYTES; }

/*
 * What the kernel adds to the area: which parts there are, and a second mark at the end. The legacy
 * parts count as present even when they are in their initial state: handlers look at them, and old
 * ones change them without knowing of the header.
 */
static int marks_write(struct user_area *area)
{
	uint32_t *magic2 = (uint32_t *)((char *)area + x86_features.xsave_bytes);
	uint64_t parts;

	X86_USER_STORE(area->software[0], FP_XSTATE_MAGIC1 | extended_bytes() << 32, fault);
	X86_USER_STORE(area->software[1], x86_features.xfeatures, fault);
	X86_USER_STORE(area->software[2], x86_features.xsave_bytes, fault);
#pragma GCC unroll 16
	for (unsigned i = 3; i < array_size(area->software); i++)
		X86_USER_STORE(area->software[i], 0, fault);
	X86_USER_LOAD(parts, area->header[0], fault);
	X86_USER_STORE(area->header[0], parts | XFEATURES_LEGACY, fault);
	return arch_put_user(FP_XSTATE_MAGIC2, (uintptr_t)magic2, sizeof(*magic2));
fault:
	return 1;
}

result(unit) x86_fpu_save_user(uintptr_t to)
{
	RETURNS(unit);
	struct user_area *area = (struct user_area *)to;
	int failed = 0;

	if (!user_range_ok(to, x86_fpu_frame_bytes()))
		return FAIL(EFAULT);
	x86_user_open();
	if (x86_features.xsave) {
		/* XSAVE reads the old header's first word and leaves the rest of it. */
#pragma GCC unroll 16
		for (unsigned i = 0; i < array_size(area->header); i++)
			X86_USER_STORE(area->header[i], 0, fault);
		X86_USER_STATE("xsave64", area, fault);
		failed = marks_write(area);
	} else {
		X86_USER_STATE("fxsave64", area, fault);
	}
	x86_user_close();
	return unit_result(failed ? EFAULT : 0);
fault:
	x86_user_close();
	return FAIL(EFAULT);
}

/* Whether the area still has its marks; a program may have put a plain FXSAVE one in its place. */
static bool has_marks(const struct user_area *area)
{
	uint64_t word0, size, magic2 = 0;

	X86_USER_LOAD(word0, area->software[0], fault);
	X86_USER_LOAD(size, area->software[2], fault);
	size = (uint32_t)size;
	if ((uint32_t)word0 != FP_XSTATE_MAGIC1 || size < sizeof(*area) || size > word0 >> 32 ||
	    size > x86_features.xsave_bytes)
		return false;
	return !arch_get_user(&magic2, (uintptr_t)area + size, FP_MAGIC2_BYTES) &&
	       magic2 == FP_XSTATE_MAGIC2;
fault:
	return false;
}

result(unit) x86_fpu_load_user(uintptr_t from)
{
	RETURNS(unit);
	const struct user_area *area = (const struct user_area *)from;
	bool extended;

	if (!user_range_ok(from, x86_fpu_frame_bytes()) || !is_aligned(from, 16))
		return FAIL(EFAULT);
	x86_user_open();
	extended = x86_features.xsave && is_aligned(from, 64) && has_marks(area);
	/* The last access of has_marks has closed. */
	x86_user_open();
	if (extended) {
		X86_USER_STATE("xrstor64", area, fault);
	} else {
		x86_fpu_reset();
		X86_USER_STATE("fxrstor64", area, fault);
	}
	x86_user_close();
	return DONE;
fault:
	x86_user_close();
	x86_fpu_reset();
	return FAIL(EFAULT);
}
