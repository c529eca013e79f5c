#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Installs the packages of tools/deps.txt that are missing, after saying which; silent when all are there. With the word
# `run` only those that building and running need.
set -eu
list=$(dirname "$0")/deps.txt

packages=$(grep -v '^#' "$list" | awk -F '\t' -v only="${1:-}" 'only == "" || $2 == only { print $1 }')
# One query for all; a package that dpkg never heard of is simply absent from the answer.
installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' $packages 2>/dev/null | sed -n 's/^ii *//p' || true)
missing=$(printf '%s\n' "$packages" | grep -Fxv -e "$installed" || true)
[ -n "$missing" ] || exit 0

echo "These Debian packages are missing and will be installed:"
for package in $missing; do
	grep "^$package	" "$list" | cut -f 1,3 | sed 's/^/  /'
done

as_root=
if [ "$(id -u)" != 0 ]; then
	as_root=sudo
	command -v sudo >/dev/null || { echo "deps: neither root nor sudo; install them by hand" >&2; exit 1; }
fi
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q"
install="install -y --no-install-recommends $missing"
# The package lists of a machine may be absent or old: they are fetched when they do not know a package, and when what
# they name is gone.
$apt -s $install >/dev/null 2>&1 </dev/null || $apt update </dev/null
$apt $install </dev/null && exit 0
$apt update </dev/null
$apt $install </dev/null
