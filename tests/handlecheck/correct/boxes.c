/* SPDX-License-Identifier: GPL-2.0-only */
/* New objects: in a box until they are complete, then under the rules of their own life. */
#include <murre/file.h>
#include <murre/slab.h>
#include <murre/string.h>

struct label { refcount_t refs; char *text; size_t bytes; struct label *next; };
DEFINE_BOX(label, struct label)
void label_release(struct label *l);
DEFINE_HANDLE(label_ref, struct label, label_release)
static struct label *labels;

result(label_ref) made(const char *text)
{
	RETURNS(label_ref);
	size_t n = strlen(text) + 1;
	own(bytes_box, copy, TRY(bytes_box_new(n)));
	own(label_box, l, TRY(label_box_new()));

	memcpy(at(copy), text, n);
	at(l)->text = unbox(copy);
	at(l)->bytes = n;
	refcount_init(&at(l)->refs, 1);
	return OK(label_ref, handle_from(label_ref, unbox(l)));
}

label_ref shared(struct label *l)
{
	refcount_inc(&l->refs);
	return handle_from(label_ref, l);
}

label_ref shared_if_alive(struct label *l)
{
	return l && refcount_inc_not_zero(&l->refs) ? handle_from(label_ref, l) : none(label_ref);
}

result(unit) put_on_a_list(const char *text)
{
	RETURNS(unit);
	own(label_box, b, TRY(label_box_new()));
	struct label *l = unbox(b);

	l->bytes = strlen(text);
	l->next = labels;
	labels = l;
	return DONE;
}

result(label_box) chained(unsigned n)
{
	RETURNS(label_box);
	own(label_box, top, TRY(label_box_new()));

	for (unsigned i = 1; i < n; i++) {
		own(label_box, above, TRY(label_box_new()));
		at(above)->next = unbox(top);
		top = give(above);
	}
	return OK(label_box, give(top));
}

result(size_t) buffer_for_a_while(size_t n, struct io_iter *to, struct can_sleep cs)
{
	RETURNS(size_t);
	own(bytes_box, b, TRY(bytes_box_new(n)));

	memset(at(b), 0, n);
	return io_put(to, at(b), n, cs);
}
