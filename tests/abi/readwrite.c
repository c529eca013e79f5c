/* SPDX-License-Identifier: GPL-2.0-only */
/* read(2), write(2), lseek(2), pread(2), readv(2), ftruncate(2) and sendfile-like copies. */
#include "fact.h"

#include <sys/sendfile.h>
#include <sys/uio.h>

static void seek_and_read(void)
{
	char text[32] = "";
	int fd;

	PART("seek");
	fd = CALL(open("f", O_RDWR | O_CREAT | O_TRUNC, 0600));
	CALL(write(fd, "0123456789", 10));
	CALL(read(fd, text, 5));
	CALL(lseek(fd, 3, SEEK_SET));
	CALL(read(fd, text, 4));
	printf("%s\n", text);
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(lseek(fd, -2, SEEK_END));
	CALL(lseek(fd, -20, SEEK_CUR));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(lseek(fd, 0, 77));
	CALL(lseek(99, 0, SEEK_SET));
	CALL(lseek(fd, 20, SEEK_SET));
	CALL(read(fd, text, 5));
	CALL(write(fd, "z", 1));
	CALL(lseek(fd, 0, SEEK_END));
	CALL(pread(fd, text, 12, 9));
	for (int i = 0; i < 12; i++)
		printf("%d ", text[i]);
	printf("\n");
	CALL(lseek(fd, 0, SEEK_DATA));
	CALL(lseek(fd, 21, SEEK_DATA));
	CALL(lseek(fd, 0, SEEK_HOLE));
	CALL(close(fd));
}

static void positional_calls_leave_the_offset(void)
{
	char text[16] = "";
	int fd;

	PART("positional");
	fd = CALL(open("p", O_RDWR | O_CREAT | O_TRUNC, 0600));
	CALL(pwrite(fd, "abcdef", 6, 2));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(pread(fd, text, 4, 4));
	printf("%s\n", text);
	CALL(pread(fd, text, 4, -1));
	CALL(pwrite(fd, text, 4, -1));
	CALL(pread(fd, text, 4, 100));
	CALL(read(fd, text, 0));
	CALL(write(fd, text, 0));
	CALL(pread(0, text, 0, 0));
	CALL(close(fd));
}

static void vectors(void)
{
	char a[4] = "", b[8] = "";
	struct iovec in[2] = { { a, 3 }, { b, 7 } };
	struct iovec out[3] = { { "one", 3 }, { NULL, 0 }, { "two and", 7 } };
	struct iovec huge[2] = { { a, SSIZE_MAX }, { b, 7 } };
	int fd;

	PART("vectors");
	fd = CALL(open("v", O_RDWR | O_CREAT | O_TRUNC, 0600));
	CALL(writev(fd, out, 3));
	CALL(preadv(fd, in, 2, 0));
	printf("%s|%s\n", a, b);
	CALL(readv(fd, in, 2));
	CALL(readv(fd, in, -1));
	CALL(readv(fd, in, 1025));
	CALL(readv(fd, in, 0));
	CALL(readv(fd, huge, 2));
	CALL(writev(fd, NULL, 1));
	CALL(pwritev(fd, out, 1, 1));
	CALL(preadv(fd, in, 2, 0));
	printf("%s|%s\n", a, b);
	CALL(close(fd));
}

static void truncation(void)
{
	char text[16];
	struct stat st;
	int fd;

	PART("truncate");
	fd = CALL(open("t", O_RDWR | O_CREAT | O_TRUNC, 0600));
	CALL(write(fd, "abcdefgh", 8));
	CALL(ftruncate(fd, 3));
	CALL(ftruncate(fd, 6));
	CALL(pread(fd, text, 8, 0));
	for (int i = 0; i < 6; i++)
		printf("%d ", text[i]);
	printf("\n");
	CALL(ftruncate(fd, -1));
	CALL(truncate("t", 100));
	CALL(fstat(fd, &st));
	SHOW(st.st_size);
	CALL(truncate("absent", 1));
	CALL(truncate(".", 1));
	CALL(ftruncate(0, 1));
	CALL(close(fd));
}

static void appending(void)
{
	char text[16] = "";
	int one, two;

	PART("append");
	one = CALL(open("a", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600));
	two = CALL(open("a", O_WRONLY | O_APPEND));
	CALL(write(one, "1", 1));
	CALL(write(two, "2", 1));
	CALL(lseek(one, 0, SEEK_SET));
	CALL(write(one, "3", 1));
	CALL(lseek(one, 0, SEEK_CUR));
	CALL(pread(one, text, 8, 0));
	printf("%s\n", text);
	CALL(close(one));
	CALL(close(two));
}

static void wrong_objects(void)
{
	char text[8];
	int dir;

	PART("wrong objects");
	dir = CALL(open(".", O_RDONLY));
	CALL(read(dir, text, 8));
	CALL(pread(dir, text, 8, 0));
	CALL(write(dir, text, 8));
	CALL(read(99, text, 8));
	CALL(write(-1, text, 8));
	CALL(read(dir, (void *)8, 8));
	CALL(close(dir));
}

static void bad_buffers_move_nothing(void)
{
	char *page;
	char text[8] = "";
	int fd;

	PART("buffers");
	fd = CALL(open("b", O_RDWR | O_CREAT | O_TRUNC, 0600));
	CALL(write(fd, "12345678", 8));
	CALL(pread(fd, NULL, 4, 0));
	CALL(pread(fd, (void *)0xffff800000000000, 4, 0));
	CALL(pread(fd, (void *)0x00007ffffffff000, 4, 0));
	CALL(pwrite(fd, (void *)16, 4, 0));
	CALL(pread(fd, (void *)0x7fffffffe000, SIZE_MAX, 0));
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(page + 4096, 4096);
	CALL(pread(fd, page + 4094, 8, 0) < 8);
	CHECK(page[4094] == '1' && page[4095] == '2');
	memcpy(page + 4094, "xy", 2);
	CALL(lseek(fd, 0, SEEK_SET));
	CALL(write(fd, page + 4094, 8) < 8);
	CALL(pread(fd, text, 4, 4));
	printf("%s\n", text);
	CALL(close(fd));
}

static void copies_in_the_kernel(void)
{
	char text[16] = "";
	off_t from = 2;
	int in, out;

	PART("sendfile and copy_file_range");
	file_write("source", "0123456789");
	in = CALL(open("source", O_RDONLY));
	out = CALL(open("target", O_RDWR | O_CREAT | O_TRUNC, 0600));
	CALL(sendfile(out, in, &from, 4));
	SHOW(from);
	CALL(sendfile(out, in, NULL, 3));
	CALL(lseek(in, 0, SEEK_CUR));
	CALL(pread(out, text, 15, 0));
	printf("%s\n", text);
	CALL(sendfile(in, in, NULL, 3));
	from = 0;
	CALL(syscall(SYS_copy_file_range, in, &from, out, NULL, 100UL, 0));
	SHOW(from);
	CALL(syscall(SYS_copy_file_range, in, NULL, out, NULL, 100UL, 7));
	CALL(close(in));
	CALL(close(out));
}

int main(void)
{
	seek_and_read();
	positional_calls_leave_the_offset();
	vectors();
	truncation();
	appending();
	wrong_objects();
	bad_buffers_move_nothing();
	copies_in_the_kernel();
	return 0;
}
