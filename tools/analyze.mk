# SPDX-License-Identifier: GPL-2.0-only
#
# make analyze: what compilers other than the one that builds the kernel find in it. Every kernel file goes through three
# of them, a stamp for each, so that only what has changed is looked at again; one finding stops it. docs/analysis.md says
# what each has found and what was tried and left out.
#
#   locks	clang's warnings and -Wthread-safety: every lock, interrupt state and preemption count is given back on every
#		path, none is taken twice, and what is guarded_by() a lock is not touched without it (murre/lock.h)
#   paths	clang's static analyzer: null pointers, uninitialised values, stack addresses that escape
#   gcc		GCC's -fanalyzer: memory freed twice, used after its end, or given to the wrong free, through all handles

CLANG ?= clang-22
CLANG_INCLUDE = $(shell $(CLANG) -print-file-name=include)
# Left out: files that are wrong on purpose, so that the debug kernel's watchers have something to catch. Each analysis does
# report its share of them.
WRONG_ON_PURPOSE := %provoke_debug.c mm/provoke_%_debug.c
ANALYZED := $(filter-out $(WRONG_ON_PURPOSE) $(NOT_HERE) $(if $(SHADOW_OFFSET),,%shadow_debug.c),\
	    $(shell find $(KERNEL_DIRS) -name '*.c' 2>/dev/null))
ANALYSES := locks paths gcc
# And of the third the allocator itself, to which what was freed is a list of memory.
GCC_LEFT_OUT := mm/slab.c mm/bytes.c
STAMPS := $(foreach a,$(filter-out gcc,$(ANALYSES)),$(ANALYZED:%=$(O)/analyze/$(a)/%.ok)) \
	  $(patsubst %,$(O)/analyze/gcc/%.ok,$(filter-out $(GCC_LEFT_OUT),$(ANALYZED)))

# The watchers of the debug kernel are analysed as its files.
ANALYZE_DEFINES = -DMURRE_ANALYZE $(if $(findstring _debug.c,$<),-DMURRE_DEBUG $(if $(SHADOW_OFFSET),-DARCH_SHADOW_OFFSET=$(SHADOW_OFFSET)))
CLANG_FLAGS = --target=$(ARCH)-linux-gnu $(subst $(GCC_INCLUDE),$(CLANG_INCLUDE),$(CPPFLAGS)) \
	      $(ANALYZE_DEFINES) -std=gnu2x -O2 -ffreestanding -fno-builtin-printf -fno-strict-aliasing -fwrapv \
	      -fno-delete-null-pointer-checks $(ARCH_CFLAGS)

# Off: what GCC calls by other names or not at all. -Wno-unknown-*: GCC's own; -Wno-initializer-overrides: tables with a
# default row; -Wno-missing-field-initializers: fields that are not named are zero.
CLANG_WARNINGS := -Wall -Wextra -Werror -Wswitch-enum -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
		  -Wno-unused-parameter -Wno-initializer-overrides -Wno-missing-field-initializers -Wno-unknown-pragmas -Wno-unknown-attributes \
		  -Wthread-safety -Wthread-safety-beta -Wthread-safety-pointer \
		  -Wconditional-uninitialized -Wloop-analysis -Wtautological-compare \
		  -Wunreachable-code-aggressive -Wimplicit-fallthrough
$(O)/analyze/locks/%.ok: % $(FLAG_FILES) tools/analyze.mk $(GENERATED) | $(O)/uapi
	@mkdir -p $(@D)
	$(call say,LOCKS,$<)$(CLANG) $(CLANG_FLAGS) $(CLANG_WARNINGS) -fsyntax-only -MD -MP -MF $(@:.ok=.d) -MT $@ $<
	@touch $@

# cfg-implicit-dtors: the analyzer ends a path where a variable with a cleanup leaves its scope, unless told to overlook
# cleanups. Without deadcode: for it the last store to such a variable is dead.
$(O)/analyze/paths/%.ok: % $(FLAG_FILES) tools/analyze.mk $(GENERATED) | $(O)/uapi
	@mkdir -p $(@D)
	$(call say,PATHS,$<)$(CLANG) $(CLANG_FLAGS) -Wno-everything --analyze --analyzer-output text -Xclang -analyzer-werror \
		-Xclang -analyzer-config -Xclang cfg-implicit-dtors=false -Xclang -analyzer-disable-checker=deadcode \
		-MD -MP -MF $(@:.ok=.d) -MT $@ $<
	@touch $@

# It follows memory through boxes, own(), give() and drop() to slab_put and bytes_put: freed_by(). Off are three. use-of-uninitialized-value: GCC 12 does not carry "it did not fail" from a result's errno to its value,
# and takes every value that TRY passes on for the unset one of a failure. null-dereference: it takes each look at a list
# or tree for one that may find nothing, 17 times of 17 wrongly; clang's passes see to both. malloc-leak: it does not know that
# the address of a member keeps its object; the handle checker and the debug kernel's audit see to leaks.
$(O)/analyze/gcc/%.ok: % $(FLAG_FILES) tools/analyze.mk $(GENERATED) | $(O)/uapi
	@mkdir -p $(@D)
	$(call say,GCC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) $(ANALYZE_DEFINES) -fanalyzer -Wno-analyzer-use-of-uninitialized-value \
		-Wno-analyzer-null-dereference -Wno-analyzer-malloc-leak -S -MMD -MP -MF $(@:.ok=.d) -MT $@ -o /dev/null $<
	@touch $@

.PHONY: analyze
analyze: $(STAMPS) ## other tools over every kernel file: clang's proof of locks and analyzer, GCC's analyzer
	@echo "$(words $(ANALYZED)) files, $(words $(ANALYSES)) analyses: no findings"

-include $(STAMPS:.ok=.d)
