#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kfence-trace export as a program, and the five queries of docs/trace-file.md with the sqlite3 program.
# shellcheck source=tests/trace/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
for program in sqlite3 jq; do
    command -v "$program" >/dev/null || skip "$program is not there: run scripts/install-deps --test"
done

SMALL=$TREE/tests/data/small.kfence
BIG=$OUT/big.kfence
"$BIN/make_recording" "$BIG" 60000 >/dev/null || exit 1
export_of() { "$TRACE" export "$@" 2>"$OUT/err"; }

# The page's queries, block by block.
awk -v out="$OUT/query" '/^```sql$/ { n++; on = 1; next } /^```$/ { on = 0 } on { print >(out n) }' \
    "$TREE/docs/trace-file.md"
same "the page has five queries" "$(find "$OUT" -name 'query*' | wc -l)" 5
for n in 1 2 3 4 5; do
    check "query $n gives rows" test "$(sqlite3 -batch "$SMALL" <"$OUT/query$n" 2>"$OUT/err" | wc -l)" -gt 0
    same "query $n: nothing is wrong" "$(cat "$OUT/err")" ""
    check "query $n runs on another recording" sqlite3 -batch -bail "$BIG" ".read $OUT/query$n"
done
# What they say, against the same counted in another way.
same "query 1: objects" "$(sqlite3 -batch -list "$BIG" <"$OUT/query1" | awk -F '|' '{ n += $2 } END { print n }')" \
    "$(query "$BIG" 'SELECT count(*) FROM events WHERE kind = 0')"
sqlite3 -batch -list "$BIG" <"$OUT/query1" | awk -F '|' '{ print $1, $3 }' | sort >"$OUT/by_query"
export_of "$BIG" --table caches --format jsonl | jq -r '[.cache, .slot_time_s] | @tsv' | sort >"$OUT/by_export"
same "query 1: slot-time is that of export, but for the rounding" \
    "$(join "$OUT/by_query" "$OUT/by_export" | awk '$2 - $3 < 0.001 && $3 - $2 < 0.001' | wc -l)" \
    "$(query "$BIG" 'SELECT count(*) FROM caches')"
same "query 2: ten objects" "$(sqlite3 -batch -list "$BIG" <"$OUT/query2" | wc -l)" 10
same "query 2: the longest" "$(sqlite3 -batch -list "$BIG" <"$OUT/query2" | head -n 1 | cut -d '|' -f 3 | cut -c 1-7)" \
    "$(export_of "$BIG" --table lifetimes --format jsonl | jq -s 'map(.lifetime_s // 0) | max' | cut -c 1-7)"
same "query 3: allocations" "$(sqlite3 -batch -list "$SMALL" <"$OUT/query3" | awk -F '|' '{ n += $2 } END { print n }')" \
    "$(export_of "$SMALL" --table events --format jsonl | grep -c '"kind":"alloc"')"
same "query 4: bugs" "$(sqlite3 -batch -list "$SMALL" <"$OUT/query4" | wc -l)" 3
same "query 5: objects" "$(sqlite3 -batch -list "$BIG" <"$OUT/query5" | awk -F '|' '{ n += $2 } END { print n }')" \
    "$(query "$BIG" 'SELECT count(*) FROM events WHERE kind IN (1, 3)')"

# Every table in every format that it has.
for table in events objects ages lifetimes caches stacks occupancy reports; do
    export_of "$SMALL" --table "$table" >"$OUT/csv"
    export_of "$SMALL" --table "$table" --format jsonl >"$OUT/jsonl"
    same "$table: every line of CSV ends in CRLF" "$(grep -vc $'\r$' "$OUT/csv")" 0
    same "$table: as many rows" "$(($(wc -l <"$OUT/csv") - 1))" "$(jq -es 'length' "$OUT/jsonl")"
    same "$table: the same columns" "$(head -n 1 "$OUT/csv" | tr -d '\r')" \
        "$(head -n 1 "$OUT/jsonl" | jq -r 'keys_unsorted | join(",")')"
done
same "ages: header" "$(export_of "$SMALL" --table ages | head -n 1)" $'cache,le_seconds,count\r'
same "ages: they sum to the objects" "$(export_of "$SMALL" --table ages | awk -F , 'NR > 1 { n += $3 } END { print n }')" \
    "$(export_of "$SMALL" --table objects --format jsonl | wc -l)"
same "objects: as many as the kernel had at the end" "$(export_of "$SMALL" --table objects --format jsonl | wc -l)" \
    "$(query "$SMALL" 'SELECT allocated FROM stats ORDER BY seq DESC LIMIT 1')"
same "occupancy: the rows have what the kernel counts" \
    "$(export_of "$BIG" --table occupancy --format jsonl | jq -s 'map(select(.held != .allocated)) | length')" 0
for weight in count slot-time; do
    export_of "$SMALL" --table stacks --format folded --weight "$weight" >"$OUT/folded"
    same "folded by $weight: each line" "$(grep -vcE '^[^;]+(;[^;]+)+ [1-9][0-9]*$' "$OUT/folded")" 0
    check "folded by $weight: there are some" test -s "$OUT/folded"
done
check "chrome: all slices are closed" test "$(export_of "$SMALL" --table lifetimes --format chrome |
    jq '[.traceEvents[] | if .ph == "b" then 1 elif .ph == "e" then -1 else 0 end] | add')" = 0

# Files, pipes and mistakes.
same "a file: status" "$(status "$TRACE" export "$SMALL" --table caches -o "$OUT/caches.csv")" 0
same "a file: nothing on stdout and stderr" "$(cat "$OUT/out" "$OUT/err")" ""
check "a file: it is what stdout gets" diff "$OUT/caches.csv" <(export_of "$SMALL" --table caches)
same "a file that exists: status" "$(status "$TRACE" export "$SMALL" --table ages -o "$OUT/caches.csv")" 2
says "a file that exists: it says so" 'caches.csv exists: choose another name, or add --force'
same "a file that is replaced: status" "$(status "$TRACE" export "$SMALL" --table ages -o "$OUT/caches.csv" --force)" 0
same "a file that is replaced" "$(head -n 1 "$OUT/caches.csv")" $'cache,le_seconds,count\r'
same "chrome of another table: status" "$(status "$TRACE" export "$SMALL" --table ages --format chrome)" 2
says "chrome of another table: it says what to take" 'for --table lifetimes'
same "no recording: status" "$(status "$TRACE" export /dev/null --table ages)" 2
same "a full disk: status" "$("$TRACE" export "$BIG" --table events 2>"$OUT/err" >/dev/full || echo $?)" 1
same "a reader that goes: statuses" \
    "$({ "$TRACE" export "$BIG" --table events 2>"$OUT/err" && echo "${PIPESTATUS[0]}" >"$OUT/rc"; } | head -n 1 >/dev/null; cat "$OUT/rc")" 0
same "a reader that goes: nothing is said" "$(cat "$OUT/err")" ""
mkfifo "$OUT/fifo"
env --default-signal=INT "$TRACE" export "$BIG" --table events >"$OUT/fifo" 2>"$OUT/err" &
exec 9<"$OUT/fifo"
read -r -N 1 -u 9 _
kill -INT $!
wait $!
same "SIGINT with a slow reader: status" "$?" 1
says "SIGINT with a slow reader: it says that there is more" 'interrupted: the export is not complete'
exec 9<&-

# A recording that was cut off, and one with losses.
query "$BIG" "VACUUM INTO '$OUT/cut'" # a copy without checksums, which may be changed
query "$OUT/cut" "UPDATE machines SET ended = NULL; INSERT INTO losses VALUES (99999999, 100000000000, 0, 12, 1)"
same "cut off: status" "$(status "$TRACE" export "$OUT/cut" --table ages)" 0
says "cut off: it says so" 'its recording was cut off'
says "losses: they are said" '12 events were lost \(ring_full 12\)'
finish
