/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/random and /dev/urandom (random(4)): the same generator; only the first waits until it is seeded. */
#include <murre/abi.h>
#include <murre/chacha.h>
#include <murre/cred.h>
#include <murre/device.h>
#include <murre/log.h>
#include <murre/random.h>
#include <murre/start.h>
#include <linux/random.h>

/* A machine without any jitter must not wait for ever: after this many rounds of a millisecond it is let through. */
enum { SEED_ROUNDS_MAX = 4000, SAMPLES_PER_ROUND = 8 };

static waitq seeded;

/* Kernel task of machines that were not seeded at once. */
static may_sleep void seeder(void *unused)
{
	struct can_sleep cs = MAY_SLEEP;

	for (unsigned round = 0; !random_ready() && round < SEED_ROUNDS_MAX; round++) {
		for (unsigned i = 0; i < SAMPLES_PER_ROUND; i++)
			if (random_jitter())
				random_credit(1);
		(void)error_of(sleep_until(nsec_add(clock_now(), nsec_from_msec(1)), cs));
	}
	if (!random_ready())
		log_warn("random: no entropy to be had on this machine; going on without");
	random_credit(RANDOM_POOL_BITS);
	wake_up_all(&seeded, EPOLLIN | EPOLLRDNORM);
	task_exit();
}

result(unit) random_wait(struct can_sleep cs)
{
	return wait_event_interruptible(&seeded, random_ready(), cs);
}

/* To a buffer of any size; a signal ends it early after a page, as random(4) says. */
result(size_t) random_read(struct io_iter *to, struct can_sleep cs)
{
	RETURNS(size_t);
	uint8_t block[CHACHA_BLOCK_BYTES] not_zeroed;	/* filled before it is read */
	struct chacha stream;
	size_t done = 0;
	int err = 0;

	if (to->left <= sizeof(block)) {
		random_bytes(block, to->left);
		return io_put(to, block, to->left, cs);
	}
	random_stream_start(&stream);
	while (to->left && !err) {
		chacha_block(&stream, block);
		attempt(n, fault, io_put(to, block, min(to->left, sizeof(block)), cs));
		err = fault;
		done += fault ? 0 : n;
		if (done % PAGE_SIZE == 0 && signal_pending())
			break;
	}
	memset(&stream, 0, sizeof(stream));
	return done || !err ? OK(size_t, done) : FAIL(err);
}

static result(size_t) waiting_read(struct char_open *o, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);

	if (to->left == 0)
		return OK(size_t, 0);
	if (!random_ready()) {
		if (o->flags & O_NONBLOCK)
			return FAIL(EAGAIN);
		TRY(random_wait(cs));
	}
	return random_read(to, cs);
}

static result(size_t) urandom_read(struct char_open *o, struct io_iter *to, loff_t *pos, struct can_sleep cs)
{
	return random_read(to, cs);
}

static result(size_t) pool_write(struct char_open *o, struct io_iter *from, loff_t *pos, struct can_sleep cs)
{
	RETURNS(size_t);
	uint8_t bytes[CHACHA_BLOCK_BYTES];
	size_t done = 0;

	while (from->left) {
		attempt(n, err, io_get(from, bytes, min(from->left, sizeof(bytes)), cs));
		if (err)
			return done ? OK(size_t, done) : FAIL(err);
		random_add(bytes, n);
		done += n;
	}
	return OK(size_t, done);
}

static result(unit) credit_from_user(user_int count, struct can_sleep cs)
{
	RETURNS(unit);
	int bits;

	if (!capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	TRY(copy_in(&bits, count));
	if (bits < 0)
		return FAIL(EINVAL);
	random_credit(min((unsigned)bits, (unsigned)RANDOM_POOL_BITS));
	return DONE;
}

/* struct rand_pool_info: two ints, then the bytes. */
static result(unit) add_from_user(struct char_open *o, user_int info, struct can_sleep cs)
{
	RETURNS(unit);
	int bits, bytes;
	struct io_iter from;

	if (!capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	TRY(copy_in(&bits, info));
	TRY(copy_in(&bytes, user_elem(info, 1)));
	if (bits < 0 || bytes < 0)
		return FAIL(EINVAL);
	TRY(io_iter_user(&from, user_addr_from(user_value(info) + 2 * sizeof(int)), bytes));
	if (TRY(pool_write(o, &from, NULL, cs)) != (size_t)bytes)
		return FAIL(EFAULT);
	random_credit(min((unsigned)bits, (unsigned)RANDOM_POOL_BITS));
	return DONE;
}

static result(unit) reseed_by_user(void)
{
	RETURNS(unit);

	if (!capable(CAP_SYS_ADMIN))
		return FAIL(EPERM);
	if (!random_ready())
		return FAIL(ENODATA);
	random_reseed();
	return DONE;
}

static result(long) random_ioctl(struct char_open *o, unsigned cmd, uintptr_t arg, struct can_sleep cs)
{
	int bits = random_bits();

	switch (cmd) {
	case RNDGETENTCNT:
		TRY(copy_out(user_from(int, arg), &bits));
		return OK(long, 0);
	case RNDADDTOENTCNT:
		TRY(credit_from_user(user_cast(int, user_addr_from(arg)), cs));
		return OK(long, 0);
	case RNDADDENTROPY:
		TRY(add_from_user(o, user_cast(int, user_addr_from(arg)), cs));
		return OK(long, 0);
	case RNDZAPENTCNT:		/* nothing to zap: the count only says "seeded" */
	case RNDCLEARPOOL:
		return capable(CAP_SYS_ADMIN) ? OK(long, 0) : FAIL(EPERM);
	case RNDRESEEDCRNG:
		TRY(reseed_by_user());
		return OK(long, 0);
	}
	return FAIL(EINVAL);
}

static unsigned random_poll(struct char_open *o, struct poll_table *t)
{
	poll_wait(t, &seeded);
	return random_ready() ? EPOLLIN | EPOLLRDNORM : EPOLLOUT | EPOLLWRNORM;
}

static const struct char_ops random_ops = {
	.read = waiting_read, .write = pool_write, .ioctl = random_ioctl, .poll = random_poll, .seekable = true,
};
static const struct char_ops urandom_ops = {
	.read = urandom_read, .write = pool_write, .ioctl = random_ioctl, .seekable = true,
};
static struct char_device random_device = {
	.name = "random", .dev = (uint64_t)1 << 20 | 8, .permissions = 0666, .ops = &random_ops,
};
static struct char_device urandom_device = {
	.name = "urandom", .dev = (uint64_t)1 << 20 | 9, .permissions = 0666, .ops = &urandom_ops,
};

START_TASK(random_device_start, needs(random_start))
{
	device_register(&random_device);
	device_register(&urandom_device);
	if (!random_ready() && error_of(kernel_task_start("seeder", seeder, NULL)))
		random_credit(RANDOM_POOL_BITS);	/* no memory for one task: nothing would ever seed it */
}
