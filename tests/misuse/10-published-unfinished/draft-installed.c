/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives the program a descriptor of a file that is not finished.
 * Linux: CVE-2019-6974: kvm_ioctl_create_device() installed the descriptor first and took the reference that
 * the device needs afterwards; closing it in between freed the machine under it.
 * expect: gcc: "incompatible type for argument 2 of 'fd_install'"
 * expect: clang: "to parameter of incompatible type 'file_ref'"
 */
#include <murre/file.h>

result(fd_t) install(file_draft draft)
{
	RETURNS(fd_t);
	own(file_draft, f, draft);
	own_fd_slot(slot, TRY(fd_reserve(0, true)));
	fd_t fd = fd_install(&slot, give(f));

	return OK(fd_t, fd);
}
