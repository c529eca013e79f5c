/* SPDX-License-Identifier: GPL-2.0-only */
/* Failures in reading, writing and descriptors: files, pipes, memfd_create(2), sendfile(2), dup(2), fcntl(2). */
#include "walk.h"
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static int fd, other, ends[2];

static void fill(const char *name, size_t n)
{
	int f = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	for (size_t i = 0; i < n; i += 4096)
		write(f, arena.more, n - i < 4096 ? n - i : 4096);
	close(f);
}

static void open_empty(void) { fd = open("a", O_RDWR | O_CREAT | O_TRUNC, 0644); }
static void open_small(void) { fill("a", 100); fd = open("a", O_RDWR); }
static void open_large(void) { fill("a", 20000); fd = open("a", O_RDWR); }
static void open_append(void) { fill("a", 100); fd = open("a", O_RDWR | O_APPEND); }
static void close_a(long result) { close(fd); unlink("a"); }
/* A short count moves the position by what it says. */
static long moved(long result, off_t from)
{
	off_t now = lseek(fd, 0, SEEK_CUR);

	if (now != from + (result > 0 ? result : 0))
		COMPLAIN("the position is %ld after %ld bytes from %ld", (long)now, result, (long)from);
	return result;
}

static long run_read(void) { return moved(CALL(read(fd, arena.bytes, 20000)), 0); }
static long run_read_byte(void) { return moved(CALL(read(fd, arena.bytes, 1)), 0); }
static long run_pread(void) { return CALL(pread(fd, arena.bytes, 9000, 5000)); }
static const struct iovec pieces[] = {
	{ arena.bytes, 100 }, { arena.bytes + 8192, 5000 }, { arena.bytes + 20000, 0 }, { arena.bytes + 16384, 6000 },
};
static long run_readv(void) { return moved(CALL(readv(fd, pieces, 4)), 0); }
static long run_preadv(void) { return CALL(preadv(fd, pieces, 4, 1000)); }

/* What a short write says is written is there, and no more of the file than that. */
static long written(long result, off_t from)
{
	struct stat st;

	/* The plan may hit this call. */
	while (fstat(fd, &st) != 0)
		;
	if (result >= 0 && st.st_size < from + result)
		COMPLAIN("%ld bytes at %ld, but the file ends at %ld", result, (long)from, (long)st.st_size);
	if (result >= 0 && st.st_size > from + result && st.st_size > 20000)
		COMPLAIN("%ld bytes at %ld, but the file has %ld", result, (long)from, (long)st.st_size);
	return result;
}
static long run_write(void) { return written(moved(CALL(write(fd, arena.bytes, 20000)), 0), 0); }
static long run_write_over(void) { return moved(CALL(write(fd, arena.bytes, 10000)), 0); }
static long run_write_append(void) { return written(CALL(write(fd, arena.bytes, 20000)), 100); }
static long run_writev(void) { return written(moved(CALL(writev(fd, pieces, 4)), 0), 0); }
static long run_pwritev(void) { return written(CALL(pwritev(fd, pieces, 4, 30000)), 30000); }
static long run_ftruncate(void) { return CALL(ftruncate(fd, 1 << 20)); }
static long run_ftruncate_down(void) { return CALL(ftruncate(fd, 5000)); }
static long run_fallocate(void) { return CALL(fallocate(fd, 0, 0, 5 * 4096)); }
static long run_punch(void) { return CALL(fallocate(fd, 3, 100, 10000)); }
static long run_fsync(void) { return CALL(fsync(fd)); }
static long run_seek_data(void) { return CALL(lseek(fd, 0, SEEK_HOLE)); }

static void open_both(void) { open_large(); other = open("b", O_RDWR | O_CREAT | O_TRUNC, 0644); }
static void close_both(long result) { close_a(0); close(other); unlink("b"); }
static long run_sendfile(void) { return moved(CALL(sendfile(other, fd, NULL, 20000)), 0); }
static long run_sendfile_offset(void)
{
	*(off_t *)arena.bytes = 10;
	return CALL(sendfile(other, fd, (off_t *)arena.bytes, 20000));
}
static long run_copy_range(void)
{
	return CALL(syscall(SYS_copy_file_range, fd, NULL, other, NULL, 15000, 0));
}

static void open_pipe(void) { pipe(ends); }
static void open_full_pipe(void) { pipe(ends); write(ends[1], arena.bytes, 9000); }
static void close_pipe(long result) { close(ends[0]); close(ends[1]); }
static long run_pipe(void) { return CALL(pipe2(arena.fds, O_CLOEXEC | O_NONBLOCK)); }
static void undo_pipe(long result)
{
	if (result >= 0) {
		close(arena.fds[0]);
		close(arena.fds[1]);
	}
}
static long run_pipe_write(void) { return CALL(write(ends[1], arena.bytes, 30000)); }
static long run_pipe_write_byte(void) { return CALL(write(ends[1], arena.bytes, 1)); }
static long run_pipe_writev(void) { return CALL(writev(ends[1], pieces, 4)); }
static long run_pipe_read(void) { return CALL(read(ends[0], arena.bytes, 30000)); }
static long run_pipe_readv(void) { return CALL(readv(ends[0], pieces, 4)); }
static long run_pipe_size(void) { return CALL(fcntl(ends[1], F_SETPIPE_SZ, 1 << 18)); }
static void open_file_and_pipe(void) { open_large(); open_pipe(); }
static void close_file_and_pipe(long result) { close_a(0); close_pipe(0); }
static long run_sendfile_pipe(void) { return moved(CALL(sendfile(ends[1], fd, NULL, 20000)), 0); }

static void make_fifo(void) { mkfifo("f", 0600); }
static long run_fifo(void) { return CALL(open("f", O_RDWR)); }
static void undo_fifo(long result)
{
	if (result >= 0)
		close(result);
	unlink("f");
}

static long run_memfd(void) { return CALL(memfd_create("some name", MFD_CLOEXEC | MFD_ALLOW_SEALING)); }
static void undo_fd(long result)
{
	if (result >= 0)
		close(result);
}

static long run_dup(void) { return CALL(dup(fd)); }
static void undo_dup(long result) { undo_fd(result); close_a(0); }
static long run_dup2(void) { return CALL(dup2(fd, 30)); }
static long run_dup3_over(void) { return CALL(dup3(fd, ends[0], O_CLOEXEC)); }
/* Tables grow in steps and never shrink: a process of its own has a small one. */
static long run_table_growth(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		long result = CALL(fcntl(0, F_DUPFD, 900));

		_exit(result == 900 ? 0 : result == -ENOMEM || result == -EMFILE ? 1 : 2);
	}
	waitpid(pid, &status, 0);
	return status == 0 ? 0 : -EINVAL;
}
static long run_close_range(void) { return CALL(syscall(SYS_close_range, ends[0], ends[1], 4)); }
static void make_ends_three(void) { open_pipe(); }
static void undo_close_range(long result) { close_pipe(0); }
static long run_unshare_close(void) { return CALL(syscall(SYS_close_range, ends[0], ends[1], 2)); }

static long run_own(void) { return CALL(fcntl(ends[0], F_SETOWN, getpid())); }
static long run_sig(void) { return CALL(fcntl(ends[0], F_SETSIG, SIGUSR1)); }
static long run_async(void) { return CALL(fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK)); }
static long run_fionread(void) { return CALL(ioctl(ends[0], FIONREAD, &arena.number)); }
static long run_seals(void)
{
	return CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
}
static void open_memfd(void) { fd = memfd_create("m", MFD_ALLOW_SEALING); ftruncate(fd, 10000); }
static void close_memfd(long result) { close(fd); }

static const struct step steps[] = {
	{ "read", open_large, run_read, close_a, { ENOMEM }, {}, NAMES },
	{ "read a byte", open_small, run_read_byte, close_a, { ENOMEM }, {}, NAMES },
	{ "pread", open_large, run_pread, close_a, { ENOMEM }, {}, NAMES },
	{ "readv", open_large, run_readv, close_a, { ENOMEM }, {}, NAMES },
	{ "preadv", open_large, run_preadv, close_a, { ENOMEM }, {}, NAMES },
	{ "write", open_empty, run_write, close_a, { ENOMEM, ENOSPC }, {}, NAMES },
	{ "write over", open_small, run_write_over, close_a, { ENOMEM, ENOSPC }, {}, NAMES },
	{ "write O_APPEND", open_append, run_write_append, close_a, { ENOMEM, ENOSPC }, {}, NAMES },
	{ "writev", open_empty, run_writev, close_a, { ENOMEM, ENOSPC }, {}, NAMES },
	{ "pwritev", open_small, run_pwritev, close_a, { ENOMEM, ENOSPC }, {}, NAMES },
	{ "ftruncate up", open_small, run_ftruncate, close_a, { ENOMEM }, {}, NAMES },
	{ "ftruncate down", open_large, run_ftruncate_down, close_a, {}, {}, NAMES },
	{ "fallocate", open_empty, run_fallocate, close_a, { ENOMEM, ENOSPC }, {}, 0 },
	{ "fallocate punch", open_large, run_punch, close_a, { ENOMEM, ENOSPC }, {}, NAMES },
	{ "fsync", open_large, run_fsync, close_a, {}, {}, NAMES },
	{ "lseek SEEK_HOLE", open_large, run_seek_data, close_a, {}, {}, 0 },
	{ "sendfile", open_both, run_sendfile, close_both, { ENOMEM, ENOSPC }, {}, NAMES },
	{ "sendfile offset", open_both, run_sendfile_offset, close_both, { ENOMEM, ENOSPC }, {}, ANSWER_LAST },
	{ "copy_file_range", open_both, run_copy_range, close_both, { ENOMEM, ENOSPC }, {}, NAMES },
	{ "pipe2", NULL, run_pipe, undo_pipe, { ENOMEM, ENFILE }, {}, 0 },
	{ "pipe write", open_pipe, run_pipe_write, close_pipe, { ENOMEM }, {}, 0 },
	{ "pipe write a byte", open_full_pipe, run_pipe_write_byte, close_pipe, { ENOMEM }, {}, 0 },
	{ "pipe writev", open_pipe, run_pipe_writev, close_pipe, { ENOMEM }, {}, 0 },
	{ "pipe read", open_full_pipe, run_pipe_read, close_pipe, {}, {}, 0 },
	{ "pipe readv", open_full_pipe, run_pipe_readv, close_pipe, { ENOMEM }, {}, 0 },
	{ "fcntl F_SETPIPE_SZ", open_full_pipe, run_pipe_size, close_pipe, { ENOMEM }, {}, 0 },
	{ "sendfile to pipe", open_file_and_pipe, run_sendfile_pipe, close_file_and_pipe, { ENOMEM }, {}, 0 },
	{ "open FIFO", make_fifo, run_fifo, undo_fifo, { ENOMEM }, {}, NAMES },
	{ "memfd_create", NULL, run_memfd, undo_fd, { ENOMEM }, {}, 0 },
	{ "memfd seals", open_memfd, run_seals, close_memfd, { ENOMEM }, {}, 0 },
	{ "dup", open_small, run_dup, undo_dup, { ENOMEM, EMFILE }, {}, 0 },
	{ "dup2", open_small, run_dup2, undo_dup, { ENOMEM, EMFILE }, {}, 0 },
	{ "dup3 over", open_file_and_pipe, run_dup3_over, close_file_and_pipe, { ENOMEM, EMFILE }, {}, 0 },
	{ "table growth", NULL, run_table_growth, NULL, { ENOMEM, EAGAIN }, {}, 0 },
	{ "close_range CLOEXEC", make_ends_three, run_close_range, undo_close_range, { ENOMEM }, {}, 0 },
	{ "close_range UNSHARE", make_ends_three, run_unshare_close, undo_close_range, { ENOMEM }, {}, 0 },
	{ "fcntl F_SETOWN", open_pipe, run_own, close_pipe, { ENOMEM }, {}, 0 },
	{ "fcntl F_SETSIG", open_pipe, run_sig, close_pipe, { ENOMEM }, {}, 0 },
	{ "fcntl O_ASYNC", open_pipe, run_async, close_pipe, { ENOMEM }, {}, 0 },
	{ "ioctl FIONREAD", open_full_pipe, run_fionread, close_pipe, {}, {}, 0 },
};

int main(int argc, char **argv) { return walk(steps, ARRAY_SIZE(steps), argv); }
