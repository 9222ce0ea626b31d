#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes ./configure from configure.ac. Run once in a fresh clone.
set -e
cd "$(dirname "$0")"
mkdir -p build-aux m4
exec autoreconf --force --install
