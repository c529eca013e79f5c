/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flattened device trees (Devicetree Specification 0.4, chapter 5): a header, a list of reserved ranges, a stream of
 * tokens, and a block of names. All numbers are big-endian; tokens and values are aligned to four bytes of the stream.
 */
#include <murre/base/endian.h>
#include <murre/fdt.h>
#include <murre/string.h>

#define MAGIC 0xd00dfeedu
#define VERSION_OURS 17
#define CELL_BYTES 4
#define ADDRESS_CELLS_DEFAULT 2
#define SIZE_CELLS_DEFAULT 1
#define CELLS_MAX 3

enum token { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOTHING = 4, END = 9 };
enum header_word { TOTAL = 1, STRUCTURE, STRINGS, RESERVATIONS, VERSION, COMPATIBLE, BOOT_CPU, STRINGS_BYTES, STRUCTURE_BYTES };

struct property { const char *name; struct fdt_value value; };

static bool property_next(const struct fdt *t, uint32_t *at, struct property *out);
static void level_read(struct fdt_walk *w);
static bool cells_read(struct fdt_value v, uint32_t *at, unsigned cells, uint64_t *out);
static bool translate(const struct fdt_level *l, unsigned parent_cells, uint64_t *base, uint64_t bytes);

static uint32_t word_at(const void *bytes, uint32_t offset)
{
	be32_t v;

	__builtin_memcpy(&v, (const uint8_t *)bytes + offset, sizeof(v));
	return be32_read(v);
}

uint32_t fdt_total_bytes(const void *header)
{
	return word_at(header, 0) == MAGIC ? word_at(header, TOTAL * CELL_BYTES) : 0;
}

static bool block_fits(uint32_t total, uint32_t start, uint32_t bytes)
{
	return start >= FDT_HEADER_BYTES && start <= total && bytes <= total - start;
}

result(unit) fdt_open(const void *bytes, size_t available, struct fdt *out)
{
	RETURNS(unit);
	uint32_t total = available < FDT_HEADER_BYTES ? 0 : fdt_total_bytes(bytes);

	if (total < FDT_HEADER_BYTES || total > available)
		return FAIL(EINVAL);
	if (word_at(bytes, VERSION * CELL_BYTES) < VERSION_OURS ||
	    word_at(bytes, COMPATIBLE * CELL_BYTES) > VERSION_OURS)
		return FAIL(EINVAL);
	*out = (struct fdt){
		.bytes = bytes,
		.total_bytes = total,
		.structure = word_at(bytes, STRUCTURE * CELL_BYTES),
		.structure_bytes = word_at(bytes, STRUCTURE_BYTES * CELL_BYTES),
		.strings = word_at(bytes, STRINGS * CELL_BYTES),
		.strings_bytes = word_at(bytes, STRINGS_BYTES * CELL_BYTES),
		.reservations = word_at(bytes, RESERVATIONS * CELL_BYTES),
	};
	if (!block_fits(total, out->structure, out->structure_bytes) || !is_aligned(out->structure, CELL_BYTES) ||
	    !block_fits(total, out->strings, out->strings_bytes) || !block_fits(total, out->reservations, 0))
		return FAIL(EINVAL);
	return DONE;
}

bool fdt_reservation(const struct fdt *t, unsigned n, uint64_t *start, uint64_t *bytes)
{
	struct fdt_value list = { t->bytes + t->reservations, t->total_bytes - t->reservations };
	uint32_t at;

	if (n >= list.bytes / (4 * CELL_BYTES))
		return false;
	at = n * 4;
	return cells_read(list, &at, 2, start) && cells_read(list, &at, 2, bytes) && (*start || *bytes);
}

/* The stream. ------------------------------------------------------------------------------------------------------ */

/* The token at *at, with no-ops skipped; END where the stream is cut off. */
static uint32_t token_next(const struct fdt *t, uint32_t *at)
{
	while (*at <= t->structure_bytes && t->structure_bytes - *at >= CELL_BYTES) {
		uint32_t token = word_at(t->bytes, t->structure + *at);

		*at += CELL_BYTES;
		if (token != NOTHING)
			return token;
	}
	return END;
}

/* A string that ends within the bytes left of a block; NULL: it does not. */
static const char *text_in(const uint8_t *from, uint32_t left)
{
	return memchr(from, 0, left) ? (const char *)from : NULL;
}

/* Past a node's name; false: it has none that ends. */
static bool name_read(const struct fdt *t, uint32_t *at, const char **name)
{
	*name = text_in(t->bytes + t->structure + *at, t->structure_bytes - *at);
	if (!*name)
		return false;
	*at = align_up(*at + (uint32_t)strlen(*name) + 1, (uint32_t)CELL_BYTES);
	return *at <= t->structure_bytes;
}

/* The property at *at, and *at behind it. False, and *at as it was: there stands something else, or nonsense. */
static bool property_next(const struct fdt *t, uint32_t *at, struct property *out)
{
	uint32_t here = *at, bytes, name;

	if (token_next(t, &here) != PROPERTY || t->structure_bytes - here < 2 * CELL_BYTES)
		return false;
	bytes = word_at(t->bytes, t->structure + here);
	name = word_at(t->bytes, t->structure + here + CELL_BYTES);
	here += 2 * CELL_BYTES;
	if (bytes > t->structure_bytes - here || name >= t->strings_bytes)
		return false;
	out->name = text_in(t->bytes + t->strings + name, t->strings_bytes - name);
	out->value = (struct fdt_value){ t->bytes + t->structure + here, bytes };
	if (!out->name)
		return false;
	*at = align_up(here + bytes, (uint32_t)CELL_BYTES);
	return true;
}

void fdt_walk_start(struct fdt_walk *w, const struct fdt *t)
{
	*w = (struct fdt_walk){ .tree = t };
}

bool fdt_walk_next(struct fdt_walk *w)
{
	struct property skipped;
	uint32_t token;

	for (;;) {
		while (w->open && property_next(w->tree, &w->next, &skipped))
			;
		token = token_next(w->tree, &w->next);
		if (token != END_NODE || w->open == 0)
			break;
		w->open--;
	}
	/* One root, and nothing behind it. */
	if (token != BEGIN_NODE || w->open == FDT_DEPTH_MAX || (w->open == 0 && w->node.name) ||
	    !name_read(w->tree, &w->next, &w->node.name))
		return false;
	w->node.depth = w->open++;
	w->node.properties = w->next;
	level_read(w);
	return true;
}

/* Properties. ------------------------------------------------------------------------------------------------------ */

struct fdt_value fdt_property(const struct fdt_walk *w, const char *name)
{
	uint32_t at = w->node.properties;
	struct property p;

	while (property_next(w->tree, &at, &p))
		if (strcmp(p.name, name) == 0)
			return p.value;
	return (struct fdt_value){};
}

const char *fdt_text(const struct fdt_walk *w, const char *name)
{
	struct fdt_value v = fdt_property(w, name);

	return v.data ? text_in(v.data, v.bytes) : NULL;
}

bool fdt_number(const struct fdt_walk *w, const char *name, uint64_t *out)
{
	struct fdt_value v = fdt_property(w, name);
	uint32_t at = 0;

	return (v.bytes == CELL_BYTES || v.bytes == 2 * CELL_BYTES) && cells_read(v, &at, v.bytes / CELL_BYTES, out);
}

uint32_t fdt_cell(struct fdt_value v, uint32_t n) { return n < v.bytes / CELL_BYTES ? word_at(v.data, n * CELL_BYTES) : 0; }

bool fdt_is_compatible(const struct fdt_walk *w, const char *what)
{
	struct fdt_value v = fdt_property(w, "compatible");

	while (v.bytes) {
		const char *text = text_in(v.data, v.bytes);
		size_t n;

		if (!text)
			return false;
		if (strcmp(text, what) == 0)
			return true;
		n = strlen(text) + 1;
		v.data += n;
		v.bytes -= (uint32_t)n;
	}
	return false;
}

/* A number of that many cells at cell *at, and *at behind it; false: not there, or more than 64 bits. */
static bool cells_read(struct fdt_value v, uint32_t *at, unsigned cells, uint64_t *out)
{
	uint64_t n = 0;

	if (cells > CELLS_MAX || *at > v.bytes / CELL_BYTES || cells > v.bytes / CELL_BYTES - *at)
		return false;
	for (unsigned i = 0; i < cells; i++) {
		if (n >> 32)
			return false;
		n = n << 32 | fdt_cell(v, (*at)++);
	}
	*out = n;
	return true;
}

static uint8_t cells_said(const struct fdt_walk *w, const char *name, uint8_t otherwise)
{
	uint64_t n;

	return !fdt_number(w, name, &n) ? otherwise : n > CELLS_MAX ? CELLS_MAX + 1 : (uint8_t)n;
}

static void level_read(struct fdt_walk *w)
{
	unsigned depth = w->node.depth;
	const struct fdt_level *above = depth ? &w->node.levels[depth - 1] : NULL;
	const char *status = fdt_text(w, "status");
	uint64_t parent = above ? above->interrupt_parent : 0;
	bool enabled = !status || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0;

	(void)fdt_number(w, "interrupt-parent", &parent);
	w->node.levels[depth] = (struct fdt_level){
		.address_cells = cells_said(w, "#address-cells", ADDRESS_CELLS_DEFAULT),
		.size_cells = cells_said(w, "#size-cells", SIZE_CELLS_DEFAULT),
		.enabled = enabled && (!above || above->enabled),
		.interrupt_parent = (uint32_t)parent,
		.ranges = fdt_property(w, "ranges"),
	};
}

/* Addresses. ------------------------------------------------------------------------------------------------------- */

bool fdt_reg(const struct fdt_walk *w, unsigned n, uint64_t *base, uint64_t *bytes)
{
	struct fdt_value reg = fdt_property(w, "reg");
	const struct fdt_level *levels = w->node.levels;
	unsigned depth = w->node.depth, entry;
	uint32_t at;

	if (depth == 0)
		return false;
	entry = levels[depth - 1].address_cells + levels[depth - 1].size_cells;
	if (entry == 0 || n >= reg.bytes / CELL_BYTES / entry)
		return false;
	at = n * entry;
	if (!cells_read(reg, &at, levels[depth - 1].address_cells, base) ||
	    !cells_read(reg, &at, levels[depth - 1].size_cells, bytes))
		return false;
	for (unsigned l = depth - 1; l > 0; l--)
		if (!translate(&levels[l], levels[l - 1].address_cells, base, *bytes))
			return false;
	return *bytes <= UINT64_MAX - *base;
}

/* From addresses of a node's children to its parent's, by the entry of `ranges` that holds them in full. */
static bool translate(const struct fdt_level *l, unsigned parent_cells, uint64_t *base, uint64_t bytes)
{
	uint64_t child, parent, span;
	uint32_t at = 0;

	if (!l->ranges.data)
		return false;
	if (l->ranges.bytes == 0)
		return true;
	while (at < l->ranges.bytes / CELL_BYTES) {
		uint32_t entry = at;

		/* Entries of 3-cell addresses (a bus with spaces of its own) are stepped over. */
		if (cells_read(l->ranges, &at, l->address_cells, &child) && cells_read(l->ranges, &at, parent_cells, &parent) &&
		    cells_read(l->ranges, &at, l->size_cells, &span) && *base >= child && *base - child < span &&
		    bytes <= span - (*base - child)) {
			*base = parent + (*base - child);
			return *base >= parent;
		}
		at = entry + l->address_cells + parent_cells + l->size_cells;
		if (at == entry)
			return false;
	}
	return false;
}
