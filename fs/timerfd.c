/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timerfd_create(2): a timer whose expiries are read as a count. A periodic timer fires once and is then left alone
 * until somebody looks: the periods that passed meanwhile are computed, not counted by interrupts. The state lies
 * under a spin lock that the timer's interrupt takes, too; a timer that fires too early or when nothing is set just
 * does nothing, so that setting never waits for a running handler. Timers on the date are on one list, looked at again
 * when it is set.
 */
#include <murre/event.h>
#include <murre/slab.h>
#include <murre/start.h>
#include <murre/text.h>
#include <linux/time.h>
#include <linux/timerfd.h>

struct timerfd_state {
	bool armed;			/* `expires` means something */
	bool expired;			/* fired and not looked at: periods since `expires` are not in `ticks` yet */
	bool on_date;			/* `expires` is a point on the real-time clock, else on the monotonic one */
	bool cancel_on_set, cancelled;	/* TFD_TIMER_CANCEL_ON_SET; the date was set */
	int settime_flags;
	nsec_t expires, interval;
	uint64_t ticks;			/* what read gives */
};
DEFINE_GUARDED_IRQ(timerfd_state, struct timerfd_state, RANK_DEVICE)
struct timerfd {
	struct timer timer;
	int clock;
	waitq readable;
	struct list_node on_date_list;	/* of real-time clocks */
	guarded(timerfd_state) state;
};
EMBEDDED(timerfd, timer, timer)
DEFINE_BOX(timerfd, struct timerfd)
DEFINE_BOX_CACHE(timerfd, struct timerfd);
DEFINE_LIST(timerfd, struct timerfd, on_date_list)

DEFINE_GUARDED_IRQ(date_timerfds, struct timerfd_list, RANK_SIGNAL_TIMERS)
static guarded(date_timerfds) date_timerfds;
static const struct file_ops timerfd_ops;

static bool clock_is_date(int clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM; }
static bool clock_is_alarm(int clock) { return clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM; }

/* The timer itself. ------------------------------------------------------------------------------------------------ */

static nsec_t now_of(const struct timerfd_state *s)
{
	return s->on_date ? clock_realtime() : clock_now();
}

static void timer_start(struct timerfd *t, struct timerfd_state *s)
{
	timer_arm(&t->timer, s->on_date ? nsec_sub(s->expires, clock_realtime_offset()) : s->expires);
}

/* Adds the periods that have passed since the timer fired, and starts it for the next. */
static void timer_catch_up(struct timerfd *t, struct timerfd_state *s)
{
	if (!s->expired || !s->interval.ns)
		return;
	int64_t late = nsec_sub(now_of(s), s->expires).ns;		/* negative: the date was set back */
	uint64_t periods = late > 0 ? late / s->interval.ns + 1 : 1;

	s->ticks += periods - 1;	/* the first was counted when it fired */
	s->expires = nsec_add(s->expires, nsec(periods * s->interval.ns));
	s->expired = false;
	timer_start(t, s);
}

static bool timer_fires(struct timerfd *t)
{
	hold(timerfd_state, s, &t->state);
	if (!in(s)->armed || in(s)->expired)
		return false;
	if (nsec_before(now_of(in(s)), in(s)->expires)) {
		timer_start(t, in(s));
		return false;
	}
	in(s)->expired = true;
	in(s)->ticks++;
	return true;
}

static void timer_fired(struct timer *timer)
{
	struct timerfd *t = timerfd_of_timer(timer);

	if (timer_fires(t))
		wake_up(&t->readable, EPOLLIN);
}

static bool date_changed_for(struct timerfd *t)
{
	hold(timerfd_state, s, &t->state);
	if (!in(s)->on_date || !in(s)->armed)
		return false;
	if (!in(s)->expired)
		timer_start(t, in(s));
	if (!in(s)->cancel_on_set)
		return false;
	in(s)->cancelled = true;
	in(s)->ticks++;
	return true;
}

static void date_changed(void)
{
	hold(date_timerfds, l, &date_timerfds);
	list_each(timerfd, t, in(l))
		if (date_changed_for(t))
			wake_up(&t->readable, EPOLLIN);
}

/* What is left until the next expiry; nothing set or nothing left: 0. */
static abi_itimerspec state_show(struct timerfd_state *s)
{
	nsec_t left = s->armed ? nsec_sub(s->expires, now_of(s)) : nsec(0);

	return (abi_itimerspec){
		.interval = nsec_to_timespec(s->interval),
		.value = nsec_to_timespec(nsec(max(left.ns, 0l))),
	};
}

/* Calls. ----------------------------------------------------------------------------------------------------------- */

static struct timerfd *timerfd_of(const struct file *f) { return f->ops == &timerfd_ops ? f->private : NULL; }

result(unit) timerfd_get(struct file *f, abi_itimerspec *value)
{
	RETURNS(unit);
	struct timerfd *t = timerfd_of(f);

	if (!t)
		return FAIL(EINVAL);
	hold(timerfd_state, s, &t->state);
	timer_catch_up(t, in(s));
	*value = state_show(in(s));
	return DONE;
}

static void state_set(struct timerfd *t, struct timerfd_state *s, int flags, nsec_t first, nsec_t interval)
{
	bool absolute = flags & TFD_TIMER_ABSTIME, was_cancelled = s->cancelled;

	*s = (struct timerfd_state){
		.armed = first.ns != 0, .interval = interval, .settime_flags = flags,
		/* Spans are not touched by changes of the date. */
		.on_date = absolute && clock_is_date(t->clock),
		.cancel_on_set = clock_is_date(t->clock) && absolute && (flags & TFD_TIMER_CANCEL_ON_SET),
		.expires = absolute ? first : nsec_add(clock_now(), first),
	};
	s->cancelled = was_cancelled && s->cancel_on_set;
	if (s->armed)
		timer_start(t, s);
}

result(unit) timerfd_set(struct file *f, int flags, const abi_itimerspec *value, abi_itimerspec *old)
{
	RETURNS(unit);
	struct timerfd *t = timerfd_of(f);

	if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
		return FAIL(EINVAL);
	nsec_t first = TRY(nsec_from_timespec(value->value)), interval = TRY(nsec_from_timespec(value->interval));
	if (!t)
		return FAIL(EINVAL);
	if (clock_is_alarm(t->clock) && !capable(CAP_WAKE_ALARM))
		return FAIL(EPERM);
	hold(timerfd_state, s, &t->state);
	timer_catch_up(t, in(s));
	*old = state_show(in(s));
	state_set(t, in(s), flags, first, interval);
	if (in(s)->armed && in(s)->cancelled) {
		in(s)->cancelled = false;
		return FAIL(ECANCELED);
	}
	return DONE;
}

/* Takes what a read gives; 0: nothing yet. ECANCELED. */
static result(uint64_t) ticks_take(struct timerfd *t)
{
	RETURNS(uint64_t);
	hold(timerfd_state, s, &t->state);

	if (in(s)->cancelled) {
		in(s)->cancelled = in(s)->expired = false;
		in(s)->ticks = 0;
		return FAIL(ECANCELED);
	}
	timer_catch_up(t, in(s));
	uint64_t ticks = in(s)->ticks;
	in(s)->ticks = 0;
	if (in(s)->expired)
		in(s)->armed = false;		/* it was for once */
	return OK(uint64_t, ticks);
}

static result(size_t) timerfd_read(struct file *f, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	struct timerfd *t = f->private;
	uint64_t ticks;

	if (to->left < sizeof(ticks))
		return FAIL(EINVAL);
	while (!(ticks = TRY(ticks_take(t)))) {
		if (f->flags & O_NONBLOCK)
			return FAIL(EAGAIN);
		TRY(wait_event_interruptible(&t->readable, read_once(peek(&t->state)->ticks) != 0, cs));
	}
	if (TRY(io_put(to, &ticks, sizeof(ticks), cs)) != sizeof(ticks))
		return FAIL(EFAULT);
	return OK(size_t, sizeof(ticks));
}

static unsigned timerfd_poll(struct file *f, struct poll_table *table)
{
	struct timerfd *t = f->private;

	poll_wait(table, &t->readable);
	return read_once(peek(&t->state)->ticks) ? EPOLLIN : 0;
}

static void timerfd_show_fdinfo(struct file *f, struct text_out *out)
{
	struct timerfd *t = f->private;
	abi_itimerspec left;
	uint64_t ticks;
	int flags;

	{
		hold(timerfd_state, s, &t->state);
		left = state_show(in(s));
		ticks = in(s)->ticks;
		flags = in(s)->settime_flags;
	}
	text_print(out, "clockid: %d\nticks: %lu\nsettime flags: 0%o\nit_value: (%ld, %ld)\nit_interval: (%ld, %ld)\n",
		   t->clock, ticks, flags, (long)left.value.tv_sec, (long)left.value.tv_nsec,
		   (long)left.interval.tv_sec, (long)left.interval.tv_nsec);
}

/* Life. ------------------------------------------------------------------------------------------------------------ */

static void timerfd_free(struct timerfd *t)
{
	if (clock_is_date(t->clock)) {
		hold(date_timerfds, l, &date_timerfds);
		timerfd_list_remove(t);
	}
	timer_cancel(&t->timer);
	timerfd_box_free(t);
}
DEFINE_HANDLE(timerfd_ref, struct timerfd, timerfd_free)

static void timerfd_release(struct file *f, struct can_sleep cs)
{
	end_raw(timerfd_ref, f->private);
}

static const struct file_ops timerfd_ops = {
	.read = timerfd_read, .poll = timerfd_poll, .seek = event_seek, .release = timerfd_release,
	.show_fdinfo = timerfd_show_fdinfo,
};

static result(unit) clock_check(int clock)
{
	RETURNS(unit);

	if (clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME && !clock_is_date(clock) && !clock_is_alarm(clock))
		return FAIL(EINVAL);
	if (clock_is_alarm(clock) && !capable(CAP_WAKE_ALARM))
		return FAIL(EPERM);
	return DONE;
}

static result(timerfd_ref) timerfd_make(int clock)
{
	RETURNS(timerfd_ref);
	own(timerfd_box, box, TRY(timerfd_box_new()));
	struct timerfd *t = unbox(box);

	t->clock = clock;
	timer_init(&t->timer, timer_fired);
	waitq_init(&t->readable);
	if (clock_is_date(clock)) {
		hold(date_timerfds, l, &date_timerfds);
		timerfd_list_push_back(in(l), t);
	}
	return OK(timerfd_ref, handle_from(timerfd_ref, t));
}

result(file_ref) timerfd_new(int clock, unsigned flags)
{
	RETURNS(file_ref);
	TRY(clock_check(clock));
	own(timerfd_ref, t, TRY(timerfd_make(clock)));
	own(file_ref, f, TRY(file_anonymous("[timerfd]", &timerfd_ops, at(t), O_RDWR | (flags & O_NONBLOCK))));

	(void)into_raw(give(t));			/* the file's from here on */
	return OK(file_ref, give(f));
}

START_TASK(timerfd_start, needs(clock_start))
{
	static struct clock_listener listener = { .changed = date_changed };

	timerfd_list_init(peek(&date_timerfds));
	clock_listen(&listener);
}
