# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the tests here: a shell in a tmux server of its own, and waiting for what it shows. Nothing sleeps for a
# fixed time: every wait ends with what it waits for, or fails after WAIT_S seconds.

readonly WAIT_S=${KFENCE_TUI_WAIT_S:-40}
TOP=$(realpath -- "$1")
FIXTURES=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/fixtures" && pwd)
WORK=$(mktemp -d)
SOCKET=$WORK/tmux
BUSY="$TOP --source fixture:$FIXTURES/busy.fixture -d 0.1"
readonly TOP FIXTURES WORK SOCKET BUSY

fail() {
    printf 'FAILED: %s\n--- the screen:\n' "$*" >&2
    in_tmux capture-pane -p >&2 || true
    exit 1
}

in_tmux() {
    tmux -f /dev/null -u -S "$SOCKET" "$@"
}

finish() {
    in_tmux kill-server 2>/dev/null || true
    rm -rf -- "$WORK"
}
trap finish EXIT

# start_shell WIDTH HEIGHT: a shell with the prompt "ready>".
start_shell() {
    if ! command -v tmux >/dev/null; then
        echo "tmux is not installed"
        exit 77
    fi
    LC_ALL=C.UTF-8 in_tmux new-session -d -x "$1" -y "$2" "env -u NO_COLOR PS1='ready> ' bash --norc --noprofile"
    in_tmux set-option -g status off
    in_tmux resize-window -x "$1" -y "$2"
    wait_for 'ready>'
    run 'ulimit -c 0'
}

screen() {
    in_tmux capture-pane -p
}

keys() {
    in_tmux send-keys "$@"
}

# run COMMAND: typed into the shell, followed by Enter.
run() {
    in_tmux send-keys -l "$1"
    in_tmux send-keys Enter
}

# until_true COMMAND...: within the time.
until_true() {
    local end=$((SECONDS + WAIT_S))
    until "$@"; do
        if ((SECONDS >= end)); then return 1; fi
        sleep 0.05
    done
}

shows() { screen | grep -qE -- "$1"; }
shows_not() { ! shows "$1"; }
wait_for() { until_true shows "$1" || fail "never saw '$1'"; }
wait_gone() { until_true shows_not "$1" || fail "'$1' stayed"; }

# expect WHAT ACTUAL EXPECTED
expect() {
    [[ $2 == "$3" ]] || fail "$1: got '$2', expected '$3'"
}

# The busy fixture on the screen; its exit status is shown as "status=N" at its end.
start_top() {
    start_top_with ''
}

# start_top_with ARGUMENTS: one string, for the shell.
start_top_with() {
    run "clear; $BUSY $1; echo status=\$?"
    wait_for 'Age of live objects|too small'
}

top_pid() {
    pgrep -P "$(in_tmux display-message -p '#{pane_pid}')" -x kfence-top
}

# The modes of the pane's terminal but for its size, written by its shell.
terminal_modes() {
    rm -f "$WORK/modes"
    run "stty -a >$WORK/modes.new; mv $WORK/modes.new $WORK/modes"
    until_true test -e "$WORK/modes" || fail "the shell does not answer"
    sed 's/rows [0-9]*; columns [0-9]*;//' "$WORK/modes"
}

# expect_terminal_as BEFORE: modes as they were, no alternate screen, a cursor.
expect_terminal_as() {
    expect "alternate screen" "$(in_tmux display-message -p '#{alternate_on}')" 0
    expect "cursor" "$(in_tmux display-message -p '#{cursor_flag}')" 1
    expect "modes of the terminal" "$(terminal_modes)" "$1"
}
