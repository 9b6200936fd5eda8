#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# resize.sh KFENCE-TOP: the screen follows the size of the terminal, down to 20x5 and up again.
set -euo pipefail
# shellcheck source=tests/tui/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

start_shell 110 34
start_top
wait_for 'LIFE p99 +SKIP'

in_tmux resize-window -x 80 -y 24
wait_gone 'LIFE'
wait_for 'AGE p99'
in_tmux resize-window -x 200 -y 60
wait_for 'LIFE p99 +SKIP'
wait_for 'quarantine [0-9]'
in_tmux resize-window -x 20 -y 5
wait_for '^Pool [0-9]+/255'
wait_for '^needs 80x24'
wait_for '^loss 0'
expect "rows" "$(screen | wc -l)" 5
in_tmux resize-window -x 1 -y 1
in_tmux resize-window -x 110 -y 34
wait_for 'LIFE p99 +SKIP'
wait_for 'Age of live objects'
in_tmux resize-window -x 20 -y 5
wait_for '^too small:'
keys q
wait_for 'status=0'

# Started that small.
run 'clear'
start_top
wait_for '^needs 80x24'
keys q
wait_for 'status=0'
