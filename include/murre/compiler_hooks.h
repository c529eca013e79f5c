/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions that code compiled with GCC's checks calls; only debug kernels have them. Any context. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct two_typed_record;
struct typed_record;
struct place_record;
struct mismatch_record;
struct argument_record;
struct builtin_record;
struct source_place;
void __ubsan_handle_out_of_bounds(struct two_typed_record *r, uintptr_t index);
void __ubsan_handle_shift_out_of_bounds(struct two_typed_record *r, uintptr_t value, uintptr_t by);
void __ubsan_handle_divrem_overflow(struct typed_record *r, uintptr_t a, uintptr_t b);
void __ubsan_handle_load_invalid_value(struct typed_record *r, uintptr_t value);
void __ubsan_handle_vla_bound_not_positive(struct typed_record *r, uintptr_t bound);
void __ubsan_handle_pointer_overflow(struct place_record *r, uintptr_t base, uintptr_t result);
void __ubsan_handle_builtin_unreachable(struct place_record *r);
void __ubsan_handle_missing_return(struct place_record *r);
void __ubsan_handle_nonnull_arg(struct argument_record *r);
void __ubsan_handle_nonnull_return_v1(struct place_record *r, struct source_place *returned);
void __ubsan_handle_invalid_builtin(struct builtin_record *r);
void __ubsan_handle_type_mismatch_v1(struct mismatch_record *r, uintptr_t pointer);

struct checked_global;
void __asan_report_load1_noabort(const void *p);
void __asan_report_load2_noabort(const void *p);
void __asan_report_load4_noabort(const void *p);
void __asan_report_load8_noabort(const void *p);
void __asan_report_load16_noabort(const void *p);
void __asan_report_load_n_noabort(const void *p, size_t n);
void __asan_report_store1_noabort(const void *p);
void __asan_report_store2_noabort(const void *p);
void __asan_report_store4_noabort(const void *p);
void __asan_report_store8_noabort(const void *p);
void __asan_report_store16_noabort(const void *p);
void __asan_report_store_n_noabort(const void *p, size_t n);
void __asan_handle_no_return(void);
void __asan_poison_stack_memory(const void *p, size_t n);
void __asan_unpoison_stack_memory(const void *p, size_t n);
void __asan_register_globals(const struct checked_global *globals, size_t n);
