/* SPDX-License-Identifier: GPL-2.0-only */
/* Device registers and firmware tables that lie outside RAM, mapped into the kernel for good. */
#pragma once
#include <murre/base/result.h>
#include <arch/io.h>

DEFINE_RESULT(io_region);
/* Uncached window on [at, at + bytes); may overlap earlier ones. ENOMEM; EINVAL: empty, or it
 * wraps. Task context or start. */
may_sleep result(io_region) mmio_map(paddr_t at, size_t bytes);
