/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtqueues as split rings: descriptors, the ring of buffers lent and the ring of buffers used. A
 * queue is made once and stays. Callers keep others out. The device runs beside us: what it reads
 * is written before the index that publishes it, what it writes is read after its index, and
 * whether it wants to be told is asked after a full barrier. Source: Virtio 1.2 §2.7.
 */
#include <arch/io.h>
#include <murre/base/address.h>
#include <murre/dma.h>
#include <murre/page.h>
#include <murre/slab.h>
#include <murre/string.h>
#include <murre/virtio.h>

/* Old devices want the rings in one piece, of pages, the used ring on a page of its own. */
#define LEGACY_ALIGN PAGE_SIZE

DEFINE_BOX(virtqueue, struct virtqueue)
DEFINE_BOX_CACHE(virtqueue, struct virtqueue);

struct ring_layout { size_t available, used, bytes; };

static uint16_t size_choose(uint16_t most, uint16_t wanted);
static struct ring_layout layout_of(uint16_t size, size_t align);
static result(void_ptr) rings_take(size_t bytes);
static void rings_lay_out(struct virtqueue *q, void *memory, struct ring_layout l);

result(virtqueue_ptr) virtqueue_make(struct virtio_device *d, unsigned index, uint16_t wanted,
				     void (*done)(struct virtqueue *))
{
	RETURNS(virtqueue_ptr);
	uint16_t most = d->ops->queue_max(d, index);

	if (index >= d->queue_count || most == 0)
		return FAIL(ENOENT);
	own(virtqueue_box, q, TRY(virtqueue_box_new()));
	at(q)->device = d;
	at(q)->index = index;
	at(q)->done = done;
	at(q)->size = d->is_legacy ? most : size_choose(most, wanted);
	if (at(q)->size & (at(q)->size - 1))
		return FAIL(EINVAL);
	own(bytes_box, tokens, TRY(bytes_box_new(at(q)->size * sizeof(void *))));
	struct ring_layout l = layout_of(at(q)->size,
					 d->is_legacy ? LEGACY_ALIGN : VRING_USED_ALIGN_SIZE);
	rings_lay_out(at(q), TRY(rings_take(l.bytes)), l);
	TRY(d->ops->queue_enable(d, at(q)));
	at(q)->tokens = unbox(tokens);
	d->queues[index] = at(q);
	return OK(virtqueue_ptr, unbox(q));
}

result(unit) virtqueue_lend(struct virtqueue *q, void *buffer, uint32_t bytes, bool device_writes,
			    void *token)
{
	RETURNS(unit);
	uint16_t id = q->free_head;

	if (q->free_count == 0 || q->broken)
		return FAIL(ENOSPC);
	q->free_head = le16_read(q->descriptors[id].next);
	q->free_count--;
	q->descriptors[id] = (struct virtq_descriptor){
		.address = le64(virt_to_dma(buffer).raw),
		.bytes = le32(bytes),
		.flags = le16(device_writes ? VRING_DESC_F_WRITE : 0),
	};
	q->tokens[id] = token;
	q->available->ring[q->avail_next++ & (q->size - 1)] = id;
	/* Pairs with the device's read of the index before the ring. */
	__atomic_store_n(&q->available->idx, q->avail_next, __ATOMIC_RELEASE);
	return DONE;
}

void virtqueue_kick(struct virtqueue *q)
{
	uint16_t before = q->avail_kicked;
	bool wanted;

	if (q->avail_next == before)
		return;
	q->avail_kicked = q->avail_next;
	/* Either the device sees the new index, or we see that it wants to be told. */
	io_barrier();
	if (virtio_has(q->device, VIRTIO_RING_F_EVENT_IDX))
		wanted = vring_need_event(read_once(*(uint16_t *)&q->used->ring[q->size]),
					  q->avail_next, before);
	else
		wanted = !(read_once(q->used->flags) & VRING_USED_F_NO_NOTIFY);
	if (wanted)
		q->device->ops->notify(q->device, q);
}

void *virtqueue_take(struct virtqueue *q, uint32_t *bytes)
{
	if (!virtqueue_has_news(q))
		return NULL;
	/* Pairs with the device's write of the element before the index. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	vring_used_elem_t *e = &q->used->ring[q->used_seen & (q->size - 1)];
	uint32_t id = read_once(e->id);

	if (unlikely(id >= q->size || !q->tokens[id])) {
		q->broken = true;
		return NULL;
	}
	*bytes = read_once(e->len);
	void *token = q->tokens[id];
	q->tokens[id] = NULL;
	q->descriptors[id].next = le16(q->free_head);
	q->free_head = id;
	q->free_count++;
	q->used_seen++;
	return token;
}

bool virtqueue_arm(struct virtqueue *q)
{
	if (virtio_has(q->device, VIRTIO_RING_F_EVENT_IDX))
		write_once(q->available->ring[q->size], q->used_seen);
	else
		write_once(q->available->flags, 0);
	/* Either the device sees the wish, or we see what it has returned meanwhile. */
	io_barrier();
	return virtqueue_has_news(q);
}

void virtqueue_disarm(struct virtqueue *q)
{
	if (!virtio_has(q->device, VIRTIO_RING_F_EVENT_IDX))
		write_once(q->available->flags, VRING_AVAIL_F_NO_INTERRUPT);
}

static uint16_t size_choose(uint16_t most, uint16_t wanted)
{
	while (most > wanted)
		most /= 2;
	return most;
}

/* The last two bytes of each ring are the other side's event index. */
static struct ring_layout layout_of(uint16_t size, size_t align)
{
	struct ring_layout l;

	l.available = size * sizeof(struct virtq_descriptor);
	l.used = align_up(l.available + sizeof(vring_avail_t) + (size + 1) * sizeof(uint16_t),
			  align);
	l.bytes = l.used + sizeof(vring_used_t) + size * sizeof(vring_used_elem_t) +
		  sizeof(uint16_t);
	return l;
}

/* Zeroed and contiguous; small ones share pages, since a device may have many queues. Kept for
 * good. */
static result(void_ptr) rings_take(size_t bytes)
{
	RETURNS(void_ptr);
	unsigned order = 0;

	if (bytes <= PAGE_SIZE / 2) {
		char *p = bytes_take(bytes + VRING_DESC_ALIGN_SIZE);
		return p ? OK(void_ptr, pointer_align_up(p, VRING_DESC_ALIGN_SIZE)) : FAIL(ENOMEM);
	}
	while ((PAGE_SIZE << order) < bytes)
		order++;
	own(page_ref, p, TRY(page_alloc(order, PAGE_ZERO, PAGE_KERNEL)));
	return OK(void_ptr, page_bytes(into_count(give(p))));
}

static void rings_lay_out(struct virtqueue *q, void *memory, struct ring_layout l)
{
	q->descriptors = memory;
	q->available = memory + l.available;
	q->used = memory + l.used;
	q->free_count = q->size;
	for (unsigned i = 0; i < q->size; i++)
		q->descriptors[i].next = le16((uint16_t)(i + 1));
}
