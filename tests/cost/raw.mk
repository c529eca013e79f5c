# SPDX-License-Identifier: GPL-2.0-only
#
# The raw twin of the kernel (make RAW=1): for each file in tests/cost/raw that file instead of the kernel's. The flags are the
# kernel's.

CPPFLAGS += -I.

$(O)/%.c.o: tests/cost/raw/%.c %.c $(FLAG_FILES) tests/cost/raw.mk $(GENERATED) | $(O)/uapi
	@mkdir -p $(@D)
	$(call say,RAW,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
