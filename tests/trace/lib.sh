# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the tests here: TRACE and TOP are the programs, OUT a folder of the test's own. Results as in
# tests/lib/results.sh.
set -u

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
TREE=$(cd -- "$HERE/../.." && pwd)
: "${BIN:?the folder with the programs}"
export TRACE=$BIN/kfence-trace TOP=$BIN/kfence-top
BUSY=fixture:$TREE/tests/tui/fixtures/busy.fixture
OUT=$(mktemp -d "${TMPDIR:-/var/tmp}/kfence-trace.XXXXXX")
trap 'rm -rf -- "$OUT"' EXIT
# shellcheck source=tests/lib/results.sh
source "$TREE/tests/lib/results.sh"
export BUSY

skip() {
    echo "skipped: $*"
    exit 77
}

# status COMMAND...: its exit status; its output is in out and err.
status() {
    local code=0
    "$@" >"$OUT/out" 2>"$OUT/err" </dev/null || code=$?
    echo "$code"
}

says() { check "$1" grep -Eq -- "$2" "$OUT/err"; }
query() { sqlite3 -batch "$1" "$2"; }
