/* SPDX-License-Identifier: GPL-2.0-only */
/* How files come to be, for those who open them. */
#pragma once
#include <murre/file.h>

void file_start(void);
/* Access mode and status flags from O_*; credentials are the caller's. The maker sets ops, inode and path. ENOMEM. */
result(file_draft) file_draft_new(uint32_t flags);
/* ops and inode are set: shares it. */
file_ref file_publish(file_draft d);
/* Opens a character device's node: fills f. ENXIO: no such device. */
result(unit) device_open(struct inode *i, struct file *f, struct can_sleep cs);
