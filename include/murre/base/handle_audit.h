/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the debug kernel knows of handles: each carries the token of a record (kernel/core/handle_debug.c) that says which
 * object it holds and where it was made. Moves carry the token along, the end retires it; a record whose token stands
 * nowhere in memory is a leak. The words below are for handle.h alone; in the ordinary kernel they are nothing.
 */
#pragma once
#include <murre/base/compiler.h>

#ifdef MURRE_DEBUG

typedef uint64_t handle_token;		/* 0: owns nothing */
struct handle_kind {
	const char *name;
	struct handle_kind *next;	/* of those that were used */
	uint64_t live, most, made;	/* handles; the audit's lock guards them */
	uint64_t raw;			/* of the live ones, kept as raw pointers */
	bool known;
	const int *refs_at;		/* where the object counts its references; NULL: not only handles are counted */
};

handle_token handle_audit_new(struct handle_kind *kind, const void *object, const char *place);
handle_token handle_audit_back(struct handle_kind *kind, const void *object, const char *place);
/* A scope or a field took it over. */
void handle_audit_owner(handle_token t, const char *place);
/* Stops the kernel when the handle's life is over. */
void handle_audit_live(handle_token t, const void *object, const char *place);
/* Stops the kernel when a field that is to be filled owns something. */
void handle_audit_empty(const void *object, const char *place);
void handle_audit_end(handle_token t, const void *object, const char *place);
void handle_audit_raw(handle_token t, const void *object, const char *place);
void handle_audit_end_raw(struct handle_kind *kind, const void *object);

#define AUDIT_TEXT__(x) #x
#define AUDIT_TEXT_(x) AUDIT_TEXT__(x)
#define AUDIT_HERE_ __FILE__ ":" AUDIT_TEXT_(__LINE__)

#define AUDIT_MEMBER_ handle_token hnd_token_;
#define AUDIT_KIND_(name_) \
	extern const int name_##_refs_at_ __attribute__((weak)); \
	__attribute__((weak)) struct handle_kind name_##_kind_ = { .name = #name_, .refs_at = &name_##_refs_at_ };
/* Beside the object's life: all references that `member` counts are handles, held or raw. */
#define handles_are_counted(name_, T, member) const int name_##_refs_at_ = offsetof(T, member)
#define audit_new_(type, p, ...) ({ \
	__auto_type new_p_ = (p); \
	(type){ .hnd_p_ = new_p_, .hnd_token_ = handle_audit_new(&type##_kind_, new_p_, AUDIT_HERE_), ##__VA_ARGS__ }; })
#define audit_back_(type, p) ({ \
	__auto_type back_p_ = (p); \
	(type){ .hnd_p_ = back_p_, .hnd_token_ = handle_audit_back(&type##_kind_, back_p_, AUDIT_HERE_) }; })
#define audit_owner_(h) ({ \
	__auto_type owned_ = (h); \
	handle_audit_owner(owned_.hnd_token_, AUDIT_HERE_); \
	owned_; })
#define audit_at_(h) ({ \
	__auto_type at_ = &(h); \
	handle_audit_live(at_->hnd_token_, at_->hnd_p_, AUDIT_HERE_); \
	at_->hnd_p_; })
#define audit_raw_(h) ({ \
	__auto_type raw_ = (h); \
	handle_audit_raw(raw_.hnd_token_, raw_.hnd_p_, AUDIT_HERE_); \
	raw_.hnd_p_; })
#define audit_count_(h) ({ \
	__auto_type count_ = (h); \
	handle_audit_end(count_.hnd_token_, count_.hnd_p_, AUDIT_HERE_); \
	count_.hnd_p_; })
#define audit_moved_(p) ((p)->hnd_token_ = 0)
#define audit_empty_(p) handle_audit_empty((p)->hnd_p_, AUDIT_HERE_)
#define audit_end_(p) handle_audit_end((p)->hnd_token_, (p)->hnd_p_, AUDIT_HERE_)
#define audit_end_raw_(name, p) handle_audit_end_raw(&name##_kind_, p)

#else

#define AUDIT_MEMBER_
#define AUDIT_KIND_(name)
#define handles_are_counted(name, T, member) _Static_assert(offsetof(T, member) >= 0, "")
#define audit_new_(type, p, ...) ((type){ .hnd_p_ = (p), ##__VA_ARGS__ })
#define audit_back_(type, p) ((type){ .hnd_p_ = (p) })
#define audit_owner_(h) (h)
#define audit_at_(h) ((&(h))->hnd_p_)
#define audit_raw_(h) ({ checked_as("opened") __auto_type raw_ = (h); raw_.hnd_p_; })
#define audit_count_(h) ({ checked_as("opened") __auto_type count_ = (h); count_.hnd_p_; })
#define audit_moved_(p) ((void)0)
#define audit_empty_(p) ((void)0)
#define audit_end_(p) ((void)0)
#define audit_end_raw_(name, p) ((void)0)

#endif
