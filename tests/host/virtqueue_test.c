/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtqueues against a device in the same program: buffers go round in any order, rings wrap, the
 * device is told and interrupts when it should be; and a device that lies breaks its queue, not us.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "../../drivers/virtio/ring.c"

enum { BUFFERS = 64, ROUNDS = 200000 };
static unsigned kicks;
static uint16_t device_seen, queue_max = 256;

/* What the rings are made of. */
struct slab_cache;
void *slab_take(struct slab_cache *c) { return malloc(c->size); }
void slab_put(struct slab_cache *c, void *p) { free(p); }
void *bytes_take(size_t n) { return calloc(1, n); }
void bytes_put(void *p) { free(p); }
result(bytes_box) bytes_box_new(size_t n)
{
	return OK(bytes_box, handle_from(bytes_box, calloc(1, n)));
}
void page_free(struct page *p) { abort(); }
result(page_ref) page_alloc(unsigned order, unsigned request, enum page_kind kind)
{
	RETURNS(page_ref);
	return FAIL(ENOMEM);
}
struct page *page_array;

static uint16_t most(struct virtio_device *d, unsigned index) { return index == 0 ? queue_max : 0; }
static result(unit) enable(struct virtio_device *d, struct virtqueue *q) { return DONE; }
static void notify(struct virtio_device *d, struct virtqueue *q) { kicks++; }
static const struct virtio_transport_ops ops = {
	.queue_max = most, .queue_enable = enable, .notify = notify,
};
static struct virtqueue *queues[1];
static struct virtio_device device = {
	.ops = &ops, .name = "test", .queues = queues, .queue_count = 1,
};

static struct virtqueue *fresh(uint16_t wanted, bool event_idx)
{
	device.features = event_idx ? 1ull << VIRTIO_RING_F_EVENT_IDX : 0;
	kicks = device_seen = 0;
	return expect(virtqueue_make(&device, 0, wanted, NULL), "memory");
}

_Noreturn void expect_failed(const char *why, int err) { abort(); }

/* The device takes one buffer and gives back one of those that it has. */
static uint16_t held[BUFFERS];
static unsigned held_count;
static void device_takes(struct virtqueue *q)
{
	while (device_seen != q->available->idx)
		held[held_count++] = q->available->ring[device_seen++ % q->size];
	if (device.features)
		*(uint16_t *)&q->used->ring[q->size] = device_seen;
}

/* True: it interrupts. */
static bool device_returns(struct virtqueue *q)
{
	unsigned which = rand() % held_count;
	uint16_t id = held[which], old = q->used->idx;

	held[which] = held[--held_count];
	q->used->ring[old % q->size].id = id;
	q->used->ring[old % q->size].len = le32_read(q->descriptors[id].bytes);
	q->used->idx = old + 1;
	if (device.features)
		return vring_need_event(q->available->ring[q->size], old + 1, old);
	return !(q->available->flags & VRING_AVAIL_F_NO_INTERRUPT);
}

static void going_round(bool event_idx)
{
	struct virtqueue *q = fresh(16, event_idx);
	char bytes[BUFFERS];
	bool out[BUFFERS] = {};
	unsigned out_count = 0;
	bool waiting = false, told = false;

	assert(q->size == 16);
	held_count = 0;
	for (int round = 0; round < ROUNDS; round++) {
		unsigned i = rand() % BUFFERS;
		uint32_t n;

		if (rand() % 2 && !out[i]) {
			int err = error_of(virtqueue_lend(q, &bytes[i], i + 1, false, &bytes[i]));
			assert((err == ENOSPC) == (out_count == 16));
			if (!err) {
				bool is_asleep = device_seen == (uint16_t)(q->available->idx - 1);
				unsigned before = kicks;
				out[i] = true;
				out_count++;
				virtqueue_kick(q);
				assert(!event_idx || (kicks > before) == is_asleep);
			}
		}
		if (rand() % 3 == 0)
			device_takes(q);
		if (rand() % 3 == 0 && held_count > 0)
			told |= device_returns(q);
		if (waiting && !told)
			assert(!virtqueue_has_news(q));
		if (rand() % 4 && !(waiting && !told)) {
			char *p = virtqueue_take(q, &n);
			if (p) {
				assert(out[p - bytes] && n == (uint32_t)(p - bytes) + 1);
				out[p - bytes] = false;
				out_count--;
			}
			told = false;
			waiting = !p && !virtqueue_arm(q);
		}
	}
	assert(!q->broken);
}

static void lies(void)
{
	uint32_t n;
	char byte;

	for (int round = 0; round < 1000; round++) {
		struct virtqueue *q = fresh(8, round & 1);
		assert(!error_of(virtqueue_lend(q, &byte, 1, true, &byte)));
		q->used->ring[0].id = rand() % 3 ? 1 + rand() % 100 : (uint32_t)rand() * 2u + 1;
		q->used->idx = 1 + rand() % 5;
		assert(!virtqueue_take(q, &n) && q->broken);
		assert(!virtqueue_has_news(q) && !virtqueue_take(q, &n));
		assert(error_of(virtqueue_lend(q, &byte, 1, true, &byte)) == ENOSPC);
	}
}

static void odd_sizes(void)
{
	queue_max = 3;
	assert(error_of(virtqueue_make(&device, 0, 8, NULL)) == EINVAL);
	queue_max = 0;
	assert(error_of(virtqueue_make(&device, 0, 8, NULL)) == ENOENT);
	assert(error_of(virtqueue_make(&device, 1, 8, NULL)) == ENOENT);
	queue_max = 4;
	assert(fresh(8, true)->size == 4);
}

int main(void)
{
	going_round(false);
	going_round(true);
	lies();
	odd_sizes();
	return 0;
}
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }
