#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Makes an image that boots by BIOS and by UEFI, from CD or from a USB stick.
# Usage: iso.sh KERNEL INITRAMFS IMAGE
set -eu
kernel=$1 initramfs=$2 image=$3

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/boot/grub"
# No symbols: GRUB would load them to address 0, which EFI firmware takes for no buffer at all.
strip --strip-all -o "$tree/boot/murre" "$kernel"
cp "$initramfs" "$tree/boot/initramfs"
cp "$(dirname "$0")/grub.cfg" "$tree/boot/grub/grub.cfg"

# One volume date, so that equal inputs give equal images.
export SOURCE_DATE_EPOCH=0
if ! grub-mkrescue -o "$image" "$tree" >"$tree.log" 2>&1; then
	cat "$tree.log" >&2
	rm -f "$tree.log"
	exit 1
fi
rm -f "$tree.log"
