#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kfence-trace report and diff from outside, on a real recording: what they write where, and what they refuse.
# shellcheck source=tests/trace/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

cp "$TREE/tests/data/small.kfence" "$OUT/r" && cd -- "$OUT" || exit
shows() { check "$1" grep -Eq -- "$2" out; }

same "report: status" "$(status "$TRACE" report r)" 0
same "report: nothing on stderr" "$(cat err)" ""
shows "report: rates" '^Sampling +intended [0-9,]+ +attempted [0-9,]+ +guarded [0-9,]+'
shows "report: the pool" '^Pool '
shows "report: caches" '^CACHE +SLOT-TIME'
shows "report: stacks without the allocator" 'CACHE +STACK'
check "report: stacks without the allocator" bash -c '! grep -q "__kfence_alloc <" out'
same "report: no line is wider than it may be" "$(LC_ALL=C COLUMNS=60 "$TRACE" report r | awk 'length > 60' | wc -l)" 0
check "report: plain characters in a plain locale" bash -c '! LC_ALL=C "$TRACE" report r | grep -q "[^ -~]"'
same "report: the same twice" "$("$TRACE" report r | cksum)" "$("$TRACE" report r | cksum)"

same "json: status" "$(status "$TRACE" report --json r)" 0
same "json: one line" "$(wc -l <out)" 1
check "json: one object" python3 -c 'import json; r = json.load(open("out")); assert len(r["machines"]) == 1
m = r["machines"][0]; assert m["pool"]["objects"] > 0 and len(m["pool"]["occupancy"]) == 240 and m["caches"]'

same "a part: status" "$(status "$TRACE" report r --since +2s --until -1s --cache kmalloc)" 0
shows "a part: it says what is left out" '^Only objects of caches that match kmalloc'
check "a part: other caches are not there" bash -c '! sed -n "/^CACHE/,/^$/p" out | grep -q "^dentry"'

same "diff: status" "$(status "$TRACE" diff r r)" 0
for part in Settings Rates Pool Caches Lifetimes Stacks Found; do
    shows "diff of the same: $part" "^$part +no difference"
done
same "diff of two parts: status" "$(status "$TRACE" diff r r --until +5s --since-b +5s)" 0
same "diff as JSON: status" "$(status "$TRACE" diff r r --json)" 0
check "diff as JSON: one object" python3 -c 'import json; assert json.load(open("out"))["rates"]'

"$TRACE" merge -o m r r 2>err
same "merged: status" "$(status "$TRACE" report m)" 0
same "merged: first it says how many" "$(head -n 1 out)" "2 machines"
same "merged: one of them" "$(status "$TRACE" report m --machine 2)" 0
shows "merged: one of them" '^1 of 2 machines'
same "merged: diff needs to know which" "$(status "$TRACE" diff m r)" 2
says "merged: diff needs to know which" 'm holds 2 machines: name one with --machine'
same "merged: diff of the two" "$(status "$TRACE" diff m m --machine 1 --machine-b 2)" 0

# refused WHAT PATTERN ARGUMENTS...: wrong usage, in one sentence, and nothing on stdout.
refused() {
    local what=$1 pattern=$2
    shift 2
    same "$what: status" "$(status "$TRACE" "$@")" 2
    says "$what: it says why" "$pattern"
    same "$what: one line" "$(wc -l <err)" 1
    same "$what: nothing on stdout" "$(cat out)" ""
}
refused "no file" 'file is required' report
refused "one file to compare" 'b is required' diff r
refused "a time that is none" '--since 10m: must be "\+90s"' report r --since 10m
refused "a day that is none" '--until 2026-02-30: must be' report r --until 2026-02-30
refused "a time of B that is none" '--since-b x: must be' diff r r --since-b x
refused "a part that ends before it begins" 'r: nothing was recorded between' report r --since -1s --until +1s
refused "a year without a recording" 'was recorded from 20' report r --since 2099-01-01
refused "no expression" '--cache \[:' report r --cache '['
refused "no path" '--cgroup a: must be a path' report r --cgroup a
refused "no such machine" 'r holds no machine x' report r --machine x
refused "no recording" 'is no recording' report err
finish
