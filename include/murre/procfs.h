/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The proc filesystem's registration side (proc(5)). Every file is a row of a table, struct proc_entry; whoever owns what
 * the file shows owns the row. A file's text is made as a whole when it is read at position 0 and kept for the rest of
 * that opening, so that a reader sees one moment however small its reads are.
 *
 *	static const struct proc_entry pid_entries[] = {
 *		PROC_FILE("comm", 0644, .show = comm_show, .write = comm_write),
 *		PROC_LINK("exe", .follow = exe_follow),
 *		PROC_NUMBERS_DIR("fd", 0500, &fd_numbers, .permission = fd_permission),
 *		PROC_DIR("ns", 0511, ns_entries),
 *	};
 *
 * What an entry is about (a process, a thread, one of its descriptors) is its struct proc_subject: a lookup of a number
 * (proc_numbers) makes one, all entries below inherit it. Entries about the machine have the empty subject.
 */
#pragma once
#include <murre/file.h>
#include <murre/pid.h>
#include <murre/text.h>

struct proc_subject;
struct proc_subject_ops {
	void (*share)(void *object);	/* takes one more reference */
	void (*release)(void *object);
	/* False: gone; names in the dentry cache stop being valid. Any lock-free context. */
	bool (*alive)(const struct proc_subject *s);
	/* Owner of the inodes. NULL: root. */
	void (*owner)(const struct proc_subject *s, kuid_t *uid, kgid_t *gid);
};
/* Owns one reference to `object`; ends by proc_subject_end or moves into an inode. ops NULL: the machine itself. */
struct proc_subject {
	const struct proc_subject_ops *ops;
	void *object;
	uint64_t number;		/* what the name was: a pid, a descriptor */
};
typedef struct proc_subject proc_subject;
DEFINE_RESULT(proc_subject);
void proc_subject_end(proc_subject *s);

/* A directory whose names are decimal numbers. */
struct proc_entry;
struct proc_numbers {
	const struct proc_entry *entry;		/* what stands under each number; its name is not used */
	/* The subject of a number in the directory about `dir`. ENOENT, ESRCH. */
	result(proc_subject) (*lookup)(const proc_subject *dir, uint64_t number, struct can_sleep cs);
	/* Sets *number to the smallest number >= *number there is; false: none. For listing; no permission checks. */
	bool (*next)(const proc_subject *dir, uint64_t *number, struct can_sleep cs);
	/* How many there are, for the size fields of stat(2). NULL: not told. */
	unsigned (*count)(const proc_subject *dir);
};

struct proc_entry {
	const char *name;		/* one component, borrowed for good */
	mode_bits mode;			/* S_IF* and permissions */

	/* Writes the file's text. Called again with more room when `out` overflowed, so it must have no effects. Its
	 * error is read(2)'s: ESRCH, EACCES. */
	result(unit) (*show)(const proc_subject *s, struct text_out *out, struct can_sleep cs);
	/* text has a NUL behind its n bytes; n < PAGE_SIZE. The count taken: n. */
	result(size_t) (*write)(const proc_subject *s, const char *text, size_t n, struct can_sleep cs);
	/* Checked when the file is opened, after permissions. NULL: nothing more. */
	result(unit) (*open)(const proc_subject *s, struct can_sleep cs);
	/* For files that are no text (mem, kmsg): used instead of show and write; proc_file_subject() says whose it
	 * is. */
	const struct file_ops *file_ops;

	/* Links. A text into buf, NUL-terminated: the start. */
	result(char_ptr) (*readlink)(const proc_subject *s, char *buf, size_t cap, struct can_sleep cs);
	/* A link to a place: readlink(2) prints its path. Permission is its to check. */
	result(path_ref) (*follow)(const proc_subject *s, struct can_sleep cs);

	/* Directories: rows, then numbers. */
	const struct proc_entry *children;
	size_t child_count;
	const struct proc_numbers *numbers;
	struct proc_directory *registered;	/* what proc_register added; procfs's own */

	/* Mode that depends on the subject (fd links), instead of `mode`'s permissions. */
	mode_bits (*permissions)(const proc_subject *s);
	/* Access checks instead of mode bits (MAY_*); EACCES. */
	result(unit) (*permission)(const proc_subject *s, unsigned may);
	const void *context;		/* the owner's: one function for several rows; see proc_file_entry */
	/* Like show, told its row too. */
	result(unit) (*show_entry)(const struct proc_entry *e, const proc_subject *s, struct text_out *out, struct can_sleep cs);
	result(size_t) (*write_entry)(const struct proc_entry *e, const char *text, size_t n, struct can_sleep cs);
};

#define PROC_FILE(name_, permissions_, ...) { .name = name_, .mode = S_IFREG | (permissions_), __VA_ARGS__ }
#define PROC_LINK(name_, ...) { .name = name_, .mode = S_IFLNK | 0777, __VA_ARGS__ }
#define PROC_DIR(name_, permissions_, rows_, ...) \
	{ .name = name_, .mode = S_IFDIR | (permissions_), .children = rows_, .child_count = array_size(rows_), __VA_ARGS__ }
#define PROC_NUMBERS_DIR(name_, permissions_, numbers_, ...) \
	{ .name = name_, .mode = S_IFDIR | (permissions_), .numbers = numbers_, __VA_ARGS__ }

/* Adds rows, borrowed for good, to a machine-wide directory: "" is /proc itself, "sys/kernel" is made with its parents
 * if need be (mode 0555). From start tasks that need proc_start; panics without memory. */
may_sleep void proc_register(const char *directory, const struct proc_entry *rows, size_t count);

/* What the process tier knows and the machine-wide files need; registered once at start. */
struct proc_processes {
	const struct proc_numbers *numbers;	/* the pid directories of /proc */
	pid_nr_t (*current_process)(void);	/* for /proc/self */
	pid_nr_t (*current_thread)(void);	/* for /proc/thread-self */
	unsigned (*thread_count)(void);		/* of all programs: loadavg, sysinfo */
	pid_nr_t (*last_pid)(void);		/* given out most recently */
};
void proc_processes_register(const struct proc_processes *p);
extern const struct proc_processes *proc_processes;	/* NULL before that */

/* Of an open file of procfs, for file_ops of its own. Borrowed while the file is open. */
const proc_subject *proc_file_subject(const struct file *f);
const struct proc_entry *proc_file_entry(const struct file *f);
/* seek verb of procfs files: SEEK_SET and SEEK_CUR, EINVAL for others. */
result(loff_t) proc_seek(struct file *f, loff_t offset, int whence, struct can_sleep cs);
