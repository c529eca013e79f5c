#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# Debian's tini-static between us and a program: statuses, signals handed on, orphans reaped as a
# subreaper.
tini=/bin/tini-static
$tini --version | sed 's/ - git.*//'
$tini -s -- sh -c 'echo child of tini; exit 7'
echo "status $?"
$tini -s -- sh -c 'kill -TERM $$'
echo "signal status $?"
$tini -s -- /no/such/program 2>/dev/null
echo "missing $?"
$tini -s -- sh -c 'trap "echo handed on; exit 9" TERM; echo ready >ready; while :; do sleep 0.02; done' &
while [ ! -s ready ]; do sleep 0.02; done
kill -TERM $!
wait $!
echo "status $?"
$tini -s -- sh -c '(sleep 0.05; echo orphan done) & exit 4'
echo "status $?"
sleep 0.2
$tini -s -e 143 -- sh -c 'exit 143'
echo "mapped $?"
