#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# quickstart for real, with a state directory of its own, and its page in a browser. Prints
# TAP. "./quickstart check" runs it, after everything has been built.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

if ((EUID == 0)); then
  home=/var/lib/reeve-quickstart/check
  mkdir -p -m 711 /var/lib/reeve-quickstart && mkdir -p -m 711 "$home" || exit 1
else
  home=${XDG_STATE_HOME:-$HOME/.local/state}/reeve-quickstart-check
  mkdir -p -m 700 "$home" || exit 1
fi
export XDG_STATE_HOME=$home
state=$home/reeve-quickstart
output=$(mktemp) || exit 1
pid=
trap '[[ ! $pid ]] || kill -TERM "$pid"; wait; rm -rf "$home"; rm -f "$output"' EXIT

number=0 failures=0
result() { # status name
  number=$((number + 1))
  if (($1 == 0)); then
    echo "ok $number - $2"
  else
    failures=$((failures + 1))
    sed 's/^/# /' "$output"
    echo "not ok $number - $2"
  fi
}

# The link that is printed when all is well.
start() {
  local tries
  # without job control a background process could not take an interrupt
  set -m
  ./quickstart >"$output" 2>&1 </dev/null &
  pid=$!
  set +m
  for ((tries = 3000; tries > 0; tries--)); do
    link=$(grep -o 'http://[^ ]*#open=[^ ]*' "$output") && return 0
    kill -0 "$pid" 2>/dev/null || { pid=; return 1; }
    sleep 0.1
  done
  return 1
}

stop() { # signal
  local status=0
  kill "-$1" "$pid" && wait "$pid" || status=$?
  pid=
  return "$status"
}

# Whatever still has the state directory in its arguments.
left() {
  pgrep -f -- "--state-dir $state/" >>"$output"
}

reevectl() {
  "$(sed -n 's/^ *\(.*reevectl\) --state-dir.*/\1/p' "$output" | head -n 1)" \
    --state-dir "$state/hub" --json "$@"
}

start
result $? 'quickstart ends with a link'
((failures == 0)) || { echo "1..$number"; exit 1; }

reevectl systems list | grep -q '"state" *: *"up"'
result $? 'this machine is up'

mode=$(stat -c %a "$state/hub" "$state/agent" "$state/agent/hub-token" | tr '\n' ' ')
[[ $mode == '700 700 600 ' ]]
result $? 'keys and tokens are for the daemons alone'

if ((EUID == 0)); then
  ! ps -o user= -p "$(pgrep -d, -f -- "--state-dir $state/")" | grep -q root
  result $? 'no daemon is root'
fi

! ./quickstart >/dev/null 2>&1
result $? 'a second one at the same time is refused'

if type -P chromium >/dev/null; then
  # a link of its own: TAP of the page follows as tests of this one
  before=$number
  program=$(sed -n 's/^ *\(.*\)reevectl --state-dir.*/\1/p' "$output" | head -n 1)
  [[ -x ${program}reeved ]] && reeved=${program}reeved || reeved=${program%bin/}sbin/reeved
  page=$(sed -n 's/^page-directory=//p' "$state/hub.conf")
  while read -r line; do
    case $line in
    'ok '* | 'not ok '*)
      number=$((number + 1))
      [[ $line == ok* ]] || failures=$((failures + 1))
      echo "${line%% [0-9]*} $number - page: ${line#*- }"
      ;;
    '#'*) echo "$line" ;;
    *) echo "# $line" ;;
    esac
  done < <(cd plugins/web-ui && REEVE_URL=$link REEVE_SHOTS=${REEVE_SHOTS:-} \
    REEVE_REEVED=$reeved REEVE_PAGE=$page node tests/browser/run.mjs 2>&1)
  ((number > before))
  result $? 'page: the browser ran'
else
  number=$((number + 1))
  echo "ok $number - page # SKIP there is no chromium"
fi

stop INT
result $? 'it stops at an interrupt'
! left
result $? 'no process is left'

start
result $? 'a second run goes on'
[[ $(reevectl systems list | grep -c '"id"') == 1 ]]
result $? 'this machine was not added again'

# a daemon that dies is told, and ends all
kill -KILL "$(pgrep -f -- "agent .*--state-dir $state/agent" | head -n 1)"
wait "$pid"
status=$?
pid=
((status == 1)) && grep -q 'The agent has ended' "$output" && ! left
result $? 'a daemon that dies is told, and ends all'

echo "1..$number"
((failures == 0))
