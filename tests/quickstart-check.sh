# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# "./quickstart check", read by quickstart: every test there is. The last line is
# "N passed, N failed".

check_passed=0 check_failed=0 check_skipped=0

# The harness ends with its tally; a run that does not get so far has failed once.
check_count_tally() { # text status log
  local line passed=0 failed=0 skipped=0
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$3" | tail -n 1)
  if [[ $line ]]; then
    read -r passed _ failed _ skipped _ <<<"$line"
  fi
  (($2 == 0 || failed > 0)) || failed=1
  check_add "$1" "$passed" "$failed" "$skipped" "$3"
}

check_count_tap() { # text status log
  local passed failed skipped
  skipped=$(grep -cE '^ok .*# (SKIP|skip)|^1\.\.0 # SKIP' "$3")
  passed=$(($(grep -c '^ok ' "$3") - $(grep -cE '^ok .*# (SKIP|skip)' "$3")))
  failed=$(grep -c '^not ok ' "$3")
  (($2 == 0 || failed > 0)) || failed=1
  check_add "$1" "$passed" "$failed" "$skipped" "$3"
}

# A target of make that passes or does not, besides the tests that it runs.
check_count_once() { # text status log
  if (($2 == 0)); then
    check_add "$1" 1 0 0 "$3"
  else
    check_add "$1" 0 1 0 "$3"
  fi
}

check_add() { # text passed failed skipped log
  check_passed=$((check_passed + $2))
  check_failed=$((check_failed + $3))
  check_skipped=$((check_skipped + $4))
  printf '%4d s   %d passed, %d failed, %d skipped\n' $((SECONDS - step_began)) "$2" "$3" "$4"
  if (($3 > 0)); then
    grep -E '^(FAIL|ERROR|not ok)|[Ee]rror:' "$5" | head -n 40 | sed 's/^/  | /'
    # what is neither a test nor a compiler's word is at the end
    grep -qE '^(FAIL|ERROR|not ok)' "$5" || tail -n 15 "$5" | sed 's/^/  | /'
    printf '  the whole log is %s\n' "$5"
  fi
}

# check_run TEXT COUNT COMMAND...: like step, but goes on after a failure.
check_run() {
  local text=$1 count=$2 status=0 log=$build/check-${1//[^a-z]/-}.log
  shift 2
  printf '%-48s' "$text"
  step_began=$SECONDS
  set -m
  "$@" >"$log" 2>&1 </dev/null 8>&- 9>&- &
  step_pid=$!
  set +m
  wait "$step_pid" || status=$?
  step_pid=
  "$count" "$text" "$status" "$log"
}

run_check() {
  mkdir -p "$build"
  exec 9>"$build/lock-check" && flock -n 9 || die "another check runs in $build"
  prepare build check
  check_run 'make check' check_count_tally make -C "$build" -j"$jobs" -k check
  check_run 'make check-sanitize' check_count_tally make -C "$build" -j"$jobs" -k check-sanitize
  # inside of it the units and what the archive alone can show; the rest has just been run
  check_run 'make distcheck' check_count_once make -C "$build" -j"$jobs" distcheck \
    'TESTS=$(test_programs) tests/test-units.sh tests/test-manual.py'
  check_run 'quickstart and its page in a browser' check_count_tap tests/quickstart-trial.sh
  printf '%d tests were skipped.\n' "$check_skipped"
  printf '%d passed, %d failed\n' "$check_passed" "$check_failed"
  ((check_failed == 0)) || exit 1
}
