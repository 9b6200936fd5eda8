#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# replay.sh KFENCE-TOP: a recording on the screen: it plays, is held, stepped through, and jumped in; and without a screen.
set -euo pipefail
# shellcheck source=tests/tui/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

recording=$(cd -- "$FIXTURES/../../data" && pwd)/small.kfence

# Without a screen: as fast as it goes, to the end; read by nobody in particular.
lines=$("$TOP" --source "replay:$recording" --format json)
expect "the moments of the recording" "$(wc -l <<<"$lines")" 54
expect "moments with a drift" "$(grep -vc '"drift":{"allocated":0,"allocs":0,"frees":0' <<<"$lines")" 0
expect "reports at the end" "$(tail -n 1 <<<"$lines" | grep -c '"reports_total":3')" 1
expect "the time is that of the recording" "$(tail -n 1 <<<"$lines" | grep -c '"time":"2026-11-23T05:51:39')" 1
expect "once is the end" "$("$TOP" --source "replay:$recording" --once --format json | cut -c 1-40)" "$(tail -n 1 <<<"$lines" | cut -c 1-40)"
# Every so many seconds, with rates over all of them: the last of these seconds had 36 a second.
rows=$("$TOP" --source "replay:$recording" --format csv -d 2 | wc -l)
expect "a row every two seconds" "$((rows >= 27 && rows <= 29))" 1
rate=$("$TOP" --source "replay:$recording" --format csv -d 9 | awk -F, 'NR == 5 { print int($13) }')
expect "the rate over nine seconds" "$((rate >= 45 && rate <= 52))" 1
code=0
"$TOP" --source replay:none.kfence --once 2>"$WORK/err" || code=$?
expect "a file that is not there" "$code" 2
code=0
"$TOP" --source "replay:$TOP" --once 2>"$WORK/err" || code=$?
expect "a file that is no recording" "$code" 2
code=0
"$TOP" --speed 2 --once 2>"$WORK/err" || code=$?
expect "a speed of nothing" "$code" 2

start_shell 110 34
run "$TOP --source replay:$recording -d 0.2"
wait_for ' REPLAY 05:50:[45][0-9]  .* of 54 s '
wait_for '^Pool '
keys .
wait_for PAUSED
held=$(screen | head -n 1)
sleep 0.5
expect "the held picture" "$(screen | head -n 1)" "$held"

# To the reports, and back.
keys n
wait_for ' REPLAY 05:50:5[0-9] '
wait_for 'use-after-free read in provoke_uaf_read'
keys n
wait_for 'out-of-bounds write in provoke_oob_write'
keys n n
wait_for 'no report comes after this'
keys N N
wait_for ' REPLAY 05:50:5[0-9] '
wait_gone 'provoke_oob_write'

# A second on, a second back.
here=$(screen | grep -oE 'REPLAY [0-9:]+')
keys Right
wait_gone "$here"
keys Left
wait_for "$here"

# To a time.
keys t
keys -l '+40s'
wait_for 'time: \+40s_'
keys Enter
wait_for '  (39|40) s of 54 s'
keys t
keys -l '05:51'
keys Enter
wait_for ' REPLAY 05:(50:59|51:00) '
keys t
keys -l 'soon'
keys Enter
wait_for 'time soon: must be'

# On, fast, to the end; it stays there, and goes back from there.
keys ']' ']' ']' ']' ']'
wait_for '  x32 '
keys Space
wait_for '54 s of 54 s'
wait_for 'the end of the recording'
wait_for PAUSED
keys ,
wait_for '53 s of 54 s'

# Back, and on from there.
keys t
keys -l '+10s'
keys Enter
wait_for '  (9|10)[.0-9]* s of 54 s'
keys '[' '[' '[' '[' '['
wait_gone '  x[0-9]'
keys Space
wait_for '  1[1-9] s of 54 s'
keys '?'
wait_for 'a second forward, a second back'
keys x q
wait_for 'ready>'
