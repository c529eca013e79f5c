/* SPDX-License-Identifier: GPL-2.0-only */
/* Brings the tree of files up: the dentry cache, the memory filesystems, the empty root. */
#include "file_life.h"
#include "mount.h"
#include "tmpfs/tmpfs.h"
#include <murre/path.h>
#include <murre/start.h>

START_TASK(fs_start, needs(page_start, slab_start, clock_start))
{
	dcache_start();
	tmpfs_start();
	mount_start();
	fs_context_start();
	file_start();
}
