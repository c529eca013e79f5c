/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The register of character devices (murre/device.h): a list that only grows, so that readers take no lock; drivers own
 * their entries, for good.
 */
#include <murre/device.h>

DEFINE_GUARDED(device_register, struct { struct char_device *last; struct shutdown_hook *last_hook; }, RANK_DEVICE)
static guarded(device_register) registry;
static struct char_device *first;
static struct shutdown_hook *first_hook;
void (*device_added)(struct char_device *d);

void device_register(struct char_device *d)
{
	{
		hold(device_register, r, &registry);
		struct char_device **link = in(r)->last ? &in(r)->last->next : &first;

		rcu_store(*link, d);
		in(r)->last = d;
	}
	if (device_added)
		device_added(d);
}

struct char_device *device_find(dev_nr dev)
{
	struct char_device *d = rcu_load(first);

	while (d && d->dev != dev)
		d = rcu_load(d->next);
	return d;
}

struct char_device *device_first(void) { return rcu_load(first); }

void shutdown_register(struct shutdown_hook *h)
{
	hold(device_register, r, &registry);
	struct shutdown_hook **link = in(r)->last_hook ? &in(r)->last_hook->next : &first_hook;

	rcu_store(*link, h);
	in(r)->last_hook = h;
}

void device_shutdown(struct can_sleep cs)
{
	for (struct shutdown_hook *h = rcu_load(first_hook); h; h = rcu_load(h->next))
		h->fn(cs);
}
