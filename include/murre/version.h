/* SPDX-License-Identifier: GPL-2.0-only */
/* Who we say we are, uname(2) and the boot log: the ABI is Linux 6.1's. */
#pragma once

#define KERNEL_SYSNAME "Linux"
#define KERNEL_RELEASE "6.1.0-murre"
#define KERNEL_VERSION "0.1"
