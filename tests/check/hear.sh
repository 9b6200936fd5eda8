#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/vm hears every line of the guest, whole, in whatever pieces and however late it comes.
set -uo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
OUT=$(mktemp -d)
trap 'rm -rf -- "$OUT"' EXIT
# shellcheck source=tests/lib/results.sh
source "$ROOT/tests/lib/results.sh"
# shellcheck source=scripts/lib/common.sh
source "$ROOT/scripts/lib/common.sh"
# shellcheck source=scripts/lib/vm_io.sh
source "$ROOT/scripts/lib/vm_io.sh"

mkfifo "$OUT/pipe"
exec {VM_CTL_OUT}<>"$OUT/pipe"

# heard: the next line, after as many calls as it takes, in brackets.
heard() {
    local line='' calls
    for ((calls = 0; calls < 50; calls++)); do
        if vm_hear 0.05; then
            heard="<$line>"
            return
        fi
    done
    heard="nothing"
}

# wants DESCRIPTION LINE
wants() {
    local heard
    heard
    same "$1" "$heard" "<$2>"
}

printf 'start\n' >&"$VM_CTL_OUT"
wants "a line" start
printf 'exit 0 1 2\nmore\n' >&"$VM_CTL_OUT"
wants "the first of two" "exit 0 1 2"
wants "and the second" more
{ for piece in e xit ' 0' ' 12' 3 $' 4\n'; do printf '%s' "$piece" && sleep 0.12; done; } >&"$VM_CTL_OUT" &
wants "a line in pieces" "exit 0 123 4"
wait
printf 'next\n' >&"$VM_CTL_OUT"
wants "and nothing of it is left for the next" next
finish
