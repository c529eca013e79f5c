/* SPDX-License-Identifier: GPL-2.0-only */
/* dup(2) and close(2). */
#include "../../twin.h"
#include <murre/syscall.h>
#define sys_close original_close
#define sys_dup original_dup
#include <kernel/sys/fd.c>
#undef sys_close
#undef sys_dup

long raw_sys_dup(int fd) TWIN(sys_dup);
long raw_sys_close(int fd) TWIN(sys_close);

long raw_sys_dup(int fd)
{
	struct file *f = raw_fd_get_any(current()->files, fd);

	if (IS_ERROR(f))
		return (long)f;
	return raw_fd_publish(f, false);
}

long raw_sys_close(int fd)
{
	long err = raw_fd_close(current()->files, fd);

	/* The descriptor is gone already: the call must not be made again. */
	if (err == -ERESTARTSYS || err == -ERESTARTNOINTR || err == -ERESTARTNOHAND || err == -ERESTART_RESTARTBLOCK)
		err = -EINTR;
	return err;
}
