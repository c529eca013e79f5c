/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading flattened device trees (Devicetree Specification 0.4, chapters 2 and 5): a walk over all nodes in their order,
 * with what a node inherits from those above it. Pure: no memory, no recursion; every number comes from the blob and may
 * be anything, so each is bounded before it is used, and a walk ends with the blob at the latest.
 */
#pragma once
#include <murre/base/result.h>

#define FDT_DEPTH_MAX 16
#define FDT_HEADER_BYTES 40

struct fdt {
	const uint8_t *bytes;
	uint32_t total_bytes;
	uint32_t structure, structure_bytes;
	uint32_t strings, strings_bytes;
	uint32_t reservations;
};

/* Size of the blob that begins with these FDT_HEADER_BYTES; 0: it is none. */
uint32_t fdt_total_bytes(const void *header);
/* Checks the header and where the blocks lie. EINVAL: not a tree, of a version that is not 17's, or cut off. */
result(unit) fdt_open(const void *bytes, size_t available, struct fdt *out);
/* The n-th range that is nobody's to use; false: no more. */
bool fdt_reservation(const struct fdt *t, unsigned n, uint64_t *start, uint64_t *bytes);

/* A property's value; data NULL: there is none. */
struct fdt_value { const uint8_t *data; uint32_t bytes; };

/* What a node says for its children, and inherits to all below. */
struct fdt_level {
	uint8_t address_cells, size_cells;	/* above 3: nothing that could be read */
	bool enabled;				/* its status, and that of all above */
	uint32_t interrupt_parent;		/* phandle, 0: none named */
	struct fdt_value ranges;		/* as `ranges` of this node; data NULL: children's addresses mean nothing above */
};

/* The node that a walk stands on. */
struct fdt_node {
	const char *name;			/* with its unit address; NUL-terminated */
	unsigned depth;				/* 0: the root */
	uint32_t properties;			/* where they begin */
	struct fdt_level levels[FDT_DEPTH_MAX];	/* [depth]: this node's own */
};
struct fdt_walk {
	const struct fdt *tree;
	uint32_t next;
	unsigned open;				/* nodes begun and not ended */
	struct fdt_node node;
};
void fdt_walk_start(struct fdt_walk *w, const struct fdt *t);
/* Steps to the next node; false: the end, or a blob that makes no sense from here on, or is too deep. */
bool fdt_walk_next(struct fdt_walk *w);

struct fdt_value fdt_property(const struct fdt_walk *w, const char *name);
/* The property's text; NULL: none, or not NUL-terminated. */
const char *fdt_text(const struct fdt_walk *w, const char *name);
/* A number of one or two cells; false: none such. */
bool fdt_number(const struct fdt_walk *w, const char *name, uint64_t *out);
/* Cell n of a value; 0 past the end. */
uint32_t fdt_cell(struct fdt_value v, uint32_t n);
/* Whether `compatible` names this string. */
bool fdt_is_compatible(const struct fdt_walk *w, const char *what);
/* The n-th register block of the node, as an address of the CPU's; false: no more, or not to be reached. */
bool fdt_reg(const struct fdt_walk *w, unsigned n, uint64_t *base, uint64_t *bytes);
