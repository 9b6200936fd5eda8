#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that scripts/lint can fail: in a small tree with its own build, each of format, tidy and shell is content with
# clean files and names the file that is not; and a change in a header makes clang-tidy read its includers again.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
readonly SKIP=77
FAILURES=0

for program in clang-tidy-19 clang-format-19 shellcheck cmake ninja; do
    command -v "$program" >/dev/null || { echo "skipped: there is no $program: run scripts/install-deps --test"; exit "$SKIP"; }
done

make_tree() {
    mkdir -p "$TREE/tests/check" "$TREE/userspace/model" "$TREE/scripts/lib" "$TREE/cmake"
    cp -- "$ROOT/scripts/lint" "$TREE/scripts/"
    cp -- "$ROOT/scripts/lib/common.sh" "$TREE/scripts/lib/"
    cp -- "$ROOT/cmake/Flags.cmake" "$TREE/cmake/"
    cp -- "$ROOT/tests/check/lib.sh" "$TREE/tests/check/"
    cp -- "$ROOT/tests/.clang-tidy" "$TREE/tests/"
    cp -- "$ROOT/.clang-tidy" "$ROOT/.clang-format" "$TREE/"
    cat >"$TREE/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.25)
project(sample CXX)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
add_library(sample STATIC userspace/model/a.cpp)
target_include_directories(sample PRIVATE userspace)
EOF
    clean_sources
    cmake -S "$TREE" -B "$TREE/build" -G Ninja >/dev/null
}

clean_sources() {
    printf '%s\n' '#pragma once' 'int model(int lifetime);' >"$TREE/userspace/model/a.h"
    printf '%s\n' '#include "model/a.h"' '' 'int model(int lifetime) {' '    return lifetime + 1;' '}' >"$TREE/userspace/model/a.cpp"
    printf '%s\n' '#!/usr/bin/env bash' 'echo ready' >"$TREE/scripts/sample"
}

# lint CHECK: its exit status; what it says is in $OUT.
lint() {
    ninja -C "$TREE/build" >/dev/null
    "$TREE/scripts/lint" "$1" >"$OUT" 2>&1
}

# expect STATUS CHECK [PATTERN]: lint CHECK ends with STATUS and says PATTERN.
expect() {
    local status=0
    lint "$2" || status=$?
    if ((status != $1)) || ! grep -qE -- "${3:-}" <<<"$(cat "$OUT")"; then
        printf 'FAIL: line %s: lint %s ended with %s, not %s, or did not say "%s":\n%s\n' "${BASH_LINENO[0]}" "$2" "$status" "$1" "${3:-}" "$(cat "$OUT")"
        FAILURES=$((FAILURES + 1))
    fi
}

test_format() {
    expect 0 format
    printf 'int  model ( int lifetime ) { return lifetime ; }\n' >"$TREE/userspace/model/a.cpp"
    expect 1 format 'userspace/model/a\.cpp:1'
    clean_sources
}

test_shell() {
    expect 0 shell
    printf '%s\n' '#!/usr/bin/env bash' 'rm -rf $1/*' >"$TREE/scripts/sample"
    expect 1 shell 'scripts/sample:2:.*SC2086'
    clean_sources
}

test_tidy() {
    expect 0 tidy '1 of 1 files'
    expect 0 tidy '0 of 1 files'
    printf '%s\n' '#pragma once' 'int model(int Lifetime);' >"$TREE/userspace/model/a.h"
    expect 1 tidy 'userspace/model/a\.h:2.*identifier-naming'
    expect 1 tidy '1 of 1 files'
    clean_sources
    expect 0 tidy '0 of 1 files'
    printf '%s\n' '#include "model/a.h"' 'int model(int lifetime) { int* p = nullptr; return *p + lifetime; }' >"$TREE/userspace/model/a.cpp"
    expect 1 tidy 'NullDereference'
    clean_sources
}

main() {
    WORK=$(mktemp -d)
    trap 'rm -rf -- "$WORK"' EXIT
    TREE=$WORK/tree OUT=$WORK/out
    export KFENCE_TOOLS_CACHE=$WORK/cache
    make_tree
    test_tidy
    test_format
    test_shell
    ((FAILURES == 0))
}

main "$@"
