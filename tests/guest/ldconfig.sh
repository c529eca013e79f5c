#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# The distribution's static PIE ldconfig: scans a folder, writes links and a cache, and prints the
# cache.
mkdir -p root/lib root/etc root/var/cache/ldconfig
echo /lib >root/etc/ld.so.conf
/sbin/ldconfig -V | head -1 | sed 's/(.*)//'
echo not a library >root/lib/libbroken.so.1
: >root/lib/libempty.so.2
/sbin/ldconfig -r root 2>&1 | sed 's/^.*: *//'
/sbin/ldconfig -r root -p 2>&1
ls -l root/etc/ld.so.cache | awk '{ print $1, ($5 > 20) }'
/sbin/ldconfig -r missing 2>&1 | sed 's/^.*: *//'
/sbin/ldconfig --nosuchoption 2>&1 | head -1 | sed 's/^.*: *//'
echo "status $?"
