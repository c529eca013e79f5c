# SPDX-License-Identifier: GPL-2.0-only
#
# Build settings of x86_64, included by the Makefile. The kernel runs in the top 2 GiB (-mcmodel=kernel), keeps its
# hands off the vector and x87 registers, and takes interrupts on its own stack (no red zone).

CROSS ?= $(if $(filter x86_64,$(shell uname -m)),,x86_64-linux-gnu-)
UAPI_LINUX := /usr/include
UAPI_ASM := /usr/include/x86_64-linux-gnu/asm
KERNEL_BASE := 0xffffffff80000000

ARCH_CFLAGS := -m64 -march=x86-64 -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -fcf-protection=none
ARCH_ASFLAGS := -m64
ARCH_LDFLAGS := -m elf_x86_64
ARCH_USER_CC := musl-gcc
# Loaders take the linked file as it is.
IMAGE_FROM_ELF := ln -f
# Drivers of hardware that no machine of this architecture has.
NOT_HERE := drivers/tty/pl011.c

# Shadow memory of the debug kernel (include/arch/shadow.h): 0xffffec0000000000 up to 0xfffffc0000000000. Unchecked:
# - boot/ works at physical addresses and before there is shadow; acpi/tables.c is shown the root pointer there;
# - the backtrace follows chains of frames that may be broken.
SHADOW_OFFSET := 0xdffffc0000000000
UNWATCHED := $(wildcard arch/x86_64/boot/*.c) arch/x86_64/acpi/tables.c arch/x86_64/debug/backtrace.c
