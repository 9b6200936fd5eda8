#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# stalled.sh KFENCE-TOP: a terminal that takes nothing after Ctrl-S.
set -euo pipefail
# shellcheck source=tests/tui/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

top_line() { screen | sed -n 2,3p; }
moved_on() { [[ $(top_line) != "$1" ]]; }

# stall: Ctrl-S, and time for more frames than the terminal's buffer holds.
stall() {
    local held
    keys C-s
    sleep 1
    held=$(top_line)
    sleep 2
    expect "the picture of a stalled terminal" "$(top_line)" "$held"
}

start_shell 110 34
before=$(terminal_modes)

start_top
stall
held=$(top_line)
keys C-q
until_true moved_on "$held" || fail "the picture does not go on"
wait_for 'sorted by live'
keys q
wait_for 'status=0$'
expect_terminal_as "$before"

for signal in INT TERM HUP; do
    start_top
    stall
    kill -s "$signal" "$(top_pid)"
    wait_for 'status=0$'
    expect_terminal_as "$before"
done

start_top
stall
keys q
wait_for 'status=0$'
expect_terminal_as "$before"

# Behind a connection that hangs nobody takes what is written, until a frame hangs in the middle of its write: a change
# of the size has all of it drawn again. Such a write is ended by the signal itself.
has_ended() { ! kill -0 "$1" 2>/dev/null; }
server=$(in_tmux display-message -p '#{pid}')
for signal in INT TERM HUP; do
    start_top
    pid=$(top_pid)
    kill -STOP "$server"
    for ((i = 0; i < 12; i++)); do
        kill -WINCH "$pid"
        sleep 0.2
    done
    kill -s "$signal" "$pid"
    ended=yes
    until_true has_ended "$pid" || ended=no
    kill -CONT "$server"
    expect "SIG$signal while the terminal hangs has ended it" "$ended" yes
    wait_for 'ready>' # bash goes no further in a line whose command died of SIGINT
    expect_terminal_as "$before"
done
