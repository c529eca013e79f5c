/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/PID/fd, fdinfo, exe, cwd and root: what a process has open and where it stands, as links that lead to the very
 * file, with or without a name. Only its own user and CAP_SYS_PTRACE may follow them. proc(5).
 */
#include <murre/text.h>
#include "pid_files.h"

static result(file_ref) file_of(const proc_subject *s)
{
	RETURNS(file_ref);
	own(fd_table_ref, files, thread_files(subject_thread(s)));

	if (is_none(files))
		return FAIL(ENOENT);
	attempt_own(file_ref, f, err, fd_get_any(at(files), (fd_t){ (int)s->number }));
	return err ? FAIL(ENOENT) : OK(file_ref, give(f));
}

result(unit) pid_fd_permission(const proc_subject *s, unsigned may)
{
	return pid_may_look(subject_thread(s));
}

static result(proc_subject) fd_lookup(const proc_subject *dir, uint64_t number, struct can_sleep cs)
{
	RETURNS(proc_subject);
	proc_subject s = *dir;

	if (number > INT32_MAX)
		return FAIL(ENOENT);
	s.number = number;
	own(file_ref, f, TRY(file_of(&s)));
	return OK(proc_subject, subject_about(subject_thread(dir), number));
}

static bool fd_number_next(const proc_subject *dir, uint64_t *number, struct can_sleep cs)
{
	own(fd_table_ref, files, thread_files(subject_thread(dir)));
	int fd = *number;
	bool closes;

	if (is_none(files) || *number > INT32_MAX)
		return false;
	own(file_ref, f, fd_next(at(files), &fd, &closes));
	*number = fd;
	return !is_none(f);
}

static result(path_ref) fd_follow(const proc_subject *s, struct can_sleep cs)
{
	RETURNS(path_ref);
	TRY(pid_may_look(subject_thread(s)));
	own(file_ref, f, TRY(file_of(s)));
	return file_place(at(f));
}

static result(char_ptr) fd_readlink(const proc_subject *s, char *buf, size_t cap, struct can_sleep cs)
{
	RETURNS(char_ptr);
	TRY(pid_may_look(subject_thread(s)));
	own(file_ref, f, TRY(file_of(s)));
	return file_print_path(at(f), buf, cap);
}

/* The link's permissions say how the file was opened. */
static mode_bits fd_permissions(const proc_subject *s)
{
	attempt_own(file_ref, f, err, file_of(s));
	if (err)
		return 0;
	return (at(f)->mode & FILE_READ ? 0500 : 0) | (at(f)->mode & FILE_WRITE ? 0300 : 0);
}

static result(unit) fdinfo_show(const proc_subject *s, struct text_out *out, struct can_sleep cs)
{
	RETURNS(unit);
	own(file_ref, held, TRY(file_of(s)));
	struct file *f = at(held);
	own(fd_table_ref, files, thread_files(subject_thread(s)));
	uint32_t flags = f->flags;

	if (!is_none(files) && value_or(fd_get_flags(at(files), (fd_t){ (int)s->number }), 0) & FD_CLOEXEC)
		flags |= O_CLOEXEC;
	text_print(out, "pos:\t%li\nflags:\t0%o\nmnt_id:\t%i\nino:\t%lu\n", f->pos, flags,
		   is_none(f->path) ? 0 : f->path.mount->id, f->inode ? f->inode->ino : 0);
	if (f->ops->show_fdinfo)
		f->ops->show_fdinfo(f, out);
	return DONE;
}

const struct proc_entry pid_fd_entry = PROC_LINK("", .follow = fd_follow, .readlink = fd_readlink,
						 .permissions = fd_permissions);
const struct proc_entry pid_fdinfo_entry = PROC_FILE("", 0444, .show = fdinfo_show);
const struct proc_numbers pid_fd_numbers = { .entry = &pid_fd_entry, .lookup = fd_lookup, .next = fd_number_next };
const struct proc_numbers pid_fdinfo_numbers = { .entry = &pid_fdinfo_entry, .lookup = fd_lookup, .next = fd_number_next };

result(path_ref) pid_exe_follow(const proc_subject *s, struct can_sleep cs)
{
	RETURNS(path_ref);
	TRY(pid_may_look(subject_thread(s)));
	own(file_ref, f, process_image(subject_process(s)));
	if (is_none(f))
		return FAIL(ENOENT);
	return file_place(at(f));
}

result(path_ref) pid_cwd_follow(const proc_subject *s, struct can_sleep cs)
{
	RETURNS(path_ref);
	TRY(pid_may_look(subject_thread(s)));
	own(fs_context_ref, fs, thread_fs(subject_thread(s)));
	return is_none(fs) ? FAIL(ENOENT) : OK(path_ref, fs_context_cwd(at(fs)));
}

result(path_ref) pid_root_follow(const proc_subject *s, struct can_sleep cs)
{
	RETURNS(path_ref);
	TRY(pid_may_look(subject_thread(s)));
	own(fs_context_ref, fs, thread_fs(subject_thread(s)));
	return is_none(fs) ? FAIL(ENOENT) : OK(path_ref, fs_context_root(at(fs)));
}
