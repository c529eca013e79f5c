/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Undefined behaviour, reported where it happens: the debug kernel is compiled with GCC's checks, which call a function
 * here with what went wrong and where. Each is a kernel bug: panic. The layouts of the records are GCC's (libubsan's
 * interface, as the compiler emits it); the names are the compiler's as well.
 */
#include <murre/compiler_hooks.h>
#include <murre/log.h>

struct source_place { const char *file; uint32_t line, column; };
struct type_name { uint16_t kind, info; char name[]; };

struct place_record { struct source_place place; };
struct typed_record { struct source_place place; struct type_name *type; };
struct two_typed_record { struct source_place place; struct type_name *type, *index_type; };
struct mismatch_record { struct source_place place; struct type_name *type; uint8_t log_alignment, access; };

_Noreturn static cold_path void report(const struct source_place *p, const char *what, const struct type_name *type, uint64_t value)
{
	panic("undefined behaviour at %s:%u:%u: %s%s%s, value %#lx", p->file, p->line, p->column, what,
	      type ? " of type " : "", type ? type->name : "", value);
}

void __ubsan_handle_out_of_bounds(struct two_typed_record *r, uintptr_t index)
{
	report(&r->place, "index outside the array", r->type, index);
}

void __ubsan_handle_shift_out_of_bounds(struct two_typed_record *r, uintptr_t value, uintptr_t by)
{
	report(&r->place, "shift by as much as the width or more", r->type, by);
}

void __ubsan_handle_divrem_overflow(struct typed_record *r, uintptr_t a, uintptr_t b)
{
	report(&r->place, "division by zero, or of the smallest number by -1", r->type, a);
}

void __ubsan_handle_load_invalid_value(struct typed_record *r, uintptr_t value)
{
	report(&r->place, "a value that the type does not have", r->type, value);
}

void __ubsan_handle_vla_bound_not_positive(struct typed_record *r, uintptr_t bound)
{
	report(&r->place, "array length not positive", r->type, bound);
}

void __ubsan_handle_pointer_overflow(struct place_record *r, uintptr_t base, uintptr_t result)
{
	report(&r->place, "pointer arithmetic wraps", NULL, result);
}

void __ubsan_handle_builtin_unreachable(struct place_record *r)
{
	report(&r->place, "unreachable code reached", NULL, 0);
}

void __ubsan_handle_missing_return(struct place_record *r)
{
	report(&r->place, "end of a function that returns a value", NULL, 0);
}

void __ubsan_handle_nonnull_arg(struct place_record *r)
{
	report(&r->place, "NULL for an argument that must not be", NULL, 0);
}

void __ubsan_handle_type_mismatch_v1(struct mismatch_record *r, uintptr_t pointer)
{
	uintptr_t alignment = 1ul << r->log_alignment;

	if (!pointer)
		report(&r->place, "use of NULL", r->type, pointer);
	report(&r->place, pointer & (alignment - 1) ? "misaligned pointer" : "object too small for the access", r->type, pointer);
}
