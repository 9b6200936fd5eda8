#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# suspend.sh KFENCE-TOP: Ctrl-Z and fg, and SIGSTOP and SIGCONT.
set -euo pipefail
# shellcheck source=tests/tui/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

start_shell 110 34
before=$(terminal_modes)
start_top
keys C-z
wait_for 'Stopped'
expect_terminal_as "$before"

run 'clear; fg'
wait_for 'Age of live objects'
wait_for 'sorted by live'
expect "alternate screen" "$(in_tmux display-message -p '#{alternate_on}')" 1
keys s
wait_for 'sorted by allocs'

# In another size when it goes on.
keys C-z
wait_for 'Stopped'
in_tmux resize-window -x 80 -y 24
run 'clear; fg'
wait_for 'AGE p99'
wait_gone 'LIFE'

# SIGSTOP cannot be seen coming; what is on the screen is drawn again when the process goes on.
kill -STOP "$(top_pid)"
wait_for 'Stopped'
run 'clear; fg'
wait_for 'sorted by allocs'
wait_for 'Age of live objects'
keys q
wait_for 'ready>'
expect_terminal_as "$before"
