# SPDX-License-Identifier: GPL-2.0-only
#
# Build settings of aarch64, included by the Makefile. The kernel runs in the top 2 GiB and keeps its hands off the
# vector registers.

CROSS ?= $(if $(filter aarch64,$(shell uname -m)),,aarch64-linux-gnu-)
UAPI_LINUX := /usr/aarch64-linux-gnu/include
UAPI_ASM := /usr/aarch64-linux-gnu/include/asm
KERNEL_BASE := 0xffffffff80000000

ARCH_CFLAGS := -march=armv8-a -mgeneral-regs-only -mcmodel=small -ffixed-x18 \
	       -mno-outline-atomics -mbranch-protection=none
ARCH_ASFLAGS := -march=armv8-a
ARCH_LDFLAGS := -m aarch64linux
ARCH_USER_CC := $(CROSS)gcc
# Loaders take a flat image.
IMAGE_FROM_ELF = $(OBJCOPY) -O binary
# Drivers of hardware that no machine of this architecture has.
NOT_HERE := drivers/tty/ns16550.c drivers/tty/ns16550_line.c
