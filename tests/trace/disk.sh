#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A disk that fills while kfence-trace records: nothing that was recorded is lost, and a clear sentence.
# shellcheck source=tests/trace/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
[[ $EUID -eq 0 ]] || skip "a small file system is mounted for this: run it as root"
command -v sqlite3 >/dev/null || skip "sqlite3 is not there: run scripts/install-deps --test"

mkdir -- "$OUT/small"
mount -t tmpfs -o size=512k none "$OUT/small" 2>/dev/null || skip "no tmpfs can be mounted here"
trap 'umount -- "$OUT/small"; rm -rf -- "$OUT"' EXIT

"$TRACE" record --source "$BUSY" -o "$OUT/small/a" 2>"$OUT/err" &
recorder=$!
until [[ -n $(query "$OUT/small/a" 'SELECT 1 FROM stats LIMIT 1' 2>/dev/null) ]]; do sleep 0.1; done
dd if=/dev/zero of="$OUT/small/filler" bs=1k status=none 2>/dev/null
wait "$recorder"
same "status" "$?" 1
says "it says what to do" 'full: free some space on its disk; [0-9]+ events of before are in'
kept=$(sed -n 's/.*disk; \([0-9]*\) events.*/\1/p' "$OUT/err")
rm -- "$OUT/small/filler"
same "the file is whole" "$(status "$TRACE" verify "$OUT/small/a")" 0
same "it has what the sentence says" \
    "$(query "$OUT/small/a" 'SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM skips) + (SELECT count(*) FROM reports)')" "$kept"
finish
