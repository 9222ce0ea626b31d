#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The archive that "make dist" makes has every file of the repository.
src=${REEVE_TEST_SRCDIR:-.}
if ! git -C "$src" rev-parse --show-cdup >/dev/null 2>&1 ||
  test -n "$(git -C "$src" rev-parse --show-cdup)"; then
  echo '1..0 # SKIP this is no clone'
  exit 0
fi
echo 1..1
cd "${REEVE_TEST_BUILDDIR:-.}" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# what is distributed besides files that a fragment's own part copies
MAKEFLAGS='' "${MAKE:-make}" -s distdir distdir="$work/dist" dist_parts= >"$work/log" 2>&1 || {
  sed 's/^/# /' "$work/log"
  echo 'not ok 1 - the archive is whole'
  exit 1
}
git -C "$src" ls-files | grep -vE '^(\.ci/|\.github/|(.*/)?\.git(ignore|attributes|keep)$)' |
  while read -r file; do
    test -e "$work/dist/$file" || test ! -e "$src/$file" ||
      echo "# $file is not in the archive: add it to EXTRA_DIST in the fragment of its folder"
  done >"$work/missing"
cat "$work/missing"
if test -s "$work/missing"; then
  echo 'not ok 1 - the archive is whole'
  exit 1
fi
echo 'ok 1 - the archive is whole'
