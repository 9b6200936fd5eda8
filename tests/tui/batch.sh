#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# batch.sh KFENCE-TOP: without a terminal.
set -euo pipefail
# shellcheck source=tests/tui/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

busy=("$TOP" --source "fixture:$FIXTURES/busy.fixture" -d 0.1)
broken=("$TOP" --source "fixture:$FIXTURES/broken.fixture" -d 0.1)
fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}
# status COMMAND...: its exit status; its output is in out and err.
status() {
    local code=0
    "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || code=$?
    echo "$code"
}
has_ended() { ! kill -0 "$1" 2>/dev/null; }
has_lines() { [[ -e $1 && $(wc -l <"$1") -ge $2 ]]; }

# Text is what comes out without a terminal.
expect "status" "$(status "${busy[@]}" -n 2)" 0
expect "refreshes" "$(grep -c '^Held by' "$WORK/out")" 2
expect "messages" "$(cat "$WORK/err")" ""

# JSON: one object a line, with rates from the first line on.
expect "status" "$(status "${busy[@]}" -n 3 --format json)" 0
expect "lines" "$(wc -l <"$WORK/out")" 3
expect "lines with rates" "$(grep -cE '"actual":[0-9]' "$WORK/out")" 3
expect "lines without a drift" "$(grep -cF '"drift":{"allocated":0,"allocs":0,"frees":0' "$WORK/out")" 3

# CSV: a header, once.
expect "status" "$(status "${busy[@]}" -n 2 --format csv)" 0
expect "lines" "$(grep -c $'\r$' "$WORK/out")" 3
expect "headers" "$(grep -c '^time,host,' "$WORK/out")" 1
expect "status" "$(status "${busy[@]}" -n 1 --format csv --table caches --filter '^dent')" 0
expect "rows" "$(grep -c ',dentry,' "$WORK/out")" 1
expect "lines" "$(wc -l <"$WORK/out")" 2

# Losses are said at the end, and are an exit status when asked for.
expect "status" "$(status "${broken[@]}" -n 4)" 0
expect "losses" "$(grep -c '12 events were lost (ring_full 12)' "$WORK/err")" 1
expect "status" "$(status "${broken[@]}" -n 4 --fail-on-loss)" 4
expect "status" "$(status "${broken[@]}")" 1
expect "losses" "$(head -n 1 "$WORK/err" | grep -c '12 events were lost (ring_full 12)')" 1
expect "reason" "$(tail -n +2 "$WORK/err")" "kfence-top: the kernel went away"

# Nobody reads: a quiet end, also while it waits for the next refresh.
expect "statuses" "$({ "${busy[@]}" 2>"$WORK/err" && echo "${PIPESTATUS[0]}" >"$WORK/rc"; } | head -n 1 >/dev/null; cat "$WORK/rc")" 0
expect "messages" "$(cat "$WORK/err")" ""
mkfifo "$WORK/fifo"
"$TOP" --source "fixture:$FIXTURES/busy.fixture" -d 3600 --format csv >"$WORK/fifo" &
pid=$!
head -n 1 "$WORK/fifo" >/dev/null
wait "$pid" || fail "a closed pipe was not noticed"

# A reader that has stopped does not keep a signal from ending it.
"${busy[@]}" --format json >"$WORK/fifo" &
pid=$!
exec 9<"$WORK/fifo"
read -r -N 1 -u 9 _
kill -TERM "$pid"
wait "$pid" || fail "SIGTERM with a slow reader"
exec 9<&-

for signal in INT TERM HUP; do
    rm -f "$WORK/out"
    # A shell starts what runs in the background with SIGINT ignored; env gives it back.
    env --default-signal=INT "${busy[@]}" --format json >"$WORK/out" 2>"$WORK/err" &
    pid=$!
    until_true has_lines "$WORK/out" 2 || fail "no lines"
    kill -s "$signal" "$pid"
    wait "$pid" || fail "SIG$signal ended it with $?"
    expect "messages" "$(cat "$WORK/err")" ""
    expect "last line" "$(tail -n 1 "$WORK/out" | tail -c 3)" ']}'
done

# A pool so large that a refresh takes longer than the interval.
{
    printf 'host=h kernel=6.12\nstart 1h\nstep 1s\nobjects 65535\nsettings interval=1 thresh=75 burst=0\nstack a f+0x1/0x2\n'
    for ((i = 0; i < 65000; i++)); do echo "live 1 cache=c$i size=64 stack=a youngest=1s oldest=1h"; done
} >"$WORK/large.fixture"
"$TOP" --source "fixture:$WORK/large.fixture" -d 0.1 --format json >"$WORK/out" 2>"$WORK/err" &
pid=$!
until_true has_lines "$WORK/out" 2 || fail "no line about the large pool"
kill -TERM "$pid"
until_true has_ended "$pid" || { kill -KILL "$pid"; fail "SIGTERM between late refreshes"; }
wait "$pid" || fail "SIGTERM between late refreshes ended it with $?"

# Where the output cannot go.
expect "status" "$("${busy[@]}" -n 1 2>"$WORK/err" >/dev/full || echo $?)" 1
expect "reason" "$(cat "$WORK/err")" "kfence-top: stdout cannot be written: No space left on device"
expect "status" "$( ("${busy[@]}" -n 1 2>"$WORK/err" >&-) || echo $?)" 1
expect "reason" "$(cat "$WORK/err")" "kfence-top: stdout cannot be written: Bad file descriptor"
code=0
said=$(ulimit -f 0 && "${busy[@]}" -n 1 2>&1 >"$WORK/limited") || code=$?
expect "status" "$code" 1
expect "reason" "$said" "kfence-top: stdout cannot be written: File too large"
expect "status of --help" "$("$TOP" --help 2>"$WORK/err" >/dev/full || echo $?)" 1
expect "reason" "$(cat "$WORK/err")" "kfence-top: stdout cannot be written: No space left on device"

# What a file says does not reach the terminal as it is.
{ cat -- "$FIXTURES/busy.fixture" && printf '%s\n' 'at 1s fail message=bad\x1b[31mthing\x0aline2'; } >"$WORK/hostile.fixture"
expect "status" "$(status "$TOP" --source "fixture:$WORK/hostile.fixture" -d 0.1)" 1
expect "reason" "$(cat "$WORK/err")" 'kfence-top: bad\x1b[31mthing\x0aline2'

# One sentence, and 2.
expect "status" "$(status "$TOP" --source fixture:/dev/zero --batch)" 2
expect "reason" "$(cat "$WORK/err")" "kfence-top: /dev/zero is larger than the 67108864 bytes such a file can have"
for wrong in '--interval 0' '--iterations x' '--format xml' '--backend x' '--source x' '--source replay:x' '--source sim:x' \
    '--source fixture:/nonexistent --batch' '--source fixture:/ --batch' '--source fixture:/dev/zero --batch' '--ring-pages 3' '--sort x' '--nonsense'; do
    read -ra words <<<"$wrong"
    expect "status of $wrong" "$(status "$TOP" "${words[@]}")" 2
    expect "lines about $wrong" "$(wc -l <"$WORK/err")" 1
    expect "data of $wrong" "$(cat "$WORK/out")" ""
done
