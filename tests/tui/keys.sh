#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# keys.sh KFENCE-TOP: what each key does.
set -euo pipefail
# shellcheck source=tests/tui/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

top_line() { screen | sed -n 2,3p; }
moved_on() { [[ $(top_line) != "$1" ]]; }

start_shell 110 34
start_top
wait_for '^kfence-top +web-17 +6\.12\.117 +fixture'
wait_for 'use-after-free read in sctp_assoc_free\+0x61'
wait_for 'd_alloc_parallel < __lookup_slow'

keys '?'
wait_for 'keys$'
wait_for 'hold the picture'
keys x
wait_for 'sorted by live'

keys s
wait_for 'sorted by allocs'
keys r
wait_for 'sorted by allocs, reversed'

keys /
keys -l '^KMALLOC'
wait_for 'filter: \^KMALLOC_ +1 of 4 caches'
wait_gone '^dentry '
keys Enter
wait_for 'filter: \^KMALLOC +1 of 4 caches +Esc clear'
keys Escape
wait_for '^dentry '
keys / q
wait_for 'filter: q_ +0 of 4'
wait_for 'no cache matches the filter'
keys BSpace Enter
wait_for 'sorted by allocs'

keys Space
wait_for 'PAUSED'
held=$(top_line)
for ((i = 0; i < 10; i++)); do
    expect "the held picture" "$(top_line)" "$held"
    sleep 0.05
done
keys s
wait_for 'sorted by frees'
keys Space
wait_gone PAUSED
until_true moved_on "$held" || fail "the picture does not go on"

keys +
wait_for 'every 0.2 s'
keys -
wait_for 'every 0.1 s'

in_tmux resize-window -x 80 -y 24
wait_for '^buffer_head'
keys q
wait_for 'status=0'
