# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the kernel and the few programs that its tools put into a guest. Sources are found, not listed: every .c and
# .S file below the folders of KERNEL_DIRS belongs to the kernel. Nothing is written outside build/.
#
#   make            the kernel, build/<ARCH>/murre, and build/<ARCH>/user/
#   make help       all targets
#   make V=1        with the full command lines;  make DEBUG=1: the debug kernel, in build/<ARCH>-debug

ARCH ?= x86_64
DEBUG ?= 0
RAW ?= 0
V ?= 0

# Parallel by itself; a make that this one calls shares its jobs.
MAKEFLAGS += --no-builtin-rules $(if $(filter 0,$(MAKELEVEL)),-j$(shell nproc))
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

O := build/$(ARCH)$(if $(filter 1,$(DEBUG)),-debug)$(if $(filter 1,$(RAW)),-raw)
KERNEL := $(O)/murre
KERNEL_DIRS := arch/$(ARCH) kernel mm fs drivers net lib
export MURRE_BUILD := $(abspath $(O))
LDSCRIPT := arch/$(ARCH)/kernel.lds

# What depends on the architecture: CROSS, UAPI_LINUX, UAPI_ASM, KERNEL_BASE, ARCH_CFLAGS, ARCH_LDFLAGS, IMAGE_FROM_ELF, NOT_HERE.
include arch/$(ARCH)/build.mk

CC := $(CROSS)gcc
LD := $(CROSS)ld
NM := $(CROSS)nm
OBJCOPY := $(CROSS)objcopy
PYTHON := /usr/bin/python3

ifeq ($(V),0)
say = @printf '  %-7s %s\n' '$(1)' '$(2)';
else
say =
endif

# ---- Kernel flags. No header of a C library is reachable: only GCC's own, Linux's UAPI headers and include/.

GCC_INCLUDE = $(shell $(CC) -print-file-name=include)
CPPFLAGS = -nostdinc -isystem $(GCC_INCLUDE) -isystem $(O)/uapi -Iinclude -Iarch/$(ARCH)/include -I$(O)/include \
	   -D__MURRE__ $(if $(filter 1,$(DEBUG)),-DMURRE_DEBUG)
WARNINGS := -Wall -Wextra -Werror -Wswitch-enum -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
	    -Wframe-larger-than=2048 -Wno-unused-parameter -Wno-override-init
CFLAGS = -std=gnu2x -O2 -g -ffreestanding -fno-pic -fno-pie -fno-common -fno-builtin-printf \
	 -fno-strict-aliasing -fno-strict-overflow -fno-delete-null-pointer-checks \
	 -fno-stack-protector -fno-omit-frame-pointer -fno-optimize-sibling-calls -fno-asynchronous-unwind-tables \
	 -ftrivial-auto-var-init=zero $(WARNINGS) $(ARCH_CFLAGS)
# The debug kernel watches itself: undefined behaviour stops it with a report.
ifeq ($(DEBUG),1)
CFLAGS += -fsanitize=bounds,shift,integer-divide-by-zero,unreachable,return,null,alignment,bool,enum,object-size,vla-bound \
	  -fsanitize=pointer-overflow,builtin,nonnull-attribute,returns-nonnull-attribute \
	  -Wno-error=maybe-uninitialized -Wframe-larger-than=4096
# Addresses are checked where the architecture has shadow memory (include/arch/shadow.h): inline, which costs the emulated
# CPU of the tests least.
ifdef SHADOW_OFFSET
CPPFLAGS += -DARCH_SHADOW_OFFSET=$(SHADOW_OFFSET)
WATCH_CFLAGS = -fsanitize=kernel-address -fasan-shadow-offset=$(SHADOW_OFFSET) --param asan-stack=1 --param asan-globals=1 \
	       -fsanitize-address-use-after-scope \
	       --param asan-instrumentation-with-call-threshold=100000
CFLAGS += $(WATCH_CFLAGS)
endif
endif
ASFLAGS = -g -Wa,--fatal-warnings -Wa,--noexecstack $(ARCH_ASFLAGS)
LDFLAGS = -nostdlib -static --build-id=none -z noexecstack -z max-page-size=4096 $(ARCH_LDFLAGS)

# ---- Kernel objects

SOURCES := $(shell find $(KERNEL_DIRS) -name '*.[cS]' 2>/dev/null | LC_ALL=C sort)
SOURCES := $(filter-out $(NOT_HERE),$(SOURCES))
# The watchers of the debug kernel are files of their own: NAME_debug.c.
ifneq ($(DEBUG),1)
SOURCES := $(filter-out %_debug.c,$(SOURCES))
endif
ifndef SHADOW_OFFSET
SOURCES := $(filter-out %shadow_debug.c,$(SOURCES))
endif
OBJECTS := $(SOURCES:%=$(O)/%.o) $(O)/start_order.o
GENERATED := $(O)/include/generated/syscall_names.h
FLAG_FILES := Makefile arch/$(ARCH)/build.mk

# RAW=1: the twin of the kernel that make cost compares it with.
ifeq ($(RAW),1)
include tests/cost/raw.mk
endif

$(O)/%.c.o: %.c $(FLAG_FILES) $(GENERATED) | $(O)/uapi
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(O)/%.S.o: %.S $(FLAG_FILES) $(GENERATED) | $(O)/uapi
	@mkdir -p $(@D)
	$(call say,AS,$<)$(CC) $(CPPFLAGS) $(ASFLAGS) -MMD -MP -c $< -o $@

# The memory functions themselves live in lib/: their loops must not become calls to memset and memcpy.
$(O)/lib/%.o: CFLAGS += -fno-tree-loop-distribute-patterns

# Files that the debug kernel's address checks leave out. Of all architectures:
# - lib/memory.c names each range once instead of each word (base/access.h);
# - the slab allocator and the watchers over slabs and pages go through free memory, that is their work;
# - the watchers over shadow memory and stacks look at memory that nobody may touch;
# - the search for leaked handles reads all memory, with interrupts off.
UNWATCHED += lib/memory.c mm/slab.c mm/slab_debug.c mm/page_debug.c mm/shadow_debug.c mm/report_shadow_debug.c \
	     kernel/core/stack_debug.c kernel/core/handle_debug.c kernel/core/handle_leak_debug.c mm/handle_scan_debug.c
$(UNWATCHED:%=$(O)/%.o): WATCH_CFLAGS = -fno-tree-loop-distribute-patterns

# Linux's user-space headers, and nothing else of /usr/include. (-nT: a link that stands is replaced, not entered.)
$(O)/uapi: $(FLAG_FILES)
	@mkdir -p $@
	@test -e $(UAPI_ASM)/unistd.h || { echo 'Linux headers are missing; try: make deps' >&2; exit 1; }
	@ln -snfT $(UAPI_LINUX)/linux $@/linux
	@ln -snfT $(UAPI_LINUX)/asm-generic $@/asm-generic
	@ln -snfT $(UAPI_ASM) $@/asm
	@touch $@

# The order in which the parts of the kernel start is computed from what each says that it needs.
$(O)/start_order.c: $(SOURCES) tools/start_order.py tools/tiers.txt
	@mkdir -p $(@D)
	@$(PYTHON) tools/start_order.py $(filter %.c,$(SOURCES)) >$@

$(O)/start_order.o: $(O)/start_order.c $(FLAG_FILES) | $(O)/uapi
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# Every system call's number and name, one SYSCALL_NAME(0, read) a line, from the headers of the architecture.
$(O)/include/generated/syscall_names.h: $(FLAG_FILES) | $(O)/uapi
	@mkdir -p $(@D)
	$(call say,GEN,$@)printf '#include <asm/unistd.h>\n' | $(CC) $(CPPFLAGS) -E -dM -x c - \
		| sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$$/SYSCALL_NAME(\2, \1)/p' | sort -t'(' -k2n >$@

# ---- The handle checker: a plugin for $(CC) (tools/handlecheck). Each file is compiled once more with it; what comes out
# is thrown away, but for the stamp.

PLUGIN := $(O)/handlecheck.so
PLUGIN_HEADERS = $(shell $(CC) -print-file-name=plugin)/include
PLUGIN_OBJECTS := $(patsubst tools/handlecheck/%.cc,$(O)/handlecheck/%.o,$(wildcard tools/handlecheck/*.cc))
CHECKED := $(patsubst %.c,$(O)/checked/%.stamp,$(filter %.c,$(SOURCES)))
CHECK_CC = $(CC) $(CPPFLAGS) $(CFLAGS) -DMURRE_CHECK -fplugin=$(abspath $(PLUGIN)) -S -o /dev/null

$(O)/handlecheck/%.o: tools/handlecheck/%.cc $(FLAG_FILES)
	@mkdir -p $(@D)
	$(call say,HOSTCXX,$<)g++ -std=gnu++17 -O1 -fno-rtti -fPIC -Wall -Wextra -Werror -MMD -MP -isystem $(PLUGIN_HEADERS) -c $< -o $@
$(PLUGIN): $(PLUGIN_OBJECTS)
	$(call say,PLUGIN,$@)g++ -shared $^ -o $@

$(O)/checked/%.stamp: %.c $(PLUGIN) $(FLAG_FILES) $(GENERATED) | $(O)/uapi
	@mkdir -p $(@D)
	$(call say,CHECK,$<)$(CHECK_CC) -fplugin-arg-handlecheck-sum=$(@:.stamp=.sum) -MMD -MP -MF $(@:.stamp=.d) -MT $@ $< && touch $@

check-file: $(PLUGIN) $(GENERATED) | $(O)/uapi
	@$(CHECK_CC) -fplugin-arg-handlecheck-sum=$(O)/file.sum $(FILE)
	@$(PYTHON) tools/handlecheck/join.py $(O)/file.sum
# For the tests of the checker: its command line, without the file.
check-command: $(PLUGIN) $(GENERATED) | $(O)/uapi
	@echo '$(CHECK_CC)'
compile-line: $(GENERATED) | $(O)/uapi
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS)'

# ---- Linking. The image carries its own symbol table, which must not move what it describes: murre.0 has an empty
# table, murre.1 one of the final size, murre.2 the final one; ksyms.py --check proves that it tells the truth.

$(O)/murre.%: $(OBJECTS) $(O)/ksyms.%.o $(LDSCRIPT) $(FLAG_FILES)
	$(call say,LD,$@)$(LD) $(LDFLAGS) -T $(LDSCRIPT) $(OBJECTS) $(O)/ksyms.$*.o -o $@

$(O)/ksyms.%.o: $(O)/ksyms.%.S
	@$(CC) -c $< -o $@

KSYMS = $(NM) -n $< | $(PYTHON) tools/ksyms.py --base $(KERNEL_BASE)
$(O)/ksyms.0.S: tools/ksyms.py $(FLAG_FILES)
	@mkdir -p $(@D)
	@$(PYTHON) tools/ksyms.py --base $(KERNEL_BASE) </dev/null >$@
$(O)/ksyms.1.S: $(O)/murre.0
	@$(KSYMS) >$@
$(O)/ksyms.2.S: $(O)/murre.1
	@$(KSYMS) >$@
$(KERNEL): $(O)/murre.2
	@$(KSYMS) --check $(O)/ksyms.2.S
	@ln -f $< $@.elf
	$(call say,KERNEL,$@)$(IMAGE_FROM_ELF) $< $@

.SECONDARY:

# ---- Programs that run in the guest: static, against musl.

USER_CC ?= $(ARCH_USER_CC)
USER_PROGRAMS := $(patsubst user/%/,$(O)/user/%,$(sort $(dir $(wildcard user/*/*.c))))
USER_CFLAGS := -std=gnu2x -O2 -g -Wall -Wextra -Werror -static -idirafter $(O)/uapi

# One program for each folder of user/ that holds C files.
.SECONDEXPANSION:
$(O)/user/%: $$(wildcard user/%/*.[ch]) Makefile | $(O)/uapi
	@mkdir -p $(@D)
	$(call say,USER,$@)$(USER_CC) $(USER_CFLAGS) $(filter %.c,$^) -o $@

# ---- Tests of pure code on the host: each tests/host/NAME_test.c is one program, linked with lib/, under sanitizers.

HOST_TESTS := $(patsubst tests/host/%_test.c,$(O)/host/%,$(wildcard tests/host/*_test.c))
HOST_CFLAGS := -std=gnu2x -g -O1 -fno-pic -no-pie -fsanitize=address,undefined -fno-sanitize-recover=all \
	       -Iinclude -Iarch/$(ARCH)/include -I. -Wall -Wno-unused-parameter
$(O)/host/%: tests/host/%_test.c $(wildcard lib/*.c) $(wildcard include/murre/*.h include/murre/base/*.h) Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)gcc $(HOST_CFLAGS) $(filter %.c,$^) -o $@

host-test: $(HOST_TESTS) ## the unit tests that run on this machine
	@for t in $^; do $$t >$$t.log 2>&1 && echo "pass $$t" || { echo "FAIL $$t"; cat $$t.log; exit 1; }; done

# ---- Images

$(O)/shell.cpio: tools/murre $(wildcard tools/murrelib/*.py) $(shell find user/shell -type f)
	@mkdir -p $(@D)
	$(call say,CPIO,$@)$(PYTHON) tools/murre initrd --arch $(ARCH) --shell -o $@

$(O)/murre.iso: $(KERNEL) $(O)/shell.cpio tools/iso.sh tools/grub.cfg
	$(call say,ISO,$@)tools/iso.sh $(KERNEL) $(O)/shell.cpio $@

# ---- Targets

.PHONY: all objects kernel user iso deps run test abi check check-arch check-file check-command misuse check-corpus compile-line bench cost clean help host-test
all: kernel user ## the kernel and the guest programs (the default)
	@:
objects: $(OBJECTS) ## compile only (with -k: everything that compiles)
kernel: $(KERNEL)
user: $(USER_PROGRAMS)
iso: deps $(O)/murre.iso ## build/<ARCH>/murre.iso: boots by BIOS and UEFI

deps: ## install all Debian packages of tools/deps.txt that are missing
	@tools/deps.sh

run: ## boot to a shell in QEMU on this terminal (leave with: exit)
	@tools/deps.sh run
	@$(MAKE) --no-print-directory --silent all $(O)/shell.cpio
	@$(PYTHON) tools/murre boot --arch $(ARCH) --kernel $(KERNEL) --initrd $(O)/shell.cpio

test: deps ## every test; ends with a line "N passed, N failed"
	@$(MAKE) --no-print-directory --silent all $(O)/shell.cpio
	@MURRE_ARCH=$(ARCH) $(PYTHON) tools/run_tests.py $(TESTS)

abi: all ## every program of tests/abi on Murre and on Linux; T=pipe: that one, side by side
	@MURRE_ARCH=$(ARCH) $(PYTHON) $(if $(T),tests/side_by_side.py $(T),tools/run_tests.py tests/test_abi.py)

# Every architecture that has its headers, by its own compiler; FILE=fs/open.c: that file alone.
CHECKED_ARCHS := $(patsubst arch/%/include,%,$(wildcard arch/*/include))
check: ## the handle checker over every kernel file; tiers, include cycles, licence lines, spaces
	@$(PYTHON) tools/check_layers.py
	@$(PYTHON) tools/handlecheck/escapes.py
	@for a in $(CHECKED_ARCHS); do $(MAKE) --no-print-directory ARCH=$$a DEBUG=0 check-arch || exit 1; done
check-arch: $(if $(FILE),check-file,$(CHECKED))
	@$(if $(FILE),,$(PYTHON) tools/handlecheck/join.py $(CHECKED:.stamp=.sum))
	$(call say,CHECKED,$(ARCH): $(if $(FILE),$(FILE),$(words $(CHECKED)) files))

include tools/analyze.mk

misuse: ## what must not compile does not (tests/misuse); what the checker says of its corpus (tests/handlecheck)
	@$(PYTHON) tools/misuse.py
	@$(PYTHON) tools/check_corpus.py
check-corpus: ## the second half of it
	@$(PYTHON) tools/check_corpus.py

bench: all $(O)/shell.cpio ## print the figures of docs/performance.md
	@$(PYTHON) tools/bench.py --arch $(ARCH) --kernel $(KERNEL)

cost: all ## what the handles cost: six paths against twins in raw C; fails above 2 %
	@$(MAKE) --no-print-directory RAW=1 kernel
	@$(PYTHON) tools/cost.py --arch $(ARCH) --kernel $(KERNEL) --raw build/$(ARCH)-raw/murre $(COST_ARGS)

clean: ## remove everything that was built for ARCH
	rm -rf build/$(ARCH) build/$(ARCH)-debug build/$(ARCH)-raw

help: ## this list
	@echo 'make [ARCH=x86_64] [DEBUG=1] [V=1] [TARGET]'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile tools/analyze.mk | expand -t 14

-include $(OBJECTS:.o=.d) $(PLUGIN_OBJECTS:.o=.d) $(CHECKED:.stamp=.d)
