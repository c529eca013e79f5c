#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# A busybox of another architecture under Debian's qemu-user-static: a translator with threads, signals and maps of its own.
far() { /bin/emulator /foreign/busybox "$@"; }

far uname -m
far echo 'a word' from afar
far sh -c 'i=0; s=0; while [ $i -lt 300 ]; do i=$((i + 1)); s=$((s + i * i)); done; echo $s'
far sh -c '(exit 5); echo $?; (echo in a subshell); echo $(echo substituted); trap "echo trapped" USR1; kill -USR1 $$'
far sh -c 'kill -TERM $$'
echo "status $?"
seq 1 3000 | far sort -rn | far head -n 3
seq 1 2000 | far awk '{ s += $1 } END { print s, s / NR }'
seq 1 5000 >numbers
far sha256sum numbers
far gzip -c numbers | gunzip -c | cmp - numbers && echo "gzip across"
gzip -c numbers | far gunzip -c | far md5sum
far tar cf all.tar numbers && tar tf all.tar
far ls -l numbers | awk '{ print $1, $5 }'
far stat -c '%s %a' numbers
far find / -maxdepth 1 -name foreign
far dd if=numbers bs=100 count=2 2>/dev/null | wc -c
far sleep 0.05 && echo slept
far date -u -d @86400 +%F
far false
echo "false is $?"
far sh -c 'echo in; (sleep 0.02; echo late) & wait; echo out'
