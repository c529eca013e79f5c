/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two 8259A interrupt controllers of a PC, the second at line 2 of the first. Lines are the
 * legacy numbers 0..15.
 */
#include <arch/io.h>
#include <murre/lock.h>
#include <x86/irq.h>
#include <x86/vectors.h>

#define PIC_LINES 16
#define CASCADE_LINE 2
enum { FIRST = 0x20, FIRST_MASK = 0x21, SECOND = 0xa0, SECOND_MASK = 0xa1 };
#define INITIALISE 0x11			/* edge triggered, cascaded, a fourth word follows */
#define MODE_8086 0x01
#define END_OF_INTERRUPT 0x20
#define READ_IN_SERVICE 0x0b

DEFINE_GUARDED_IRQ(pic_masks, uint16_t, RANK_DEVICE)
static guarded(pic_masks) masks;

static void masks_write(uint16_t m)
{
	x86_out8(FIRST_MASK, (uint8_t)m);
	x86_out8(SECOND_MASK, m >> 8);
}

void x86_pic_start(void)
{
	hold(pic_masks, m, &masks);

	x86_out8(FIRST, INITIALISE);
	x86_out8(SECOND, INITIALISE);
	x86_out8(FIRST_MASK, VECTOR_PIC);
	x86_out8(SECOND_MASK, VECTOR_PIC + 8);
	x86_out8(FIRST_MASK, 1 << CASCADE_LINE);
	x86_out8(SECOND_MASK, CASCADE_LINE);
	x86_out8(FIRST_MASK, MODE_8086);
	x86_out8(SECOND_MASK, MODE_8086);
	*in(m) = (uint16_t)~(1 << CASCADE_LINE);
	masks_write(UINT16_MAX);
}

static result(unit) pic_unmask(unsigned line)
{
	RETURNS(unit);

	if (line >= PIC_LINES)
		return FAIL(EINVAL);
	hold(pic_masks, m, &masks);
	*in(m) &= (uint16_t)~(1 << line);
	masks_write(*in(m));
	return DONE;
}

static void pic_mask(unsigned line)
{
	if (line >= PIC_LINES)
		return;
	hold(pic_masks, m, &masks);
	*in(m) |= (uint16_t)(1 << line);
	masks_write(*in(m));
}

static void pic_ack(unsigned line)
{
	if (line >= 8)
		x86_out8(SECOND, END_OF_INTERRUPT);
	x86_out8(FIRST, END_OF_INTERRUPT);
}

/* An 8259 that lost its request says "line 7"; then its in-service bit is clear and it wants no
 * end of interrupt. */
static bool is_spurious(unsigned line)
{
	uint16_t chip = line < 8 ? FIRST : SECOND;

	if ((line & 7) != 7)
		return false;
	x86_out8(chip, READ_IN_SERVICE);
	if (x86_in8(chip) & 0x80)
		return false;
	if (chip == SECOND)
		x86_out8(FIRST, END_OF_INTERRUPT);
	return true;
}

static unsigned pic_from_isa(unsigned isa_irq) { return isa_irq; }

static int pic_line_of(unsigned vector)
{
	unsigned line = vector - VECTOR_PIC;

	return vector < VECTOR_PIC || line >= PIC_LINES || is_spurious(line) ? -1 : (int)line;
}

const struct irq_chip x86_pic_chip = {
	.name = "8259",
	.unmask = pic_unmask,
	.mask = pic_mask,
	.ack = pic_ack,
	.from_isa = pic_from_isa,
	.line_of = pic_line_of,
};
