/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps the registers that switch the machine off, once, after ACPI's tables are read. */
#pragma once

void x86_power_start(void);
