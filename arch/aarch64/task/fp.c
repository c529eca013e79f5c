/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vector state: saved at every switch away from a program (eagerly, so that nothing leaks through a lazily switched
 * register), loaded at every switch to one unless its state is in the registers still. An area belongs to its task;
 * registers belong to current, or with a kernel task running to the CPU's fp_owner.
 */
#include <arm64/fp.h>
#include <murre/slab.h>
#include <murre/string.h>
#include <murre/task.h>

#define FP_ON_NO_CPU UINT32_MAX

static struct slab_cache fp_cache = {
	.name = "fp_state", .size = sizeof(struct arm64_fp_state), .align = _Alignof(struct arm64_fp_state),
};
/* All registers zero, rounding to nearest, no trap. */
static const struct arm64_fp_state initial_state;
_Static_assert(offsetof(struct arm64_fp_state, fpsr) == 512 && offsetof(struct arm64_fp_state, fpcr) == 516, "assembler code");

/* Whose state the registers of this CPU hold. */
static PER_CPU(struct arch_task *, fp_owner);

result(unit) arm64_fp_alloc(struct arch_task *t)
{
	RETURNS(unit);
	struct arm64_fp_state *area = slab_take(&fp_cache);

	if (!area)
		return FAIL(ENOMEM);
	*area = initial_state;
	t->fp = area;
	t->fp_cpu = FP_ON_NO_CPU;
	return DONE;
}

void arm64_fp_free(struct arch_task *t)
{
	if (!t->fp)
		return;
	/* The address may soon be another task's. Elsewhere fp_cpu keeps a stale owner from being believed. */
	if (this_cpu(fp_owner) == t)
		this_cpu(fp_owner) = NULL;
	slab_put(&fp_cache, t->fp);
	t->fp = NULL;
}

void arm64_fp_switch(struct arch_task *prev, struct arch_task *next)
{
	if (prev->fp) {
		arm64_fp_save(prev->fp);
		prev->fp_cpu = arch_cpu_local()->id;
		this_cpu(fp_owner) = prev;
	}
	if (!next->fp || (this_cpu(fp_owner) == next && next->fp_cpu == arch_cpu_local()->id))
		return;
	arm64_fp_load(next->fp);
	this_cpu(fp_owner) = next;
}

void arm64_fp_reset(void)
{
	arm64_fp_load(&initial_state);
}
