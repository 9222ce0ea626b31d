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

echo 1..14
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

probes=$(cd "$build/data/systemd" 2>/dev/null && ls reeve-probe-*.service 2>/dev/null)
for unit in reeved-hub.service reeved-agent.service reeve-probe-containers.service; do
  if ! test -e "$build/data/systemd/$unit"; then
    result ok "$unit is confined # SKIP it is not built"
  elif systemd-analyze security --help 2>&1 | grep -q -e --offline; then
    expect "$unit is confined" systemd-analyze security --no-pager --offline=yes \
      --threshold=20 "$build/data/systemd/$unit"
  else
    result ok "$unit is confined # SKIP systemd-analyze cannot judge a file"
  fi
done

if systemd-analyze verify --help 2>&1 | grep -q -e --man; then
  # the program need not be installed for this
  for unit in reeved-hub.service reeved-hub.socket reeved-hub-proxy.socket reeved-agent.service $probes \
    $(echo "$probes" | sed 's/service$/socket/'); do
    sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$build/data/systemd/$unit" >"$work/$unit"
  done
  expect "the units are well-formed" sh -c '
    cd "$1" && systemd-analyze verify --man=no reeve*.service reeve*.socket 2>&1 |
      grep -E "^(\./)?reeve|$1|/reeve" && exit 1
    exit 0' sh "$work"
else
  result ok "the units are well-formed # SKIP no systemd-analyze"
fi

expect "the socket's name is the front's" \
  grep -qx 'FileDescriptorName=front' "$build/data/systemd/reeved-hub.socket"
expect "the socket listens on loopback only" sh -c '
  ! grep "^ListenStream=" "$1" | grep -qv "^ListenStream=127\.0\.0\.1:"' sh \
  "$build/data/systemd/reeved-hub.socket"
expect "a proxy's socket is its group's alone" sh -c '
  grep -qx "FileDescriptorName=proxy" "$1" && grep -qx "SocketMode=0660" "$1" &&
  grep -qx "ListenStream=/run/reeve/hub.socket" "$1" && grep -qx "SocketGroup=www-data" "$1"' sh \
  "$build/data/systemd/reeved-hub-proxy.socket"

probe=$build/data/systemd/reeve-probe-containers
if test -e "$probe.service"; then
  expect "a probe has one right and no network" sh -c '
    grep -qx "AmbientCapabilities=CAP_DAC_OVERRIDE" "$1" &&
    grep -qx "CapabilityBoundingSet=CAP_DAC_OVERRIDE" "$1" &&
    grep -qx "PrivateNetwork=yes" "$1" && grep -qx "RestrictAddressFamilies=AF_UNIX" "$1"' sh \
    "$probe.service"
  expect "its socket is the agent's alone, and it answers the agent alone" sh -c '
    grep -qx "SocketUser=reeve-agent" "$1.socket" && grep -qx "SocketMode=0600" "$1.socket" &&
    grep -q "^ExecStart=.* --user=reeve-agent " "$1.service"' sh "$probe"
  expect "its user is made" sh -c '
    grep -qx "User=reeve-probe" "$1" && grep -q "^u reeve-probe " "$2"' sh \
    "$probe.service" "$src/data/systemd/reeve.sysusers"
else
  for what in right socket user; do
    result ok "the $what of a probe # SKIP it is not built"
  done
fi

for role in hub agent; do
  expect "the user of the $role is made" sh -c '
    grep -qx "User=reeve-$2" "$1/data/systemd/reeved-$2.service" &&
    grep -q "^u reeve-$2 " "$3/data/systemd/reeve.sysusers"' sh "$build" "$role" "$src"
  expect "the configuration of the $role has comments only" sh -c '
    grep -qx "Config=$2.conf" "$1/data/roles/$2.role" &&
    ! grep -qv "^#" "$1/data/config/$2.conf"' sh "$src" "$role"
done
exit $failed
