/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the guest's program runner share. A list is a NULL-terminated array of strings, as execve takes
 * it. Everything here ends the guest with a message when it fails: there is nobody to hand an error to.
 */
#pragma once
#include <stddef.h>

/* Reads a file of NUL-closed strings into a list; the list lives as long as the process. */
char **list_read(const char *path);

/* The path that a program's name means: itself when it has a slash, else the first executable of that name on PATH; NULL
 * when there is none. The result lives until the next call. */
const char *program_find(const char *name, char **env);

/* Replaces the calling process by the program of argv[0], looked up in PATH when it has no slash. Returns only when
 * that is impossible, after one line on stderr: 126 when the program is there, 127 when it is not. */
int program_exec(char **argv, char **env);

/* Ends the guest: reports on the console why it cannot go on, and powers off. */
_Noreturn void fatal(const char *what, const char *name);

/* Powers the machine off; on a machine that cannot, stays stopped. */
_Noreturn void power_off(void);
