#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The page's types and unit tests.
cd "${REEVE_TEST_SRCDIR:-.}/plugins/web-ui" || exit 1
if ! test -d node_modules || ! command -v node >/dev/null; then
  echo '1..0 # SKIP the page needs node and "npm ci --ignore-scripts"'
  exit 0
fi
if ! said=$(node tools/installed.mjs 2>&1); then
  echo "$said" | sed 's/^/# /'
  echo 'Bail out! node_modules is not that of package-lock.json'
  exit 1
fi
if ! types=$(node node_modules/typescript/bin/tsc --noEmit 2>&1); then
  echo "$types" | sed 's/^/# /'
  echo 'Bail out! the types do not fit'
  exit 1
fi
exec node --test --test-reporter=tap tests/*.test.mjs
