#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# other_build.sh FOLDER: the tests of another build folder that need neither a privilege nor a virtual machine, as one
# test. Its lines are indented, so that nobody takes its summary for the summary of the run.
set -euo pipefail

readonly BUILD=$1 SKIP=77
readonly LABELS='^(unit|golden)$'

if [[ ! -f $BUILD/CTestTestfile.cmake ]]; then
    echo "skipped: there is no build in $BUILD; scripts/build --tests $(basename -- "$BUILD" | sed 's/^build-//') makes one"
    exit "$SKIP"
fi
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
ctest --test-dir "$BUILD" --label-regex "$LABELS" --no-tests=error --output-on-failure -j "$(nproc)" 2>&1 | sed 's/^/    /'
