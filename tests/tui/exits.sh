#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# exits.sh KFENCE-TOP: the terminal is as it was after every way out.
set -euo pipefail
# shellcheck source=tests/tui/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

start_shell 110 34
before=$(terminal_modes)

# ended STATUS: a pattern for the exit status.
ended() {
    wait_for "status=$1\$"
    expect_terminal_as "$before"
}

start_top
keys q
ended 0

start_top
keys C-c
ended 0

for signal in INT TERM HUP; do
    start_top
    kill -s "$signal" "$(top_pid)"
    ended 0
done

# Nobody handles these; the terminal is given back all the same. A sanitizer has an exit status of its own.
for signal in QUIT ABRT SEGV BUS USR1 ALRM; do
    start_top
    kill -s "$signal" "$(top_pid)"
    ended '[1-9][0-9]*'
done

run "clear; $TOP --source fixture:$FIXTURES/broken.fixture -d 0.1; echo status=\$?"
wait_for '^kfence-top: 12 events were lost \(ring_full 12\)'
wait_for '^kfence-top: the kernel went away'
ended 1

run "clear; $TOP --source fixture:$FIXTURES/broken.fixture -d 0.1 -n 5 --fail-on-loss; echo status=\$?"
wait_for '^kfence-top: 12 events were lost \(ring_full 12\)'
ended 4

# What was lost after the last refresh is told, too: the events are lost between the first and the second.
sed 's/^at 2s loss/at 3s loss/' "$FIXTURES/broken.fixture" >"$WORK/late.fixture"
run "clear; $TOP --source fixture:$WORK/late.fixture -d 60 --fail-on-loss; echo status=\$?"
wait_for 'actual [0-9]'
expect "losses at the first refresh" "$(screen | grep -c LOSS)" 0
keys q
wait_for '^kfence-top: 12 events were lost'
ended 4

# Two screens after another, and one that ends by itself.
start_top_with '-n 3'
ended 0
