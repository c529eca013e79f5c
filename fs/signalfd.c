/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signalfd(2): reads signals that wait for the reader's thread or process. The file has a set of signals and nothing
 * else; pending signals belong to the process tier (murre/jobs.h). Two calls that change the set at once leave one of
 * the two sets, so it needs no lock.
 */
#include <murre/event.h>
#include <murre/jobs.h>
#include <murre/slab.h>
#include <murre/string.h>
#include <murre/text.h>
#include <linux/signalfd.h>

struct signalfd { uint64_t set; };
DEFINE_BOX(signalfd, struct signalfd)
DEFINE_BOX_CACHE(signalfd, struct signalfd);
static const struct file_ops signalfd_ops;

static uint64_t signalfd_set_of(const struct file *f)
{
	return read_once(((const struct signalfd *)f->private)->set);
}

/* The fields that the kind of signal carries (signalfd(2)); the rest is 0. */
static void info_convert(const struct signal_info *i, struct signalfd_siginfo *out)
{
	*out = (struct signalfd_siginfo){ .ssi_signo = i->signo, .ssi_errno = i->error, .ssi_code = i->code };
	if (i->code == SI_TIMER) {
		out->ssi_tid = i->timer.id;
		out->ssi_overrun = i->timer.overrun;
		out->ssi_ptr = i->timer.value;
		out->ssi_int = (int)i->timer.value;
	} else if (i->code <= SI_USER || i->code == SI_KERNEL) {
		out->ssi_pid = i->user.pid;
		out->ssi_uid = i->user.uid;
		out->ssi_ptr = i->user.value;
		out->ssi_int = (int)i->user.value;
	} else if (i->signo == SIGCHLD) {
		out->ssi_pid = i->child.pid;
		out->ssi_uid = i->child.uid;
		out->ssi_status = i->child.status;
		out->ssi_utime = i->child.user_ticks;
		out->ssi_stime = i->child.system_ticks;
	} else if (i->signo == SIGIO) {
		out->ssi_band = i->poll.band;
		out->ssi_fd = i->poll.fd;
	} else {
		out->ssi_addr = i->fault.address;
	}
}

static result(size_t) signalfd_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct signalfd_siginfo text;
	struct signal_info info;
	size_t done = 0;

	if (to->left < sizeof(text))
		return FAIL(EINVAL);
	while (to->left >= sizeof(text)) {
		uint64_t set = signalfd_set_of(f);

		if (!job_ops->dequeue(set, &info)) {
			if (done)
				break;
			if (f->flags & O_NONBLOCK)
				return FAIL(EAGAIN);
			TRY(wait_event_interruptible(job_ops->pending_queue(), job_ops->pending(set), cs));
			continue;
		}
		info_convert(&info, &text);
		attempt(n, err, io_put(to, &text, sizeof(text), cs));
		if (err || n != sizeof(text))
			return done ? OK(size_t, done) : FAIL(EFAULT);
		done += n;
	}
	return OK(size_t, done);
}

static unsigned signalfd_poll(struct file *f, struct poll_table *t)
{
	poll_wait(t, job_ops->pending_queue());
	return job_ops->pending(signalfd_set_of(f)) ? EPOLLIN : 0;
}

static void signalfd_show_fdinfo(struct file *f, struct text_out *out)
{
	text_print(out, "sigmask:\t%016lx\n", signalfd_set_of(f));
}

static void signalfd_release(struct file *f, struct can_sleep cs)
{
	signalfd_box_free(f->private);
}

static const struct file_ops signalfd_ops = {
	.read = signalfd_read, .poll = signalfd_poll, .seek = event_seek, .release = signalfd_release,
	.show_fdinfo = signalfd_show_fdinfo,
};

result(file_ref) signalfd_new(abi_sigset set, unsigned flags)
{
	RETURNS(file_ref);
	own(signalfd_box, s, TRY(signalfd_box_new()));

	at(s)->set = set.bits & ~SIGNALS_UNBLOCKABLE;
	own(file_ref, f, TRY(file_anonymous("[signalfd]", &signalfd_ops, at(s), O_RDWR | (flags & O_NONBLOCK))));
	(void)unbox(s);			/* the file's from here on */
	return OK(file_ref, give(f));
}

result(unit) signalfd_set(struct file *f, abi_sigset set)
{
	RETURNS(unit);
	struct signalfd *s = f->private;

	if (f->ops != &signalfd_ops)
		return FAIL(EINVAL);
	write_once(s->set, set.bits & ~SIGNALS_UNBLOCKABLE);
	wake_up_all(job_ops->pending_queue(), EPOLLIN);		/* what waits already may be in the new set */
	return DONE;
}
