/* SPDX-License-Identifier: GPL-2.0-only */
/* Failures in what is about the whole system: mount(2), /proc, terminals and other devices, uname(2) and its kin. */
#include "walk.h"
#include <poll.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <termios.h>

static int fd;
static void undo_fd(long result)
{
	if (result >= 0)
		close(result);
}
static void close_fd(long result) { close(fd); }

/* Mounts. */
static void make_dir(void) { mkdir("d", 0755); }
static void make_dirs(void) { mkdir("d", 0755); mkdir("e", 0755); }
static void undo_mount(long result) { umount("d"); rmdir("d"); }
static void undo_mounts(long result)
{
	umount("e");
	umount("d/below");
	umount("d");
	rmdir("d");
	rmdir("e");
}
static void mount_one(void) { make_dir(); mount("tmpfs", "d", "tmpfs", 0, NULL); }
static void mount_two(void)
{
	make_dirs();
	mount("tmpfs", "d", "tmpfs", 0, NULL);
	mkdir("d/below", 0755);
	mount("tmpfs", "d/below", "tmpfs", 0, NULL);
}
static void undo_tree(long result)
{
	umount("e/below");
	undo_mounts(0);
}
static long run_tmpfs(void) { return CALL(mount("name", "d", "tmpfs", MS_NOSUID, "size=1m,mode=700,nr_inodes=50")); }
static long run_mount_proc(void) { return CALL(mount("proc", "d", "proc", 0, NULL)); }
static long run_devtmpfs(void) { return CALL(mount("dev", "d", "devtmpfs", 0, NULL)); }
static long run_bind(void) { return CALL(mount("d", "e", NULL, MS_BIND, NULL)); }
static long run_bind_tree(void) { return CALL(mount("d", "e", NULL, MS_BIND | MS_REC, NULL)); }
static long run_remount(void) { return CALL(mount(NULL, "d", NULL, MS_REMOUNT | MS_RDONLY, "size=2m")); }
static long run_move(void) { return CALL(mount("d", "e", NULL, MS_MOVE, NULL)); }
static long run_private(void) { return CALL(mount(NULL, "d", NULL, MS_PRIVATE, NULL)); }
static long run_umount(void) { return CALL(umount("d")); }
static long run_umount_lazily(void) { return CALL(umount2("d", MNT_DETACH)); }

/* Files of /proc. */
static const char *shown;
static long read_whole(void)
{
	long f = CALL(open(shown, O_RDONLY)), n;

	if (f < 0)
		return f;
	while ((n = CALL(read(f, arena.bytes, sizeof(arena.bytes)))) > 0)
		;
	close(f);
	return n;
}
#define SHOW(name, path)						\
	static void show_##name(void) { shown = path; }
SHOW(status, "/proc/self/status")
SHOW(stat, "/proc/thread-self/stat")
SHOW(maps, "/proc/self/maps")
SHOW(smaps, "/proc/self/smaps")
SHOW(cmdline, "/proc/self/cmdline")
SHOW(environ, "/proc/self/environ")
SHOW(mountinfo, "/proc/self/mountinfo")
SHOW(meminfo, "/proc/meminfo")
SHOW(slabinfo, "/proc/slabinfo")
SHOW(cpuinfo, "/proc/cpuinfo")
SHOW(kallsyms, "/proc/kallsyms")
SHOW(zero, "/proc/sys/kernel/hostname")
#define SHOWN(name) { "/proc " #name, show_##name, read_whole, NULL, { ENOMEM }, {}, 0 }
static long run_readlink(void) { return CALL(readlink("/proc/self/exe", arena.bytes, 1000)); }
static long run_fd_list(void)
{
	long f = CALL(open("/proc/self/fd", O_RDONLY | O_DIRECTORY)), n;

	if (f < 0)
		return f;
	while ((n = CALL(syscall(SYS_getdents64, f, arena.bytes, 1000))) > 0)
		;
	close(f);
	return n;
}
static long run_proc_list(void)
{
	long f = CALL(open("/proc", O_RDONLY | O_DIRECTORY)), n;

	if (f < 0)
		return f;
	while ((n = CALL(syscall(SYS_getdents64, f, arena.bytes, 1000))) > 0)
		;
	close(f);
	return n;
}
static void open_comm(void) { fd = open("/proc/self/comm", O_RDWR); }
static long run_comm(void) { return CALL(pwrite(fd, "walker", 6, 0)); }
static void open_oom(void) { fd = open("/proc/self/oom_score_adj", O_RDWR); }
static long run_oom(void) { return CALL(pwrite(fd, "7", 1, 0)); }

/* Devices. */
static void open_tty(void) { fd = open("/dev/console", O_RDWR | O_NOCTTY); }
static long run_open_tty(void) { return CALL(open("/dev/console", O_RDWR | O_NOCTTY)); }
static long run_tcgets(void) { return CALL(ioctl(fd, TCGETS, arena.bytes)); }
static long run_tcsets(void)
{
	if (ioctl(fd, TCGETS, arena.bytes) != 0)
		return -errno;
	return CALL(ioctl(fd, TCSETS, arena.bytes));
}
static long run_winsize(void) { return CALL(ioctl(fd, TIOCGWINSZ, arena.bytes)); }
static long run_outq(void) { return CALL(ioctl(fd, TIOCOUTQ, &arena.number)); }
static long run_tty_write(void) { return CALL(write(fd, "", 0)); }
static const char *device;
static void open_device(void) { fd = open(device, O_RDWR); }
static void use_zero(void) { device = "/dev/zero"; open_device(); }
static void use_null(void) { device = "/dev/null"; open_device(); }
static void use_random(void) { device = "/dev/urandom"; open_device(); }
static void use_kmsg(void) { fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK); }
static long run_read_device(void) { return CALL(read(fd, arena.bytes, 5000)); }
static long run_write_device(void) { return CALL(write(fd, arena.bytes, 5000)); }
static long run_map_device(void)
{
	long at = CALL(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));

	if (at > 0)
		munmap((void *)at, 4096);
	return at < 0 ? at : 0;
}
static long run_open_kmsg(void) { return CALL(open("/dev/kmsg", O_RDONLY)); }

/* The rest. */
static long run_uname(void) { return CALL(uname((struct utsname *)arena.bytes)); }
static long run_sysinfo(void) { return CALL(sysinfo((struct sysinfo *)arena.bytes)); }
static long run_getrandom(void) { return CALL(syscall(SYS_getrandom, arena.bytes, 1000, 0)); }
static long run_syslog(void) { return CALL(klogctl(3, arena.bytes, 4000)); }
static long run_hostname(void)
{
	strcpy(arena.bytes, "murre");
	return CALL(sethostname(arena.bytes, 5));
}
static long run_getcpu(void) { return CALL(syscall(SYS_getcpu, arena.bytes, arena.bytes + 8, NULL)); }
static long run_sync(void) { sync(); return 0; }

static const struct step steps[] = {
	{ "mount tmpfs", make_dir, run_tmpfs, undo_mount, { ENOMEM }, {}, MOUNTS | NAMES },
	{ "mount proc", make_dir, run_mount_proc, undo_mount, { ENOMEM }, {}, MOUNTS },
	{ "mount devtmpfs", make_dir, run_devtmpfs, undo_mount, { ENOMEM }, {}, MOUNTS },
	{ "mount MS_BIND", make_dirs, run_bind, undo_mounts, { ENOMEM }, {}, MOUNTS | NAMES },
	{ "mount MS_BIND tree", mount_two, run_bind_tree, undo_tree, { ENOMEM }, {}, MOUNTS },
	{ "mount MS_REMOUNT", mount_one, run_remount, undo_mount, { ENOMEM }, {}, MOUNTS },
	{ "mount MS_MOVE", mount_two, run_move, undo_tree, { ENOMEM }, {}, MOUNTS },
	{ "mount MS_PRIVATE", mount_one, run_private, undo_mount, { ENOMEM }, {}, MOUNTS },
	{ "umount", mount_one, run_umount, undo_mount, { ENOMEM }, {}, MOUNTS },
	{ "umount MNT_DETACH", mount_two, run_umount_lazily, undo_tree, { ENOMEM }, {}, MOUNTS },
	SHOWN(status), SHOWN(stat), SHOWN(maps), SHOWN(smaps), SHOWN(cmdline), SHOWN(environ), SHOWN(mountinfo),
	SHOWN(meminfo), SHOWN(slabinfo), SHOWN(cpuinfo), SHOWN(kallsyms), SHOWN(zero),
	{ "/proc/self/exe", NULL, run_readlink, NULL, { ENOMEM }, {}, 0 },
	{ "/proc/self/fd", NULL, run_fd_list, NULL, { ENOMEM }, {}, 0 },
	{ "/proc", NULL, run_proc_list, NULL, { ENOMEM }, {}, 0 },
	{ "/proc/self/comm", open_comm, run_comm, close_fd, { ENOMEM }, {}, 0 },
	{ "/proc/self/oom_score_adj", open_oom, run_oom, close_fd, { ENOMEM }, {}, 0 },
	{ "open terminal", NULL, run_open_tty, undo_fd, { ENOMEM }, {}, 0 },
	{ "TCGETS", open_tty, run_tcgets, close_fd, {}, {}, 0 },
	{ "TCSETS", open_tty, run_tcsets, close_fd, {}, {}, 0 },
	{ "TIOCGWINSZ", open_tty, run_winsize, close_fd, {}, {}, 0 },
	{ "TIOCOUTQ", open_tty, run_outq, close_fd, {}, {}, 0 },
	{ "terminal write", open_tty, run_tty_write, close_fd, {}, {}, 0 },
	{ "/dev/zero read", use_zero, run_read_device, close_fd, {}, {}, 0 },
	{ "/dev/zero mmap", use_zero, run_map_device, close_fd, { ENOMEM }, {}, MAPS },
	{ "/dev/null write", use_null, run_write_device, close_fd, {}, {}, 0 },
	{ "/dev/urandom read", use_random, run_read_device, close_fd, {}, {}, 0 },
	{ "/dev/urandom write", use_random, run_write_device, close_fd, {}, {}, 0 },
	{ "/dev/kmsg open", NULL, run_open_kmsg, undo_fd, { ENOMEM }, {}, 0 },
	{ "/dev/kmsg read", use_kmsg, run_read_device, close_fd, {}, {}, 0 },
	{ "uname", NULL, run_uname, NULL, {}, {}, 0 },
	{ "sysinfo", NULL, run_sysinfo, NULL, {}, {}, 0 },
	{ "getrandom", NULL, run_getrandom, NULL, {}, {}, 0 },
	{ "syslog", NULL, run_syslog, NULL, { ENOMEM }, {}, 0 },
	{ "sethostname", NULL, run_hostname, NULL, {}, {}, 0 },
	{ "getcpu", NULL, run_getcpu, NULL, {}, {}, 0 },
	{ "sync", NULL, run_sync, NULL, {}, {}, 0 },
};

int main(int argc, char **argv) { return walk(steps, ARRAY_SIZE(steps), argv); }
