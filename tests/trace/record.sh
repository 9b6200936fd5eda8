#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kfence-trace record from outside: how it ends, what it refuses, what it leaves behind. On a fixture: no kernel and no
# privilege needed.
# shellcheck source=tests/trace/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
command -v sqlite3 >/dev/null || skip "sqlite3 is not there: run scripts/install-deps --test"

mkdir -- "$OUT/work" && cd -- "$OUT/work" || exit
record=("$TRACE" record --source "$BUSY")

# For a time, into a file.
same "a second: status" "$(status "${record[@]}" --duration 1.2 -o a)" 0
says "a second: one summary" '^kfence-trace: recorded 1\.[0-9] s to a: [0-9]+ events'
same "a second: nothing else" "$(wc -l <"$OUT/err")" 1
same "a second: nothing on stdout" "$(cat "$OUT/out")" ""
same "a second: one file" "$(ls)" a
same "a second: readable by its owner only" "$(stat -c %a a)" 600
same "a second: verify" "$(status "$TRACE" verify a)" 0
check "a second: it has events" test "$(query a 'SELECT count(*) FROM events')" -gt 20
check "a second: it has the end" test "$(query a 'SELECT ended > started FROM machines')" = 1
check "a second: another program may read it" test "$(query a 'PRAGMA integrity_check')" = ok

# A file that exists.
cp a same
same "a file that exists: status" "$(status "${record[@]}" --duration 1 -o a)" 2
says "a file that exists: it says so" 'a exists: choose another name'
check "a file that exists: it stays as it was" cmp a same
: >empty
same "an empty file is taken" "$(status "${record[@]}" --duration 1.2 -o empty)" 0
same "a folder: status" "$(status "${record[@]}" --duration 1 -o .)" 2
same "a folder that is not there: status" "$(status "${record[@]}" --duration 1 -o none/a)" 2
says "a folder that is not there: it is named" 'none/a'

# Two at once, a reader meanwhile, and the end by each signal.
for signal in INT TERM HUP; do
    rm -f -- b b-wal b-shm
    env --default-signal "${record[@]}" -o b 2>first.err &
    first=$!
    until [[ -s b && -n $(query b 'SELECT 1 FROM stats' 2>/dev/null) ]]; do sleep 0.1; done
    same "$signal: a second recording: status" "$(status "${record[@]}" --duration 1 -o b)" 2
    says "$signal: a second recording: it says why" 'b is being recorded by another process'
    same "$signal: verify meanwhile" "$(status "$TRACE" verify b)" 0
    check "$signal: verify says that it goes on" grep -q 'being recorded' "$OUT/out"
    kill "-$signal" "$first"
    wait "$first"
    same "$signal: status" "$?" 0
    check "$signal: it says what it did" grep -q 'recorded' first.err
    same "$signal: one file is left" "$(ls b*)" b
done

# kill -9: all but the last moment is there.
for round in $(seq 20); do
    (
        "${record[@]}" -o "k$round" 2>/dev/null &
        sleep "0.$((RANDOM % 10))"
        sleep $((RANDOM % 3))
        kill -KILL $! && wait $!
    ) 2>/dev/null &
done
wait
whole=0
for round in $(seq 20); do
    # One that was killed before the file had its tables is none.
    if [[ ! -s k$round ]] || "$TRACE" verify "k$round" >"$OUT/out" 2>"$OUT/err" || grep -q 'no recording' "$OUT/err"; then
        whole=$((whole + 1))
    else
        cat "$OUT/out" "$OUT/err"
    fi
done
same "killed: all are whole" "$whole" 20
check "killed: and have events" test "$(for f in k?  k??; do query "$f" 'SELECT count(*) FROM events' 2>/dev/null; done | awk '{ n += $1 } END { print n }')" -gt 200
longest=$(for f in k?  k??; do echo "$(query "$f" 'SELECT count(*) FROM events' 2>/dev/null || echo 0) $f"; done | sort -n | tail -n 1 | cut -d ' ' -f 2)
same "killed: verify says that it was cut off" "$("$TRACE" verify "$longest" | grep -c 'cut off')" 1

# A killed recording whose file was moved away keeps its log, until it is moved, too.
("${record[@]}" -o moved 2>/dev/null & # sqlite3 would join the log to its file
    until (($(stat -c %s moved-wal 2>/dev/null || echo 0) > 50000)); do sleep 0.1; done
    kill -KILL $! && wait $!) 2>/dev/null
cp moved alone
"$TRACE" verify moved | grep '^rows' >rows.before
mv moved elsewhere
same "a log without its file: status" "$(status "${record[@]}" --duration 1 -o moved)" 2
says "a log without its file: it says whose it is" 'moved-wal is left of a recording that was cut off'
check "a log without its file: no file was made" test ! -e moved
mv elsewhere moved
same "a log without its file: all is there" "$("$TRACE" verify moved | grep '^rows')" "$(cat rows.before)"

# Before the log was ever joined, the file alone is a recording.
same "a file without its log: verify" "$(status "$TRACE" verify alone)" 0

# Copies of an earlier recording stay, and a name that is taken ends nothing.
bugs=("$TRACE" record --source "$BUSY" --ring 1 --on-report)
echo precious >r.report-1 && mkdir r.report-2
same "copies: status" "$(status "${bugs[@]}" --duration 4 -o r)" 0
same "copies: what was there stays" "$(cat r.report-1)" precious
same "copies: it is the next number" "$(status "$TRACE" verify r.report-3)" 0
same "copies: nothing else is left" "$(find . -name 'r.*tmp*')" ""

# With a program.
same "a program: status" "$(status "${record[@]}" -o c -- sh -c 'sleep 1.2; exit 3')" 0
says "a program: how it ended" 'the program exited with status 3'
same "a program that is not there: status" "$(status "${record[@]}" -o d -- ./none)" 2
says "a program that is not there: it is named" './none cannot be run'
check "a program that is not there: no file is made" test ! -e d
same "a program that is not in PATH: status" "$(status "${record[@]}" -o d -- no-such-program)" 2
says "a program that is not in PATH: it is named" 'no-such-program cannot be run'
check "a program that is not in PATH: no file is made" test ! -e d
same "a program that outlives it: status" "$(status "${record[@]}" --duration 1 -o e -- sleep 1000)" 0
says "a program that outlives it: it is ended" 'SIGTERM'

# Without a name, each recording has its own.
mkdir names && cd names || exit
same "no name: status" "$(status "${record[@]}" --duration 1)" 0
check "no name: host and time" test -s "$(ls kfence-web-17-20*Z.kfence)"
cd .. || exit

# Lines on stdout.
same "lines: status" "$(status "${record[@]}" --duration 2.2 -o -)" 0
check "lines: each is an object" jq -es 'length > 20 and all(has("kind") and has("time"))' "$OUT/out"
check "lines: with allocations, frees, a report and counters" \
    jq -es '[.[].kind] | contains(["alloc", "free", "report", "counters", "walk"])' "$OUT/out"
same "lines: a reader that goes: status" "$("${record[@]}" -o - 2>"$OUT/err" | head -n 3 | wc -l)" 3

# What makes no sense.
for wrong in "--duration 0" "--duration x" "--ring 0" "--on-report" "--ring 1 -o -" "--backend none"; do
    # shellcheck disable=SC2086
    same "$wrong: status" "$(status "${record[@]}" $wrong)" 2
done
same "no command: status" "$(status "$TRACE")" 2
finish
