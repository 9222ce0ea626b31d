#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# tools/new-plugin, in a copy of the tree: what it makes is built and passes its own tests.
src=$(cd "${REEVE_TEST_SRCDIR:-.}" && pwd) || exit 1
if ! command -v autoreconf >/dev/null || ! command -v libtoolize >/dev/null; then
  echo '1..0 # SKIP this needs autoconf, automake and libtool'
  exit 0
fi
work=$(mktemp -d) || exit 1
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
# shellcheck disable=SC2329
fail() {
  sed 's/^/# /' "$work/log"
  echo "not ok $1 - $2"
  exit 1
}
echo 1..4

# the sources alone: what lies in build trees and what npm fetched stays where it is
mkdir "$work/tree" && (cd "$src" &&
  tar -c --exclude='./build*' --exclude=./.git --exclude=./autom4te.cache --exclude='*.o' \
    --exclude='*.lo' --exclude=.libs --exclude=./sanitize --exclude=node_modules \
    --exclude=./plugins/web-ui/dist --exclude=./config.status .) |
  tar -x -C "$work/tree" >"$work/log" 2>&1 || fail 1 'the tree is copied'
chmod -R u+w "$work/tree"
cd "$work/tree" || exit 1

"${PYTHON3:-python3}" tools/new-plugin two-words --role agent >"$work/log" 2>&1 ||
  fail 1 'a folder is made'
echo 'ok 1 - a folder is made'

if "${PYTHON3:-python3}" tools/new-plugin two-words >"$work/log" 2>&1 ||
  "${PYTHON3:-python3}" tools/new-plugin Bad_Id >"$work/log" 2>&1; then
  fail 2 'a folder that is there, and a bad id, are refused'
fi
echo 'ok 2 - a folder that is there, and a bad id, are refused'

# no other plugin, and no optimiser: only what is asked is built
without=$(sed -n 's/^REEVE_PLUGIN(\[\([a-z-]*\)\].*/--disable-plugin-\1/p' configure.ac |
  grep -v -- '-two-words$')
unset MAKEFLAGS MFLAGS MAKELEVEL
tests=plugins/two-words/tests
{
  ./autogen.sh && mkdir build && cd build &&
    # shellcheck disable=SC2086
    ../configure $without CFLAGS='-O0 -Werror' &&
    "${MAKE:-make}" -j2 plugins/reeve-two-words.la "$tests/test-two-words-parse" \
      "$tests/test-two-words-plugin"
} >"$work/log" 2>&1 || fail 3 'it is built, without a warning'
echo 'ok 3 - it is built, without a warning'

for test in parse plugin; do
  G_TEST_SRCDIR=$work/tree G_TEST_BUILDDIR=$work/tree/build \
    REEVE_TEST_SRCDIR=$work/tree REEVE_TEST_BUILDDIR=$work/tree/build \
    "./$tests/test-two-words-$test" >"$work/log" 2>&1 || fail 4 'its own tests pass'
done
echo 'ok 4 - its own tests pass'
