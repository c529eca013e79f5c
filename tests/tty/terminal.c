/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The controlling terminal as programs see it: termios(3), the ioctls, reads by line and by
 * character, groups.
 */
#include "../abi/fact.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

static struct termios original;

static void identity(void)
{
	pid_t group = 0, session = 0;
	struct stat st, own;

	PART("identity");
	CALL(isatty(0));
	CALL(tcgetattr(0, &original));
	CHECK(tcgetpgrp(0) == getpgrp());
	CALL(ioctl(0, TIOCGPGRP, &group));
	CHECK(group == getpgrp());
	CALL(ioctl(0, TIOCGSID, &session));
	CHECK(session == getsid(0));
	int fd = CALL(open("/dev/tty", O_RDWR));
	CHECK(tcgetpgrp(fd) == getpgrp());
	fstat(fd, &own);
	stat("/dev/tty", &st);
	CHECK(own.st_ino == st.st_ino && own.st_rdev == st.st_rdev);
	close(fd);
	CHECK(ttyname(0) != NULL && strncmp(ttyname(0), "/dev/", 5) == 0);
	CALL(lseek(0, 0, SEEK_SET));
	CALL(ioctl(0, TIOCSCTTY, 0));
	CALL(ioctl(0, 0x12345678, 0));
	CALL(ioctl(0, TCGETS, 16));
	CALL(ioctl(0, TIOCGWINSZ, 16));
}

static void settings(void)
{
	struct termios now;

	PART("settings");
	printf("input %o output %o local %o\n", original.c_iflag & 017777, original.c_oflag & 7,
	       original.c_lflag & 0100173);
	for (int i = 0; i < 17; i++)
		printf("%d ", original.c_cc[i]);
	printf("\n");
	now = original;
	now.c_lflag &= ~(ECHO | ICANON);
	now.c_cc[VMIN] = 1;
	now.c_cc[VTIME] = 0;
	CALL(tcsetattr(0, TCSANOW, &now));
	memset(&now, 0, sizeof(now));
	CALL(tcgetattr(0, &now));
	printf("local %o min %d time %d\n", now.c_lflag & 0100173, now.c_cc[VMIN], now.c_cc[VTIME]);
	CALL(tcsetattr(0, TCSADRAIN, &original));
	CALL(tcsetattr(0, TCSAFLUSH, &original));
	CALL(tcsetattr(0, 77, &original));
	CALL(tcdrain(0));
	CALL(tcflush(0, TCIFLUSH));
	CALL(tcflush(0, 77));
	CALL(tcflow(0, TCOON));
}

static void window(void)
{
	struct winsize size = { 33, 99, 1, 2 }, before;

	PART("window");
	CALL(ioctl(0, TIOCGWINSZ, &before));
	printf("%d %d\n", before.ws_row, before.ws_col);
	CALL(ioctl(0, TIOCSWINSZ, &size));
	memset(&size, 0, sizeof(size));
	CALL(ioctl(0, TIOCGWINSZ, &size));
	printf("%d %d %d %d\n", size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel);
	ioctl(0, TIOCSWINSZ, &before);
}

static void reading_without_input(void)
{
	struct termios raw = original;
	struct pollfd one = { .fd = 0, .events = POLLIN };
	char text[16];
	int waiting = -1;

	PART("no input");
	raw.c_lflag &= ~(ECHO | ICANON);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	tcsetattr(0, TCSANOW, &raw);
	CALL(read(0, text, 16));
	raw.c_cc[VTIME] = 2;
	tcsetattr(0, TCSANOW, &raw);
	long long before = now_ms();
	CALL(read(0, text, 16));
	CHECK(now_ms() - before >= 190);
	CALL(poll(&one, 1, 0));
	CALL(ioctl(0, FIONREAD, &waiting));
	SHOW(waiting);
	fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(0, TCSANOW, &raw);
	CALL(read(0, text, 16));
	fcntl(0, F_SETFL, fcntl(0, F_GETFL) & ~O_NONBLOCK);
	tcsetattr(0, TCSANOW, &original);
}

static volatile int stops;

static void on_stop(int number)
{
	(void)number;
	stops++;
}

static void background(void)
{
	int status;
	char byte;

	PART("background");
	pid_t child = fork();
	if (child == 0) {
		setpgid(0, 0);
		read(0, &byte, 1);
		_exit(1);
	}
	setpgid(child, child);
	waitpid(child, &status, WUNTRACED);
	fact_status("reads", status);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		signal(SIGTTIN, SIG_IGN);
		CALL(read(0, &byte, 1));
		signal(SIGTTOU, SIG_IGN);
		CALL(tcsetpgrp(0, getpgrp()) == 0);
		CHECK(tcgetpgrp(0) == getpgrp());
		_exit(0);
	}
	setpgid(child, child);
	waitpid(child, &status, 0);
	signal(SIGTTOU, SIG_IGN);
	CALL(tcsetpgrp(0, getpgrp()));
	signal(SIGTTOU, SIG_DFL);
	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		tcsetattr(0, TCSANOW, &original);
		_exit(1);
	}
	setpgid(child, child);
	waitpid(child, &status, WUNTRACED);
	fact_status("sets", status);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	CALL(tcsetpgrp(0, 999999));
	CALL(tcsetpgrp(0, -1));
	signal(SIGWINCH, on_stop);
	struct winsize size;
	ioctl(0, TIOCGWINSZ, &size);
	ioctl(0, TIOCSWINSZ, &size);
	SHOW(stops);
	size.ws_row++;
	ioctl(0, TIOCSWINSZ, &size);
	SHOW(stops);
	size.ws_row--;
	ioctl(0, TIOCSWINSZ, &size);
}

int main(void)
{
	identity();
	settings();
	window();
	reading_without_input();
	background();
	return 0;
}
