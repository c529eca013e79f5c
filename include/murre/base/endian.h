/* SPDX-License-Identifier: GPL-2.0-only */
/* Integers in the byte order of a disk or a wire; a plain integer only after le16_read and friends. */
#pragma once
#include <murre/base/compiler.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error both architectures are little-endian
#endif

typedef struct packed_struct { uint16_t le; } le16_t;
typedef struct packed_struct { uint32_t le; } le32_t;
typedef struct packed_struct { uint64_t le; } le64_t;
typedef struct packed_struct { uint16_t be; } be16_t;
typedef struct packed_struct { uint32_t be; } be32_t;
typedef struct packed_struct { uint64_t be; } be64_t;

static inline uint16_t le16_read(le16_t v) { return v.le; }
static inline uint32_t le32_read(le32_t v) { return v.le; }
static inline uint64_t le64_read(le64_t v) { return v.le; }
static inline le16_t le16(uint16_t v) { return (le16_t){ v }; }
static inline le32_t le32(uint32_t v) { return (le32_t){ v }; }
static inline le64_t le64(uint64_t v) { return (le64_t){ v }; }
static inline uint16_t be16_read(be16_t v) { return __builtin_bswap16(v.be); }
static inline uint32_t be32_read(be32_t v) { return __builtin_bswap32(v.be); }
static inline uint64_t be64_read(be64_t v) { return __builtin_bswap64(v.be); }
static inline be16_t be16(uint16_t v) { return (be16_t){ __builtin_bswap16(v) }; }
static inline be32_t be32(uint32_t v) { return (be32_t){ __builtin_bswap32(v) }; }
static inline be64_t be64(uint64_t v) { return (be64_t){ __builtin_bswap64(v) }; }
