#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The units give nothing away that they need not: their exposure is 2.0 of 10 at most.
# The roles, users and directories name each other.
set -u
src=${REEVE_TEST_SRCDIR:-.}
build=${REEVE_TEST_BUILDDIR:-.}
number=0
failed=0

result() {
  number=$((number + 1))
  echo "$1 $number - $2"
  case $1 in not*) failed=1 ;; esac
}

expect() {
  what=$1
  shift
  if output=$("$@" 2>&1); then
    result ok "$what"
  else
    echo "$output" | tail -40 | sed 's/^/# /'
    result "not ok" "$what"
  fi
}

echo 1..9
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

for unit in reeved-hub.service reeved-agent.service; do
  if systemd-analyze security --help 2>&1 | grep -q -e --offline; then
    expect "$unit is confined" systemd-analyze security --no-pager --offline=yes \
      --threshold=20 "$build/data/systemd/$unit"
  else
    result ok "$unit is confined # SKIP systemd-analyze cannot judge a file"
  fi
done

if systemd-analyze verify --help 2>&1 | grep -q -e --man; then
  # the program need not be installed for this
  for unit in reeved-hub.service reeved-hub.socket reeved-agent.service; do
    sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$build/data/systemd/$unit" >"$work/$unit"
  done
  expect "the units are well-formed" sh -c '
    cd "$1" && systemd-analyze verify --man=no reeved-hub.service reeved-hub.socket \
      reeved-agent.service 2>&1 | grep -E "^(\./)?reeved|$1|/reeved" && exit 1
    exit 0' sh "$work"
else
  result ok "the units are well-formed # SKIP no systemd-analyze"
fi

expect "the socket's name is the front's" \
  grep -qx 'FileDescriptorName=front' "$build/data/systemd/reeved-hub.socket"
expect "the socket listens on loopback only" sh -c '
  ! grep "^ListenStream=" "$1" | grep -qv "^ListenStream=127\.0\.0\.1:"' sh \
  "$build/data/systemd/reeved-hub.socket"

for role in hub agent; do
  expect "the user of the $role is made" sh -c '
    grep -qx "User=reeve-$2" "$1/data/systemd/reeved-$2.service" &&
    grep -q "^u reeve-$2 " "$3/data/systemd/reeve.sysusers"' sh "$build" "$role" "$src"
  expect "the configuration of the $role has comments only" sh -c '
    grep -qx "Config=$2.conf" "$1/data/roles/$2.role" &&
    ! grep -qv "^#" "$1/data/config/$2.conf"' sh "$src" "$role"
done
exit $failed
