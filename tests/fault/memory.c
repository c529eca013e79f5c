/* SPDX-License-Identifier: GPL-2.0-only */
/* Failures in mappings and page faults: mmap(2) and its kin, brk(2), first writes, copies after fork(2). */
#include "walk.h"

#define AT ((char *)0x10000000000)
enum { PAGE = 4096 };
static int fd;

static void open_file(void)
{
	fd = open("a", O_RDWR | O_CREAT | O_TRUNC, 0644);
	for (int i = 0; i < 8; i++)
		write(fd, arena.more, PAGE);
}
static void close_file(long result) { close(fd); unlink("a"); }
static long map(size_t pages, int prot, int flags, int f)
{
	return CALL(mmap(AT, pages * PAGE, prot, flags | MAP_FIXED, f, 0));
}
static void unmap(long result) { munmap(AT, 64 * PAGE); }
static void unmap_file(long result) { unmap(0); close_file(0); }

static void map_anonymous(void) { map(8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1); }
static void map_touched(void) { map_anonymous(); memset(AT, 1, 8 * PAGE); }
static void map_shared_file(void) { open_file(); map(8, PROT_READ | PROT_WRITE, MAP_SHARED, fd); }
static void map_private_file(void) { open_file(); map(8, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd); }

static long run_mmap(void) { return map(8, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1); }
static long run_mmap_anywhere(void)
{
	return CALL(mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}
static void undo_anywhere(long at)
{
	if (at > 0)
		munmap((void *)at, 1 << 20);
}
static long run_mmap_shared(void) { return map(8, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1); }
static long run_mmap_file(void) { return map(8, PROT_READ, MAP_SHARED, fd); }
static long run_mmap_over(void)
{
	return CALL(mmap(AT + 2 * PAGE, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0));
}
static void map_touched_and_file(void) { open_file(); map_touched(); }
static long run_mmap_populate(void)
{
	return map(8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1);
}
static long run_mmap_populate_file(void) { return map(8, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd); }
static long run_munmap(void) { return CALL(munmap(AT, 8 * PAGE)); }
static long run_munmap_middle(void) { return CALL(munmap(AT + 2 * PAGE, 2 * PAGE)); }
static long run_mprotect(void) { return CALL(mprotect(AT + 2 * PAGE, 2 * PAGE, PROT_NONE)); }
static long run_mprotect_all(void) { return CALL(mprotect(AT, 8 * PAGE, PROT_READ)); }
static long run_grow(void) { return CALL(mremap(AT, 8 * PAGE, 16 * PAGE, 0)); }
static long run_move(void)
{
	return CALL(mremap(AT, 8 * PAGE, 12 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, AT + (1ul << 30)));
}
static void undo_move(long result) { unmap(0); munmap(AT + (1ul << 30), 12 * PAGE); }
static long run_move_part(void)
{
	return CALL(mremap(AT + 2 * PAGE, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, AT + (1ul << 30)));
}
/* Where no page table is yet. */
static char *far;
static void choose_far(void)
{
	static unsigned long count;

	map_touched();
	far = AT + ((2 + count++ % 400) << 30);
}
static long run_move_far(void)
{
	return CALL(mremap(AT + 2 * PAGE, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, far));
}
static void undo_move_far(long result) { unmap(0); munmap(far, 3 * PAGE); }
static long run_shrink(void) { return CALL(mremap(AT, 8 * PAGE, 3 * PAGE, 0)); }
static void undo_move_file(long result) { undo_move(0); close_file(0); }
static long run_dontneed(void) { return CALL(madvise(AT + PAGE, 2 * PAGE, MADV_DONTNEED)); }
static long run_dontfork(void) { return CALL(madvise(AT + PAGE, 2 * PAGE, MADV_DONTFORK)); }
static long run_remove(void) { return CALL(madvise(AT + PAGE, 2 * PAGE, MADV_REMOVE)); }
static long run_willneed(void) { return CALL(madvise(AT, 8 * PAGE, MADV_WILLNEED)); }
static long run_mlock(void) { return CALL(mlock(AT + 2 * PAGE, 2 * PAGE)); }
static long run_mlock2(void) { return CALL(mlock2(AT, 8 * PAGE, MLOCK_ONFAULT)); }
static long run_munlock(void) { return CALL(munlock(AT + 2 * PAGE, 2 * PAGE)); }
static long run_msync(void) { return CALL(msync(AT, 8 * PAGE, MS_SYNC)); }
static long run_mincore(void) { return CALL(mincore(AT, 8 * PAGE, (void *)arena.bytes)); }

static uintptr_t brk_was;
static void note_brk(void) { brk_was = syscall(SYS_brk, 0); }
static long run_brk(void)
{
	uintptr_t wanted = brk_was + 100 * PAGE;

	return (uintptr_t)syscall(SYS_brk, wanted) == wanted ? 0 : -ENOMEM;
}
static void undo_brk(long result) { syscall(SYS_brk, brk_was); }

static long run_touch(void) { for (int i = 0; i < 8; i++) AT[i * PAGE] = 7; return 0; }
static long run_look(void)
{
	long sum = 0;

	for (int i = 0; i < 8; i++)
		sum += ((volatile char *)AT)[i * PAGE];
	return sum >= 0 ? 0 : -EINVAL;
}
static long run_touch_far(void) { AT[0] = 1; AT[(1ul << 30) * 600] = 1; return 0; }
static void map_far(void)
{
	map(1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	mmap(AT + (1ul << 30) * 600, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}
static void undo_far(long result) { unmap(0); munmap(AT + (1ul << 30) * 600, PAGE); }
/* Buffers of a call that are not there yet: EFAULT when they cannot be brought in. */
static long run_read_into(void) { return CALL(pread(fd, AT, 8 * PAGE, 0)); }
static void open_and_map(void) { open_file(); map_anonymous(); }

static pid_t child;
static int gate[2];
static void fork_over(void)
{
	map_touched();
	pipe(gate);
	child = fork();
	if (child == 0) {
		char byte;

		close(gate[1]);
		read(gate[0], &byte, 1);
		_exit(0);
	}
}
static void undo_fork(long result)
{
	close(gate[0]);
	close(gate[1]);
	waitpid(child, NULL, 0);
	unmap(0);
}
static long run_lock_all(void)
{
	return CALL(mlockall(MCL_CURRENT | MCL_FUTURE));
}
static void undo_lock_all(long result) { munlockall(); mlockall(MCL_CURRENT); unmap(0); munlock(AT, 0); }

static const struct step steps[] = {
	{ "mmap anonymous", NULL, run_mmap, unmap, { ENOMEM }, {}, MAPS },
	{ "mmap anywhere", NULL, run_mmap_anywhere, undo_anywhere, { ENOMEM }, {}, MAPS },
	{ "mmap shared", NULL, run_mmap_shared, unmap, { ENOMEM }, {}, MAPS },
	{ "mmap file", open_file, run_mmap_file, unmap_file, { ENOMEM }, {}, MAPS },
	{ "mmap over", map_touched_and_file, run_mmap_over, unmap_file, { ENOMEM }, {}, MAPS },
	{ "mmap MAP_POPULATE", NULL, run_mmap_populate, unmap, { ENOMEM }, {}, MAPS },
	{ "mmap MAP_POPULATE file", open_file, run_mmap_populate_file, unmap_file, { ENOMEM }, {}, MAPS },
	{ "munmap", map_touched, run_munmap, unmap, { ENOMEM }, {}, MAPS },
	{ "munmap middle", map_touched, run_munmap_middle, unmap, { ENOMEM }, {}, MAPS },
	{ "munmap middle of file", map_shared_file, run_munmap_middle, unmap_file, { ENOMEM }, {}, MAPS },
	{ "mprotect", map_touched, run_mprotect, unmap, { ENOMEM }, {}, MAPS },
	{ "mprotect all", map_touched, run_mprotect_all, unmap, { ENOMEM }, {}, MAPS },
	{ "mremap grow", map_touched, run_grow, unmap, { ENOMEM }, {}, MAPS },
	{ "mremap move", map_touched, run_move, undo_move, { ENOMEM }, {}, MAPS },
	{ "mremap move part", map_touched, run_move_part, undo_move, { ENOMEM }, {}, MAPS },
	{ "mremap move far", choose_far, run_move_far, undo_move_far, { ENOMEM }, {}, MAPS },
	{ "mremap move file", map_shared_file, run_move, undo_move_file, { ENOMEM }, {}, MAPS },
	{ "mremap shrink", map_touched, run_shrink, unmap, { ENOMEM }, {}, MAPS },
	{ "brk", note_brk, run_brk, undo_brk, { ENOMEM }, {}, MAPS },
	{ "madvise DONTNEED", map_touched, run_dontneed, unmap, { ENOMEM }, {}, MAPS },
	{ "madvise DONTFORK", map_touched, run_dontfork, unmap, { ENOMEM, EAGAIN }, {}, MAPS },
	{ "madvise REMOVE", map_shared_file, run_remove, unmap_file, { ENOMEM }, {}, MAPS },
	{ "madvise WILLNEED", map_private_file, run_willneed, unmap_file, { ENOMEM }, {}, MAPS },
	{ "mlock", map_anonymous, run_mlock, unmap, { ENOMEM, EAGAIN }, { EAGAIN, ENOMEM }, 0 },
	{ "mlock2", map_anonymous, run_mlock2, unmap, { ENOMEM, EAGAIN }, {}, MAPS },
	{ "mlock file", map_private_file, run_mlock, unmap_file, { ENOMEM, EAGAIN }, { EAGAIN, ENOMEM }, 0 },
	{ "munlock", map_touched, run_munlock, unmap, { ENOMEM }, {}, MAPS },
	{ "mlockall", map_anonymous, run_lock_all, undo_lock_all, { ENOMEM, EAGAIN }, {}, 0 },
	{ "msync", map_shared_file, run_msync, unmap_file, { ENOMEM }, {}, MAPS },
	{ "mincore", map_touched, run_mincore, unmap, { ENOMEM, EAGAIN }, {}, MAPS },
	{ "first write", map_anonymous, run_touch, unmap, {}, {}, MAPS },
	{ "first write far away", map_far, run_touch_far, undo_far, {}, {}, MAPS },
	{ "first read of file", map_shared_file, run_look, unmap_file, {}, { SIGNALLED(SIGBUS) }, MAPS },
	{ "first read of private file", map_private_file, run_look, unmap_file, {}, { SIGNALLED(SIGBUS) }, MAPS },
	{ "first write to file", map_shared_file, run_touch, unmap_file, {}, { SIGNALLED(SIGBUS) }, MAPS },
	{ "first write to private file", map_private_file, run_touch, unmap_file, {}, { SIGNALLED(SIGBUS) }, MAPS },
	{ "copy after fork", fork_over, run_touch, undo_fork, {}, {}, MAPS },
	{ "read into nothing yet", open_and_map, run_read_into, unmap_file, {}, {}, MAPS },
};

int main(int argc, char **argv) { return walk(steps, ARRAY_SIZE(steps), argv); }
