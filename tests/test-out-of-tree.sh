#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A plugin that is no part of the tree: built by pkg-config against an installed prefix,
# dropped into the plugin directory with no file edited, and seen running.
# shellcheck disable=SC2128
test -n "${BASH_VERSION:-}" || exec bash "$0"
set -u
src=$(cd "${REEVE_TEST_SRCDIR:-.}" && pwd) || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL

# Plugins are taken only from where nobody else can write; for a plain user that is a build
# tree (he cannot install one so), for root a prefix that is all root's.
if ((EUID == 0)); then
  work=$(mktemp -d -p /var/lib reeve-test-XXXXXX) || exit 1
else
  work=$(mktemp -d -p "$(cd "${REEVE_TEST_BUILDDIR:-.}" && pwd)" out-of-tree-XXXXXX) || exit 1
fi
daemon=
trap '[[ ! $daemon ]] || kill -KILL "$daemon"; rm -rf "$work"' EXIT
prefix=$work/prefix
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig

number=0
ok() {
  number=$((number + 1))
  echo "ok $number - $1"
}
fail() {
  sed 's/^/# /' "$work/log"
  echo "not ok $((number + 1)) - $1"
  exit 1
}
echo 1..7

# an agent: the least that a role needs
without=()
while read -r id; do
  case $id in
  host-metrics | reporter | ws-transport) ;;
  *) without+=("--disable-plugin-$id") ;;
  esac
done < <(sed -n 's/^REEVE_PLUGIN(\[\([a-z-]*\)\].*/\1/p' "$src/configure.ac")
umask 022
mkdir "$work/build" && cd "$work/build" &&
  "$src/configure" "${without[@]}" --prefix="$prefix" --libdir="$prefix/lib" CFLAGS=-O0 \
    >"$work/log" 2>&1 &&
  "${MAKE:-make}" -j2 install >>"$work/log" 2>&1 || fail 'a prefix is installed'
ok 'a prefix is installed'

cp -r "$src/tests/out-of-tree" "$work/greeter" && chmod -R u+w "$work/greeter" &&
  "${MAKE:-make}" -C "$work/greeter" WERROR=-Werror >"$work/log" 2>&1 ||
  fail 'the plugin is built with what pkg-config says'
ok 'the plugin is built with what pkg-config says'

"${MAKE:-make}" -C "$work/greeter" install DESTDIR="$work/dest" >"$work/log" 2>&1 &&
  test -f "$work/dest$prefix/share/reeve-1/ui/greeter/ui.js" ||
  fail 'what it adds to the page is installed where a hub looks'
ok 'what it adds to the page is installed where a hub looks'

if ((EUID == 0)); then
  bin=$prefix/sbin/reeved ctl=$prefix/bin/reevectl
  plugins=$(pkg-config --variable=plugindir reeve-1)
else
  bin=$work/build/reeved ctl=$work/build/reevectl
  plugins=$work/build/plugins/.libs
fi

"$bin" agent --list-plugins >"$work/log" 2>&1 && grep -q '^host-metrics ' "$work/log" &&
  ! grep -q greeter "$work/log" || fail 'the host does not know it before'
ok 'the host does not know it before'

cp "$work/greeter/reeve-greeter.so" "$plugins/" &&
  "$bin" agent --list-plugins >"$work/log" 2>&1 || fail 'the host lists it'
if ((EUID != 0)) && grep -q 'greeter .*\(others can write\|belongs to uid\)' "$work/log"; then
  for what in 'the host lists it' 'it runs' 'it stops'; do
    ok "$what # SKIP others can write a directory above the build tree"
  done
  exit 0
fi
grep -q '^greeter .*Says hello' "$work/log" || fail 'the host lists it'
ok 'the host lists it'

"$bin" agent --state-dir "$work/state" >"$work/log" 2>&1 </dev/null &
daemon=$!
for ((tries = 200; tries > 0; tries--)); do
  "$ctl" --role agent --state-dir "$work/state" --json plugins >"$work/plugins" 2>&1 &&
    grep -q 'hello from the agent' "$work/log" && break
  kill -0 "$daemon" 2>/dev/null || { daemon=; fail 'it runs'; }
  sleep 0.1
done
"${PYTHON3:-python3}" - "$work/plugins" <<'END' >>"$work/log" 2>&1 || fail 'it runs'
import json, sys
with open(sys.argv[1], encoding='utf-8') as file:
    plugins = {row['name']: row for row in json.load(file)}
if plugins['greeter']['state'] != 'running':
    sys.exit(plugins['greeter'])
END
ok 'it runs'

kill -TERM "$daemon"
wait "$daemon"
status=$?
daemon=
((status == 0)) && ! grep -q 'left behind' "$work/log" || fail 'it stops'
ok 'it stops'
