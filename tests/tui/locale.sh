#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# locale.sh KFENCE-TOP: characters and colours that the terminal can show.
set -euo pipefail
# shellcheck source=tests/tui/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

readonly COLOR=$'\e\\[([0-9;]*;)?3[0-7]m'
colored() { in_tmux capture-pane -e -p | grep -qE "$COLOR"; }

start_shell 110 34
run 'export LC_ALL=C.UTF-8'
start_top
wait_for '█'
until_true colored || fail "no colours"
keys q
wait_for 'status=0'

run 'export LC_ALL=C'
start_top
wait_for '#####'
if screen | LC_ALL=C grep -q '[^ -~]'; then fail "more than ASCII in the C locale"; fi
keys q
wait_for 'status=0'

run 'export NO_COLOR=1'
start_top
if colored; then fail "colours in spite of NO_COLOR"; fi
keys q
wait_for 'status=0'
run 'unset NO_COLOR'
start_top_with --no-color
if colored; then fail "colours in spite of --no-color"; fi
keys q
wait_for 'status=0'

# refused TERM SENTENCE
refused() {
    run "clear; $1 $BUSY; echo status=\$?"
    wait_for "^kfence-top: $2"
    wait_for 'status=2'
}
refused 'env -u TERM' 'TERM is not set'
refused 'TERM=no-such-terminal' 'TERM is no-such-terminal, which this machine does not know'
refused 'TERM=dumb' 'TERM is dumb, which cannot place a cursor'

# They ask for --batch, and that works.
run "clear; TERM=dumb $BUSY --once; echo status=\$?"
wait_for '^Held by'
wait_for 'status=0'

# A terminal without colours.
run "clear; TERM=vt100 $BUSY; echo status=\$?"
wait_for 'Age of live objects'
keys q
wait_for 'status=0'
