#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# An aarch64 busybox under Debian's qemu-aarch64-static: a translator with threads, signals and maps
# of its own.
arm() { /bin/qemu-aarch64-static /foreign/busybox "$@"; }

arm uname -m
arm echo 'a word' from afar
arm sh -c 'i=0; s=0; while [ $i -lt 300 ]; do i=$((i + 1)); s=$((s + i * i)); done; echo $s'
arm sh -c '(exit 5); echo $?; (echo in a subshell); echo $(echo substituted); trap "echo trapped" USR1; kill -USR1 $$'
arm sh -c 'kill -TERM $$'
echo "status $?"
seq 1 3000 | arm sort -rn | arm head -n 3
seq 1 2000 | arm awk '{ s += $1 } END { print s, s / NR }'
seq 1 5000 >numbers
arm sha256sum numbers
arm gzip -c numbers | gunzip -c | cmp - numbers && echo "gzip across"
gzip -c numbers | arm gunzip -c | arm md5sum
arm tar cf all.tar numbers && tar tf all.tar
arm ls -l numbers | awk '{ print $1, $5 }'
arm stat -c '%s %a' numbers
arm find / -maxdepth 1 -name foreign
arm dd if=numbers bs=100 count=2 2>/dev/null | wc -c
arm sleep 0.05 && echo slept
arm date -u -d @86400 +%F
arm false
echo "false is $?"
arm sh -c 'echo in; (sleep 0.02; echo late) & wait; echo out'
