/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles, tokens, results and rights that nobody granted. */
#include <murre/file.h>
#include <murre/process.h>
#include <murre/wait.h>

result(long) empty_literal(void)
{
	own(file_ref, f, (file_ref){}); // wrong: [forged]

	return OK(long, is_none(f));
}

bool token_from_nothing(struct process *p)
{
	process_signals_locked s = {}; // wrong: [forged]

	return process_exit_begin(s, p, 0);
}

void right_to_sleep(waitq *q, bool *done)
{
	wait_event(q, read_once(*done), ((struct can_sleep){})); // wrong: [forged] [may-sleep]
}

void right_without_a_word(waitq *q, bool *done)
{
	struct can_sleep cs; // wrong: [forged]

	wait_event(q, read_once(*done), cs);
}

result(long) result_by_hand(void)
{
	return (struct long_result){}; // wrong: [forged]
}
