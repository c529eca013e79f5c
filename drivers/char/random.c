/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The random number generator. Entropy is hashed into one pool; the base key is drawn from the pool, each CPU's key
 * from the base key, and every output rewrites the key that made it, all by ChaCha20 (lib/chacha.c). The pool lives
 * under one lock; a CPU's key is touched by that CPU alone with interrupts off. The devices are in random_device.c.
 */
#include <arch/boot.h>
#include <murre/chacha.h>
#include <murre/irq.h>
#include <murre/lock.h>
#include <murre/random.h>
#include <murre/start.h>
#include <murre/string.h>
#include <murre/text.h>
#include <murre/time.h>

enum { KEY_WORDS = 8, BATCH_BLOCKS = 4, RESEED_SECONDS = 60 };
/* Jitter that is gathered at start: more where it has to make do without the hardware's generator. */
enum { JITTER_FEW = 2, JITTER_MANY = 16 };

struct random_pool {
	uint32_t words[KEY_WORDS];
	uint64_t absorbed;		/* blocks so far: no two are hashed alike */
	unsigned bits;			/* of entropy, at most RANDOM_POOL_BITS */
	nsec_t next_reseed;
};
DEFINE_GUARDED_IRQ(random_pool, struct random_pool, RANK_RANDOM)
static guarded(random_pool) pool;
/* Which base key is in force: CPUs whose key is older draw a new one. Written under the pool's lock. */
static uint64_t generation = 1;

struct random_cpu {
	struct chacha cipher;
	uint64_t generation;
	unsigned left;			/* bytes of batch not handed out */
	uint8_t batch[BATCH_BLOCKS * CHACHA_BLOCK_BYTES - CHACHA_KEY_BYTES];
	uint64_t event_mix;
	unsigned events;
};
static PER_CPU(struct random_cpu, random_cpu);

static void wipe(void *p, size_t n)
{
	memset(p, 0, n);
	__asm__ volatile("" : : "r"(p) : "memory");
}

/* New pool = ChaCha20 keyed by (pool xor input): cannot be run backwards, and known input hides nothing of the rest. */
static void pool_absorb_block(struct random_pool *p, const uint8_t *bytes, size_t n)
{
	struct chacha c = { .counter = (uint32_t)p->absorbed, .nonce = { p->absorbed >> 32, n, 1 } };
	uint8_t out[CHACHA_BLOCK_BYTES];

	memcpy(c.key, bytes, n);
	for (unsigned i = 0; i < KEY_WORDS; i++)
		c.key[i] ^= p->words[i];
	chacha_block(&c, out);
	memcpy(p->words, out, sizeof(p->words));
	p->absorbed++;
	wipe(&c, sizeof(c));
	wipe(out, sizeof(out));
}

static void pool_absorb(struct random_pool *p, const void *bytes, size_t n)
{
	const uint8_t *from = bytes;

	for (size_t done = 0; done < n; done += CHACHA_KEY_BYTES)
		pool_absorb_block(p, from + done, min(n - done, (size_t)CHACHA_KEY_BYTES));
}

/* One output of the pool; what stays behind does not tell it. */
static void pool_extract(struct random_pool *p, uint32_t key[KEY_WORDS])
{
	struct chacha c = { .counter = (uint32_t)p->absorbed, .nonce = { p->absorbed >> 32, 0, 2 } };
	uint8_t out[CHACHA_BLOCK_BYTES];

	memcpy(c.key, p->words, sizeof(c.key));
	chacha_block(&c, out);
	memcpy(p->words, out, sizeof(p->words));
	memcpy(key, out + sizeof(p->words), CHACHA_KEY_BYTES);
	p->absorbed++;
	wipe(&c, sizeof(c));
	wipe(out, sizeof(out));
}

static void pool_credit(struct random_pool *p, unsigned bits)
{
	bool was_ready = p->bits >= RANDOM_POOL_BITS;

	write_once(p->bits, min(p->bits + bits, (unsigned)RANDOM_POOL_BITS));
	if (!was_ready && p->bits >= RANDOM_POOL_BITS)
		write_once(generation, generation + 1);
}

void random_add(const void *bytes, size_t n)
{
	uint64_t when = arch_cycles();

	hold(random_pool, p, &pool);
	pool_absorb(in(p), &when, sizeof(when));
	pool_absorb(in(p), bytes, n);
}

void random_credit(unsigned bits)
{
	hold(random_pool, p, &pool);
	pool_credit(in(p), bits);
}

void random_reseed(void)
{
	hold(random_pool, p, &pool);
	write_once(generation, generation + 1);
}

unsigned random_bits(void) { return read_once(peek(&pool)->bits); }
bool random_ready(void) { return likely(random_bits() >= RANDOM_POOL_BITS); }

void random_add_event(uint32_t what)
{
	struct random_cpu *r = &this_cpu(random_cpu);

	r->event_mix = ((r->event_mix << 7 | r->event_mix >> 57) ^ arch_cycles() ^ what) * 0x9e3779b97f4a7c15;
	if (likely(++r->events % 64))
		return;
	hold(random_pool, p, &pool);
	pool_absorb(in(p), &r->event_mix, sizeof(r->event_mix));
	if (in(p)->bits < RANDOM_POOL_BITS)
		pool_credit(in(p), 1);
}

bool random_jitter(void)
{
	uint64_t before = arch_cycles(), first, second;
	static volatile uint8_t work[4096];

	for (unsigned i = 0; i < 64; i++)
		work[(before >> (i & 15)) * 64 % sizeof(work)] += i;
	first = arch_cycles() - before;
	for (unsigned i = 0; i < 64; i++)
		work[(first + i) * 64 % sizeof(work)] += i;
	second = arch_cycles() - before - first;
	random_add(&(uint64_t[]){ before, first, second }, 24);
	return first != second;
}

/* Output. ---------------------------------------------------------------------------------------------------------- */

/* Fresh hardware numbers go into the pool before a new base key is drawn: mixed in, never used alone. */
static void pool_stir(struct random_pool *p)
{
	uint64_t word;

	for (unsigned i = 0; i < 4; i++)
		if (arch_random(&word))
			pool_absorb(p, &word, sizeof(word));
	word = arch_cycles();
	pool_absorb(p, &word, sizeof(word));
}

static never_inline void cpu_rekey(struct random_cpu *r)
{
	hold(random_pool, p, &pool);
	pool_stir(in(p));
	pool_extract(in(p), r->cipher.key);
	r->cipher.counter = 0;
	r->cipher.nonce[0] = arch_cpu_local()->id;
	r->generation = generation;
	r->left = 0;
	in(p)->next_reseed = nsec_add(clock_now(), nsec_from_sec(RESEED_SECONDS));
}

static void cpu_key_check(struct random_cpu *r)
{
	if (unlikely(r->generation != read_once(generation)))
		cpu_rekey(r);
}

/* The cipher's first bytes become its next key. */
static void cpu_batch_fill(struct random_cpu *r)
{
	uint8_t out[BATCH_BLOCKS * CHACHA_BLOCK_BYTES];

	if (nsec_before(peek(&pool)->next_reseed, clock_now()))
		r->generation = 0;
	cpu_key_check(r);
	for (unsigned i = 0; i < BATCH_BLOCKS; i++)
		chacha_block(&r->cipher, out + i * CHACHA_BLOCK_BYTES);
	memcpy(r->cipher.key, out, CHACHA_KEY_BYTES);
	memcpy(r->batch, out + CHACHA_KEY_BYTES, sizeof(r->batch));
	r->left = sizeof(r->batch);
	wipe(out, sizeof(out));
}

/* n <= sizeof(batch); each byte is handed out once and forgotten. Interrupts off. */
static void cpu_batch_take(struct random_cpu *r, void *to, size_t n)
{
	cpu_key_check(r);
	if (r->left < n)
		cpu_batch_fill(r);
	r->left -= n;
	memcpy(to, r->batch + r->left, n);
	memset(r->batch + r->left, 0, n);
}

void random_stream_start(struct chacha *c)
{
	irq_state s = arch_irq_save();

	*c = (struct chacha){};
	cpu_batch_take(&this_cpu(random_cpu), c->key, sizeof(c->key));
	arch_irq_restore(s);
}

static void bytes_long(uint8_t *to, size_t n)
{
	uint8_t block[CHACHA_BLOCK_BYTES];
	struct chacha c;

	random_stream_start(&c);
	for (; n >= sizeof(block); to += sizeof(block), n -= sizeof(block))
		chacha_block(&c, to);
	chacha_block(&c, block);
	memcpy(to, block, n);
	wipe(&c, sizeof(c));
	wipe(block, sizeof(block));
}

void random_bytes(void *to, size_t n)
{
	if (n > 64) {
		bytes_long(to, n);
		return;
	}
	irq_state s = arch_irq_save();
	cpu_batch_take(&this_cpu(random_cpu), to, n);
	arch_irq_restore(s);
}

uint64_t random_u64(void)
{
	uint64_t v;

	random_bytes(&v, sizeof(v));
	return v;
}

void random_uuid(char text[UUID_TEXT_BYTES])
{
	uint8_t b[16];

	random_bytes(b, sizeof(b));
	b[6] = (b[6] & 0x0f) | 0x40;		/* version 4: random (RFC 4122 section 4.4) */
	b[8] = (b[8] & 0x3f) | 0x80;
	text_format(text, UUID_TEXT_BYTES, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* Start. ----------------------------------------------------------------------------------------------------------- */

/* What differs from machine to machine and from boot to boot. The hardware's generator is believed when it answers
 * every time, and is hashed together with all the rest. */
START_TASK(random_start, needs(clock_start))
{
	struct { uint64_t cycles; nsec_t mono, real; uint64_t hardware[4]; } seed = {
		arch_cycles(), clock_now(), clock_realtime(), {}
	};
	unsigned answers = 0;

	for (unsigned i = 0; i < array_size(seed.hardware); i++)
		answers += arch_random(&seed.hardware[i]);
	random_add(&seed, sizeof(seed));
	random_add(boot_info->ranges, boot_info->range_count * sizeof(boot_info->ranges[0]));
	random_add(boot_info->cmdline, strnlen(boot_info->cmdline, sizeof(boot_info->cmdline)));
	bool has_generator = answers == array_size(seed.hardware);
	for (unsigned i = 0; i < (has_generator ? JITTER_FEW : JITTER_MANY); i++)
		if (random_jitter())
			random_credit(1);
	if (has_generator)
		random_credit(RANDOM_POOL_BITS);
	wipe(&seed, sizeof(seed));
	irq_observer = random_add_event;
}
