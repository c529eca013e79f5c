/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/fdt.c on a tree of the usual kind, on trees that are cut, too deep, or of absurd cells, and on many thousand damaged
 * ones: a walk stays inside the blob (the sanitizer watches), and ends.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <murre/base/endian.h>
#include <murre/fdt.h>

enum { ROUNDS = 60000, ROOM = 8192, NAMES = 1024 };
static uint64_t seed = 88172645463325252ull;

static uint64_t roll(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* A writer of blobs: tokens and names grow apart and are joined at the end. */
static struct { uint8_t tokens[ROOM]; char names[NAMES]; uint32_t used, names_used; } b;

static void put(uint32_t v)
{
	be32_t w = be32(v);

	memcpy(b.tokens + b.used, &w, 4);
	b.used += 4;
}

static void put_bytes(const void *data, size_t n)
{
	memcpy(b.tokens + b.used, data, n);
	b.used += (uint32_t)((n + 3) & ~3ul);
}

static void node(const char *name) { put(1); put_bytes(name, strlen(name) + 1); }
static void end(void) { put(2); }

static void property(const char *name, const void *data, size_t n)
{
	put(3);
	put((uint32_t)n);
	put(b.names_used);
	strcpy(b.names + b.names_used, name);
	b.names_used += (uint32_t)strlen(name) + 1;
	put_bytes(data, n);
}

static void text(const char *name, const char *value) { property(name, value, strlen(value) + 1); }

#define CELLS(name, ...) do { \
	uint32_t cells_[] = { __VA_ARGS__ }; \
	for (unsigned i_ = 0; i_ < sizeof(cells_) / 4; i_++) \
		cells_[i_] = __builtin_bswap32(cells_[i_]); \
	property(name, cells_, sizeof(cells_)); \
	} while (0)

/* The blob in memory of exactly its size. */
static uint8_t *blob(uint32_t *size)
{
	enum { RESERVED = FDT_HEADER_BYTES, TOKENS = RESERVED + 32 };
	uint32_t total = TOKENS + b.used + b.names_used;
	uint32_t header[] = { 0xd00dfeed, total, TOKENS, TOKENS + b.used, RESERVED, 17, 16, 0, b.names_used, b.used,
			      0, 0x48000000, 0, 0x1000, 0, 0, 0, 0 };
	uint8_t *out = malloc(total);

	for (unsigned i = 0; i < sizeof(header) / 4; i++)
		header[i] = __builtin_bswap32(header[i]);
	memcpy(out, header, sizeof(header));
	memcpy(out + TOKENS, b.tokens, b.used);
	memcpy(out + TOKENS + b.used, b.names, b.names_used);
	*size = total;
	memset(&b, 0, sizeof(b));
	return out;
}

static void board(void)
{
	node("");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	CELLS("interrupt-parent", 7);
	node("memory@40000000");
	text("device_type", "memory");
	CELLS("reg", 0, 0x40000000, 0, 0x10000000, 1, 0, 0, 0x8000000);
	end();
	put(4);
	node("soc");
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 1);
	CELLS("ranges", 0x100, 0, 0x9000000, 0x1000, 0x8000, 1, 0, 0x100);
	node("uart@100");
	property("compatible", "arm,pl011\0arm,primecell", 24);
	CELLS("reg", 0x180, 0x80, 0x8000, 0x100, 0x10ff, 0x10, 0x9000, 4);
	CELLS("interrupts", 0, 1, 4);
	node("deep");
	text("status", "disabled");
	end();
	end();
	end();
	node("chosen");
	text("bootargs", "quiet");
	end();
	end();
	put(9);
}

static struct fdt opened(const uint8_t *bytes, uint32_t size)
{
	struct fdt t;

	assert(error_of(fdt_open(bytes, size, &t)) == 0);
	return t;
}

static void find(struct fdt_walk *w, const struct fdt *t, const char *name)
{
	fdt_walk_start(w, t);
	while (fdt_walk_next(w))
		if (strcmp(w->node.name, name) == 0)
			return;
	assert(!"found");
}

static void a_board_is_read(void)
{
	uint32_t size;
	uint64_t base, bytes;
	struct fdt_walk w;

	board();
	uint8_t *bytes_of = blob(&size);
	struct fdt t = opened(bytes_of, size);
	assert(fdt_reservation(&t, 0, &base, &bytes) && base == 0x48000000 && bytes == 0x1000);
	assert(!fdt_reservation(&t, 1, &base, &bytes));

	find(&w, &t, "memory@40000000");
	assert(w.node.depth == 1 && strcmp(fdt_text(&w, "device_type"), "memory") == 0);
	assert(fdt_reg(&w, 0, &base, &bytes) && base == 0x40000000 && bytes == 0x10000000);
	assert(fdt_reg(&w, 1, &base, &bytes) && base == 1ull << 32 && bytes == 0x8000000);
	assert(!fdt_reg(&w, 2, &base, &bytes));

	find(&w, &t, "uart@100");
	assert(fdt_is_compatible(&w, "arm,primecell") && fdt_is_compatible(&w, "arm,pl011") && !fdt_is_compatible(&w, "arm"));
	assert(w.node.levels[w.node.depth].interrupt_parent == 7 && w.node.levels[w.node.depth].enabled);
	assert(fdt_reg(&w, 0, &base, &bytes) && base == 0x9000080 && bytes == 0x80);
	assert(fdt_reg(&w, 1, &base, &bytes) && base == 1ull << 32 && bytes == 0x100);
	assert(!fdt_reg(&w, 2, &base, &bytes));		/* over the end of its range */
	assert(!fdt_reg(&w, 3, &base, &bytes));		/* in none */
	assert(fdt_cell(fdt_property(&w, "interrupts"), 1) == 1 && fdt_cell(fdt_property(&w, "interrupts"), 3) == 0);

	find(&w, &t, "deep");
	assert(!w.node.levels[w.node.depth].enabled);
	find(&w, &t, "chosen");
	assert(strcmp(fdt_text(&w, "bootargs"), "quiet") == 0 && !fdt_text(&w, "nothing"));
	assert(!fdt_walk_next(&w));
	free(bytes_of);
}

static unsigned nodes_of(const struct fdt *t)
{
	struct fdt_walk w;
	uint64_t base, bytes;
	unsigned n = 0;

	fdt_walk_start(&w, t);
	for (; fdt_walk_next(&w); n++) {
		for (unsigned i = 0; i < 8 && fdt_reg(&w, i, &base, &bytes); i++)
			assert(base + bytes >= base);
		(void)fdt_is_compatible(&w, "arm,pl011");
		(void)fdt_text(&w, "status");
		assert(w.node.depth < FDT_DEPTH_MAX && n < ROOM);
	}
	return n;
}

static void depth_has_a_limit(void)
{
	uint32_t size;

	for (unsigned i = 0; i < 40; i++)
		node("n");
	for (unsigned i = 0; i < 40; i++)
		end();
	put(9);
	uint8_t *bytes = blob(&size);
	struct fdt t = opened(bytes, size);
	assert(nodes_of(&t) == FDT_DEPTH_MAX);
	free(bytes);
}

static void absurd_cells_reach_nothing(void)
{
	static const uint32_t absurd[] = { 0, 3, 4, 255, 0x10000, 0xffffffff };
	uint64_t base, bytes;
	struct fdt_walk w;
	uint32_t size;

	for (unsigned i = 0; i < 36; i++) {
		node("");
		CELLS("#address-cells", absurd[i % 6]);
		CELLS("#size-cells", absurd[i / 6]);
		node("x");
		CELLS("reg", 1, 2, 3, 4, 5, 6);
		end();
		end();
		put(9);
		uint8_t *blob_bytes = blob(&size);
		struct fdt t = opened(blob_bytes, size);
		find(&w, &t, "x");
		assert(!fdt_reg(&w, 0, &base, &bytes));
		free(blob_bytes);
	}
}

static void a_cut_tree_is_none(void)
{
	uint32_t size;
	struct fdt t;

	board();
	uint8_t *whole = blob(&size);
	for (uint32_t n = 0; n < size; n++) {
		uint8_t *part = malloc(n ? n : 1);
		memcpy(part, whole, n);
		assert(error_of(fdt_open(part, n, &t)) == EINVAL);
		free(part);
	}
	free(whole);
}

static void damage_is_survived(void)
{
	uint32_t size;
	struct fdt t;

	board();
	uint8_t *whole = blob(&size), *hurt = malloc(size);
	for (unsigned round = 0; round < ROUNDS; round++) {
		memcpy(hurt, whole, size);
		for (unsigned n = 1 + roll(4); n; n--) {
			uint32_t at = roll(2) ? roll(size) : roll(size / 4) * 4 + 3;
			hurt[at] = roll(3) ? roll(12) : roll(256);
		}
		if (!error_of(fdt_open(hurt, size, &t)))
			(void)nodes_of(&t);
	}
	free(whole);
	free(hurt);
}

int main(void)
{
	a_board_is_read();
	depth_has_a_limit();
	absurd_cells_reach_nothing();
	a_cut_tree_is_none();
	damage_is_survived();
	puts("ok");
	return 0;
}
