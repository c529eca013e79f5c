/* SPDX-License-Identifier: GPL-2.0-only */
/* The per-CPU store of empty page tables, touched by its CPU only, with preemption off. */
#include <murre/inject.h>
#include <murre/lock.h>
#include "table.h"

struct table_pool { struct table_list kept; unsigned count; };
#define TABLES_KEPT_MOST 32
static PER_CPU(struct table_pool, table_pool);

result(page_ref) table_take(void)
{
	RETURNS(page_ref);
	struct table_pool *pool;
	struct page *p = NULL;

	if (failure_due(INJECT_ALLOC))
		return FAIL(ENOMEM);
	preempt_disable();
	pool = &this_cpu(table_pool);
	if (pool->count) {
		pool->count--;
		p = table_list_pop_front(&pool->kept);
	}
	preempt_enable();
	if (p)
		return OK(page_ref, handle_from(page_ref, p));
	return page_alloc(0, PAGE_ZERO | PAGE_FOR_USER, PAGE_TABLE);
}

void table_put(struct page *p)
{
	struct table_pool *pool;
	bool keeps;

	preempt_disable();
	pool = &this_cpu(table_pool);
	keeps = pool->count < TABLES_KEPT_MOST;
	if (keeps) {
		if (pool->count++ == 0)
			table_list_init(&pool->kept);
		table_list_push_front(&pool->kept, p);
	}
	preempt_enable();
	if (!keeps)
		page_release(p);
}
