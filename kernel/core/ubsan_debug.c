/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Undefined behaviour, reported where it happens: the debug kernel is compiled with GCC's checks, which call a function
 * here with what went wrong and where. Each is a kernel bug: panic, with the values as the source has them. The layouts
 * of the records are GCC's (libubsan's interface, as the compiler emits it); the names are the compiler's as well.
 */
#include <murre/compiler_hooks.h>
#include <murre/log.h>

struct source_place { const char *file; uint32_t line, column; };
enum { TYPE_INTEGER = 0 };
struct type_name {
	uint16_t kind;
	uint16_t info;			/* integers: bit 0: signed; above: log2 of the bits */
	char name[];			/* with its quotes */
};

struct place_record { struct source_place place; };
struct typed_record { struct source_place place; struct type_name *type; };
struct two_typed_record { struct source_place place; struct type_name *type, *other_type; };
struct mismatch_record { struct source_place place; struct type_name *type; uint8_t log_alignment, access; };
struct argument_record { struct source_place place, attribute; int number; };
struct builtin_record { struct source_place place; uint8_t kind; };

/* A value as the checks hand it over: itself if it fits a register, else its address. */
struct value_text { char text[24]; };

static int64_t sign_extended(uint64_t v, unsigned bits)
{
	return bits >= 64 ? (int64_t)v : (int64_t)(v << (64 - bits)) >> (64 - bits);
}

static struct value_text value_of(const struct type_name *type, uintptr_t value)
{
	struct value_text v = {};
	unsigned bits = 1u << (type->info >> 1);

	if (type->kind != TYPE_INTEGER || bits > 64)
		text_format(v.text, sizeof(v.text), "(not shown)");
	else if (type->info & 1)
		text_format(v.text, sizeof(v.text), "%ld", (long)sign_extended(value, bits));
	else
		text_format(v.text, sizeof(v.text), "%lu", (unsigned long)value);
	return v;
}

#define REPORT(record, fmt, ...) \
	panic("undefined behaviour at %s:%u:%u: " fmt, (record)->place.file, (record)->place.line, (record)->place.column, \
	      ##__VA_ARGS__)

void __ubsan_handle_out_of_bounds(struct two_typed_record *r, uintptr_t index)
{
	REPORT(r, "index %s outside %s", value_of(r->other_type, index).text, r->type->name);
}

void __ubsan_handle_shift_out_of_bounds(struct two_typed_record *r, uintptr_t value, uintptr_t by)
{
	REPORT(r, "%s of type %s shifted by %s", value_of(r->type, value).text, r->type->name,
	       value_of(r->other_type, by).text);
}

void __ubsan_handle_divrem_overflow(struct typed_record *r, uintptr_t a, uintptr_t b)
{
	REPORT(r, "%s divided by %s in %s", value_of(r->type, a).text, value_of(r->type, b).text, r->type->name);
}

void __ubsan_handle_load_invalid_value(struct typed_record *r, uintptr_t value)
{
	REPORT(r, "value %#lx, which %s does not have", value, r->type->name);
}

void __ubsan_handle_vla_bound_not_positive(struct typed_record *r, uintptr_t bound)
{
	REPORT(r, "an array of %s elements", value_of(r->type, bound).text);
}

void __ubsan_handle_pointer_overflow(struct place_record *r, uintptr_t base, uintptr_t result)
{
	REPORT(r, "pointer arithmetic from %#lx to %#lx", base, result);
}

void __ubsan_handle_builtin_unreachable(struct place_record *r)
{
	REPORT(r, "unreachable code reached");
}

void __ubsan_handle_missing_return(struct place_record *r)
{
	REPORT(r, "end of a function that returns a value");
}

void __ubsan_handle_nonnull_arg(struct argument_record *r)
{
	REPORT(r, "NULL for argument %d, which must not be", r->number);
}

void __ubsan_handle_nonnull_return_v1(struct place_record *r, struct source_place *returned)
{
	panic("undefined behaviour at %s:%u:%u: NULL returned by a function that never does", returned->file,
	      returned->line, returned->column);
}

void __ubsan_handle_invalid_builtin(struct builtin_record *r)
{
	REPORT(r, "the first or last set bit of 0");
}

void __ubsan_handle_type_mismatch_v1(struct mismatch_record *r, uintptr_t pointer)
{
	uintptr_t alignment = 1ul << r->log_alignment;

	if (!pointer)
		REPORT(r, "use of NULL as %s", r->type->name);
	if (pointer & (alignment - 1))
		REPORT(r, "address %#lx for %s, which needs alignment %lu", pointer, r->type->name, alignment);
	REPORT(r, "address %#lx has no room for %s", pointer, r->type->name);
}
