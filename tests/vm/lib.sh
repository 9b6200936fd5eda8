# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the checks on guests. A check is two files: guest/NAME.sh runs inside the guest and only records what it
# saw, into $OUT; NAME.sh starts it and judges the record out here, where jq is not emulated.
# Results as in tests/lib/results.sh.
#
# The environment: KERNEL, TOOLS (the folder with the programs), CPUS if it is not to be scripts/vm's number, and where it
# is needed MODULE.
set -u

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
TREE=$(cd -- "$HERE/../.." && pwd)
: "${KERNEL:=stock-6.12}"
: "${TOOLS:=$TREE/build/bin}"
OUT=$(mktemp -d "${TMPDIR:-/var/tmp}/kfence-check.XXXXXX")
trap 'rm -rf -- "$OUT"' EXIT
# shellcheck source=tests/lib/results.sh
source "$TREE/tests/lib/results.sh"

skip() {
    echo "skipped: $*"
    exit 77
}

# guest_once SECONDS "BOOT ARGUMENTS" SCRIPT [NAME=VALUE...]
guest_once() {
    local seconds=$1 append=$2 script=$3
    shift 3
    scripts/vm run --kernel "$KERNEL" ${CPUS:+--cpus "$CPUS"} --timeout "$seconds" ${append:+--append "$append"} --out "$OUT" -- \
        env --default-signal=INT,QUIT "TOOLS=$TOOLS" "OUT=$OUT" ${MODULE:+"MODULE=$MODULE"} "$@" "tests/vm/guest/$script" >"$OUT/log" 2>&1
}

# emulator_failed: the guest died of what QEMU without KVM does to a kernel that changes its code (docs/testing.md), and
# of nothing else.
emulator_failed() { grep -q 'vm: the guest ran a breakpoint that its kernel had removed' "$OUT/log"; }

# guest SECONDS "BOOT ARGUMENTS" SCRIPT [NAME=VALUE...]: runs guest/SCRIPT in a guest. What it writes into $OUT is
# here afterwards; a guest that fails ends the check. Where the emulator failed, a second guest is started, and no third:
# with one processor, where nobody changes code while another one translates it.
guest() {
    local status=0
    [[ $EUID -eq 0 ]] || skip "a guest needs root: its root file system is shared by virtiofsd"
    command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not there: run scripts/install-deps --run"
    [[ -x /usr/lib/qemu/virtiofsd ]] || skip "virtiofsd is not there: run scripts/install-deps --run"
    cd -- "$TREE" || exit
    guest_once "$@" || status=$?
    if ((status != 0)) && emulator_failed; then
        echo "note: the emulator failed, not the guest: once more from the start, with one processor"
        tail -n 1 "$OUT/log" | sed 's/^/    guest: /'
        find "$OUT" -mindepth 1 -delete
        status=0
        CPUS=1 guest_once "$@" || status=$?
    fi
    if ((status != 0)); then
        sed 's/^/    guest: /' "$OUT/log" | tail -n 60
        not_ok "the guest ran $3"
        finish
    fi
}

# recorded NAME: the figure or text that the guest recorded under that name; "none" when it did not.
recorded() { cat -- "$OUT/$1.value" 2>/dev/null || echo none; }

# every DESCRIPTION FILE FILTER: the jq filter holds for the list of all lines of FILE, and there are lines.
every() { check "$1" jq -es "length > 0 and ($3)" "$OUT/$2"; }

# last DESCRIPTION FILE FILTER: the jq filter holds for the last line of FILE.
last() { check "$1" jq -es "length > 0 and (.[-1] | $3)" "$OUT/$2"; }

# For the filters of every and last.
export NO_DRIFT='(.drift | [.allocated, .allocs, .frees] | all(. == 0))'
