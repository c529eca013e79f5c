/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault injection (murre/inject.h). A plan lies in its task. Only the task itself counts it down and fires it; others
 * may set it at any time, which is one store: kind and count are one word.
 */
#include <arch/trap.h>
#include <murre/inject.h>
#include <murre/start.h>
#include <murre/string.h>
#include "core.h"

static const char *const kind_names[] = {
	[INJECT_NONE] = "none", [INJECT_ALLOC] = "alloc", [INJECT_COPY] = "copy",
	[INJECT_SHORT] = "short", [INJECT_READ] = "read",
};

static never_inline void fire(struct failure_plan *p);
static result(uint64_t) plan_parse(const char *text, char separator);

bool failure_due(enum failure_kind kind)
{
	struct task *t = current();
	struct failure_plan *p;
	uint64_t plan;

	if (!t || in_interrupt_now() || panic_in_progress())
		return false;
	p = &t->failure;
	p->was_injected = false;
	plan = read_once(p->kind_left);
	if (plan >> 32 != kind || !(uint32_t)plan || p->paused)
		return false;
	/* Somebody else has just set another plan: that one starts with the next. */
	if (!__atomic_compare_exchange_n(&p->kind_left, &plan, plan - 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return false;
	if ((uint32_t)plan > 1)
		return false;
	fire(p);
	return true;
}

bool failure_was_injected(void) { return current()->failure.was_injected; }
void failure_plan_pause(void) { current()->failure.paused++; }
void failure_plan_resume(void) { current()->failure.paused--; }

result(unit) failure_plan_set(struct task *t, const char *text)
{
	RETURNS(unit);

	__atomic_store_n(&t->failure.kind_left, TRY(plan_parse(text, ' ')), __ATOMIC_RELAXED);
	return DONE;
}

void failure_plan_print(const struct task *t, struct text_out *out)
{
	uint64_t plan = read_once(t->failure.kind_left);

	text_print(out, "%s %u", kind_names[plan >> 32], (uint32_t)plan);
	for (unsigned i = 0; plan && !(uint32_t)plan && i < FAILURE_PLACES; i++) {
		size_t offset;
		const char *name = symbol_find(read_once(t->failure.places[i]), &offset);

		if (!name)
			break;
		text_print(out, " %s+%#zx", name, offset);
	}
	text_char(out, '\n');
}

void failure_plan_start(void)
{
	const char *word = cmdline_value("fault");
	attempt(plan, err, plan_parse(word ?: "alloc,0", ','));

	if (err)
		log_err("fault=%s: should be alloc, copy, short or read, a comma and a number", word);
	else
		current()->failure.kind_left = plan;
}

void failure_plan_hand_over(struct task *to)
{
	struct failure_plan *mine = &current()->failure;

	to->failure = *mine;
	*mine = (struct failure_plan){};
}

/* Where it happened: from the caller of failure_due() on. */
static never_inline void fire(struct failure_plan *p)
{
	enum { OURS = 2 };
	uintptr_t places[FAILURE_PLACES + OURS] = {};

	arch_backtrace(NULL, places, array_size(places));
	for (unsigned i = 0; i < FAILURE_PLACES; i++)
		write_once(p->places[i], places[i + OURS]);
	p->was_injected = true;
}

static result(uint64_t) plan_parse(const char *text, char separator)
{
	RETURNS(uint64_t);
	enum failure_kind kind = INJECT_ALLOC;
	const char *end;
	uint64_t n;

	while (!string_starts(text, kind_names[kind]))
		if (++kind == array_size(kind_names))
			return FAIL(EINVAL);
	text += strlen(kind_names[kind]);
	if (text[0] != separator || text[1] < '0' || text[1] > '9')
		return FAIL(EINVAL);
	n = string_to_u64(text + 1, &end, 10);
	end += *end == '\n';
	if (*end)
		return FAIL(EINVAL);
	if (n > UINT32_MAX)
		return FAIL(ERANGE);
	return OK(uint64_t, n ? (uint64_t)kind << 32 | n : 0);
}
