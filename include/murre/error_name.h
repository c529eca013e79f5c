/* SPDX-License-Identifier: GPL-2.0-only */
/* The name of an errno ("ENOENT") for log messages; never NULL. */
#pragma once

const char *error_name(int err);
