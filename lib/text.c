/* SPDX-License-Identifier: GPL-2.0-only */
/* Formatted text: a small printf(3) over struct text_out. */
#include <murre/base/address.h>
#include <murre/string.h>
#include <murre/text.h>

struct spec {
	bool left, plus, space, alternate, zero;
	int width;
	int precision;			/* -1: none given */
	unsigned size;			/* bytes of the integer argument */
};

static const char *spec_parse(const char *p, struct spec *s, va_list *args);
static void print_integer(struct text_out *out, const struct spec *s, char conversion, uint64_t value, bool negative);
static void print_string(struct text_out *out, const struct spec *s, const char *text, size_t n);

void text_put(struct text_out *out, const char *bytes, size_t n)
{
	size_t room = out->cap - out->len;

	if (unlikely(n > room)) {
		out->overflowed = true;
		n = room;
	}
	memcpy(out->buf + out->len, bytes, n);
	out->len += n;
}

void text_print(struct text_out *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text_vprint(out, fmt, args);
	va_end(args);
}

size_t text_format(char *buf, size_t cap, const char *fmt, ...)
{
	struct text_out out = text_out_to(buf, cap - 1);
	va_list args;

	va_start(args, fmt);
	text_vprint(&out, fmt, args);
	va_end(args);
	buf[out.len] = 0;
	return out.len;
}

static uint64_t integer_signed(const struct spec *s, va_list *args, bool *negative)
{
	int64_t v = s->size == 8 ? va_arg(*args, int64_t) : va_arg(*args, int);

	if (s->size == 1)
		v = (signed char)v;
	if (s->size == 2)
		v = (short)v;
	*negative = v < 0;
	return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

static uint64_t integer_unsigned(const struct spec *s, va_list *args)
{
	uint64_t v = s->size == 8 ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);

	return s->size == 1 ? (uint8_t)v : s->size == 2 ? (uint16_t)v : v;
}

static void print_one(struct text_out *out, struct spec *s, char conversion, va_list *args)
{
	bool negative = false;
	const char *text;
	uint64_t value;
	char c;

	switch (conversion) {
	case 'd':
	case 'i':
		value = integer_signed(s, args, &negative);
		print_integer(out, s, 'd', value, negative);
		break;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		print_integer(out, s, conversion, integer_unsigned(s, args), false);
		break;
	case 'p':
		s->alternate = true;
		print_integer(out, s, 'x', pointer_value(va_arg(*args, void *)), false);
		break;
	case 'c':
		c = (char)va_arg(*args, int);
		print_string(out, s, &c, 1);
		break;
	case 's':
		text = va_arg(*args, const char *);
		text = text ? text : "(null)";
		print_string(out, s, text, s->precision >= 0 ? strnlen(text, s->precision) : strlen(text));
		break;
	case '%':
		text_char(out, '%');
		break;
	}
}

void text_vprint(struct text_out *out, const char *fmt, va_list given)
{
	va_list args;

	va_copy(args, given);
	while (*fmt) {
		size_t plain = 0;
		struct spec s = { .precision = -1, .size = sizeof(int) };

		while (fmt[plain] && fmt[plain] != '%')
			plain++;
		text_put(out, fmt, plain);
		fmt += plain;
		if (!*fmt)
			break;
		fmt = spec_parse(fmt + 1, &s, &args);
		if (!*fmt)
			break;
		print_one(out, &s, *fmt++, &args);
	}
	va_end(args);
}

static const char *number_parse(const char *p, int *value, va_list *args)
{
	const char *end;

	if (*p == '*') {
		*value = va_arg(*args, int);
		return p + 1;
	}
	*value = (int)string_to_u64(p, &end, 10);
	return end;
}

static const char *size_parse(const char *p, unsigned *size)
{
	for (;; p++) {
		if (*p == 'h')
			*size = *size == 2 ? 1 : 2;
		else if (*p == 'l' || *p == 'z' || *p == 't' || *p == 'j')
			*size = 8;
		else
			return p;
	}
}

static const char *spec_parse(const char *p, struct spec *s, va_list *args)
{
	for (;; p++) {
		if (*p == '-')
			s->left = true;
		else if (*p == '+')
			s->plus = true;
		else if (*p == ' ')
			s->space = true;
		else if (*p == '#')
			s->alternate = true;
		else if (*p == '0')
			s->zero = true;
		else
			break;
	}
	p = number_parse(p, &s->width, args);
	if (s->width < 0) {
		s->left = true;
		s->width = -s->width;
	}
	if (*p == '.')
		p = number_parse(p + 1, &s->precision, args);
	return size_parse(p, &s->size);
}

static void pad(struct text_out *out, char c, int n)
{
	while (n-- > 0)
		text_char(out, c);
}

static void print_string(struct text_out *out, const struct spec *s, const char *text, size_t n)
{
	int space = s->width - (int)n;

	if (!s->left)
		pad(out, ' ', space);
	text_put(out, text, n);
	if (s->left)
		pad(out, ' ', space);
}

static unsigned digits_make(char *end, uint64_t value, char conversion)
{
	unsigned base = conversion == 'o' ? 8 : (conversion | 0x20) == 'x' ? 16 : 10;
	const char *digits = conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned n = 0;

	for (; value; value /= base, n++)
		*--end = digits[value % base];
	return n;
}

static void print_integer(struct text_out *out, const struct spec *s, char conversion, uint64_t value, bool negative)
{
	char digits[24] not_zeroed;		/* filled from its end; digits_make says how far */
	char *end = digits + sizeof(digits);
	int count = digits_make(end, value, conversion);
	const char *prefix = negative ? "-" : s->plus && conversion == 'd' ? "+" : s->space && conversion == 'd' ? " " : "";
	int least = s->precision >= 0 ? s->precision : 1, zeros, space;

	if (s->alternate && value && (conversion | 0x20) == 'x')
		prefix = conversion == 'X' ? "0X" : "0x";
	if (s->alternate && conversion == 'o' && least <= count)
		least = count + 1;
	zeros = max(least - count, 0);
	space = s->width - count - zeros - (int)strlen(prefix);
	if (s->zero && !s->left && s->precision < 0 && space > 0) {
		zeros += space;
		space = 0;
	}
	if (!s->left)
		pad(out, ' ', space);
	text_put(out, prefix, strlen(prefix));
	pad(out, '0', zeros);
	text_put(out, end - count, count);
	if (s->left)
		pad(out, ' ', space);
}
