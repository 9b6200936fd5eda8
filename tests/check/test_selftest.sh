#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that scripts/test and .ci/run tell failures: on a small tree with stand-ins for everything that installs and
# builds, a failed test, a skipped one, a failed build and a failed quickstart each end them with the right status, and
# ctest's summary is what they end with.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
FAILURES=0

# stand_in NAME STATUS: a script of that name that ends with STATUS.
stand_in() {
    printf '#!/bin/sh\necho output of %s\nexit %s\n' "$1" "$2" >"$TREE/scripts/$1"
    chmod +x "$TREE/scripts/$1"
}

make_tree() {
    local name
    mkdir -p "$TREE/scripts/lib" "$TREE/.ci" "$TREE/build"
    cp -- "$ROOT/scripts/test" "$TREE/scripts/"
    cp -- "$ROOT/scripts/lib/common.sh" "$TREE/scripts/lib/"
    cp -- "$ROOT/.ci/run" "$TREE/.ci/"
    for name in install-deps kernel build quickstart; do stand_in "$name" 0; done
}

# tests NAME LABEL STATUS...: what ctest finds there.
tests() {
    : >"$TREE/build/CTestTestfile.cmake"
    while (($#)); do
        printf 'add_test(%s sh -c "exit %s")\nset_tests_properties(%s PROPERTIES LABELS %s SKIP_RETURN_CODE 77)\n' \
            "$1" "$3" "$1" "$2" >>"$TREE/build/CTestTestfile.cmake"
        shift 3
    done
}

# expect STATUS SUMMARY COMMAND...: COMMAND ends with STATUS, and the last summary on its stdout begins with SUMMARY.
expect() {
    local wanted=$1 summary=$2 status=0
    shift 2
    "$TREE/$1" "${@:2}" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
    if ((status == wanted)) && [[ $(grep '% tests passed' "$WORK/out" | tail -n 1) == "$summary"* ]]; then return 0; fi
    printf 'FAIL: line %s: %s ended with %s, not %s, or not with "%s":\n%s\n%s\n' "${BASH_LINENO[0]}" "$*" "$status" "$wanted" \
        "$summary" "$(cat "$WORK/out")" "$(cat "$WORK/err")"
    FAILURES=$((FAILURES + 1))
}

test_modes() {
    tests a unit 0 vm.b vm 0 vm.c vm-all 1
    expect 0 '100% tests passed, 0 tests failed out of 1' scripts/test --quick
    expect 0 '100% tests passed, 0 tests failed out of 2' scripts/test
    expect 1 '67% tests passed, 1 tests failed out of 3' scripts/test --all
    expect 2 '' scripts/test --quick --all
}

test_skips() {
    tests a unit 0 bpf.b bpf 77
    expect 0 '100% tests passed' scripts/test
    tests a unit 0 vm.b vm 77
    expect 1 '100% tests passed' scripts/test
    grep -q 'skipped: vm.b' "$WORK/err" || { echo 'FAIL: nobody says that vm.b was skipped'; FAILURES=$((FAILURES + 1)); }
    expect 0 '100% tests passed' scripts/test --allow-skip
}

test_ci() {
    tests a unit 0
    expect 0 '100% tests passed' .ci/run
    stand_in quickstart 1
    expect 1 '100% tests passed' .ci/run
    stand_in quickstart 0
    tests a unit 0 b unit 1
    expect 1 '50% tests passed' .ci/run
}

test_broken() {
    tests
    expect 1 '' scripts/test
    tests a unit 0
    stand_in build 1
    expect 1 '' scripts/test
}

main() {
    WORK=$(mktemp -d)
    trap 'rm -rf -- "$WORK"' EXIT
    TREE=$WORK/tree
    make_tree
    test_modes
    test_skips
    test_ci
    test_broken
    ((FAILURES == 0))
}

main "$@"
