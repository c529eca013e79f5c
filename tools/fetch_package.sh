#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Unpacks a Debian package, of any architecture, below a folder, without installing it and without telling dpkg about the
# architecture: apt works on lists of its own there. A package that only stands for a kernel's newest version is followed to
# that version. What is there already stays. Usage: fetch_package.sh ARCHITECTURE PACKAGE FOLDER
set -eu
architecture=$1 package=$2 folder=$3

[ -e "$folder/root/.complete" ] && exit 0
mkdir -p "$folder/lists/partial" "$folder/archives/partial" "$folder/root"
: >"$folder/status"
folder=$(cd "$folder" && pwd)

apt() {
	tool=$1; shift
	"apt-$tool" -qq -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
		-o Dir::State::Lists="$folder/lists" -o Dir::State::Status="$folder/status" \
		-o Dir::Cache::Archives="$folder/archives" \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root "$@"
}

apt get update
kernel=$(apt cache depends "$package" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p')
cd "$folder/archives"
apt get download "${kernel:-$package}"
dpkg-deb -x "${kernel:-$package}"_*.deb "$folder/root"
rm -rf "$folder/lists" "$folder/archives"
: >"$folder/root/.complete"
