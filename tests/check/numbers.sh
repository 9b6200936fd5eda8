#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# numbers.sh: a number that shell arithmetic turns into another one is refused, and not taken for the end of the time.
set -euo pipefail

SCRIPTS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts" && pwd)
readonly SCRIPTS TOO_LARGE=9223372036854775808
failed=0

# refuses COMMAND...: with exit status 2, and at once.
refuses() {
    local status=0
    timeout 20 "$@" >/dev/null 2>&1 </dev/null || status=$?
    ((status == 2)) || { echo "$* ended with $status, not with 2"; failed=1; }
}

refuses "$SCRIPTS/workload" --seconds "$TOO_LARGE"
refuses "$SCRIPTS/vm" run --timeout "$TOO_LARGE" -- true
refuses "$SCRIPTS/vm" run --cpus "$TOO_LARGE" -- true
refuses "$SCRIPTS/quickstart" --vm --seconds "$TOO_LARGE"
exit "$failed"
