# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For checks in shell: one line per result, "ok" or "not ok", and exit status 1 when one of them was not.
# Needs OUT, a folder of the check's own.

FAILURES=0
PASSES=0

ok() {
    PASSES=$((PASSES + 1))
    echo "ok - $*"
}

not_ok() {
    FAILURES=$((FAILURES + 1))
    echo "not ok - $*"
}

# check DESCRIPTION COMMAND...: ok when COMMAND succeeds; what it prints is shown when it does not.
check() {
    local what=$1
    shift
    if "$@" >"$OUT/check.log" 2>&1; then
        ok "$what"
    else
        not_ok "$what"
        tail -n 40 "$OUT/check.log" | awk '{ print "    " $0 }'
    fi
}

# same DESCRIPTION GOT WANTED
same() {
    if [[ $2 == "$3" ]]; then
        ok "$1"
    else
        not_ok "$1: got '$2', wanted '$3'"
    fi
}

# finish: the last line, and the exit status. A check without a single result has failed.
finish() {
    echo "$PASSES passed, $FAILURES failed"
    ((FAILURES == 0 && PASSES > 0)) || exit 1
    exit 0
}
