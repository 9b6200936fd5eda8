#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What kfence-trace recorded in a minute is what the kernel counted, event by event and slot by slot; a recording that
# is killed holds all but its last moment. The files are read out here, where there is no KFENCE.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

command -v sqlite3 >/dev/null || skip "sqlite3 is not there: run scripts/install-deps --test"
trace() { "$TOOLS/kfence-trace" "$@"; }
query() { sqlite3 "$OUT/$1.kfence" "$2"; }

guest 560 kfence.sample_interval=4 record.sh "BACKEND=${BACKEND:-fentry}" "KILLS=${KILLS:-20}"

same "record: exit status" "$(recorded record.status)" 0
check "record: it says what it did, and how its program ended" grep -q 'recorded .* exited with status 0' "$OUT/record.err"
trace verify "$OUT/minute.kfence" >"$OUT/verify" || not_ok "verify: nothing is wrong"
sed 's/^/    /' "$OUT/verify"
check "verify: it compared the counters" grep -Eq 'compared at [3-9][0-9] moments' "$OUT/verify"
same "nothing lost" "$(query minute 'SELECT coalesce(sum(count), 0) FROM losses WHERE cause NOT IN (2)')" 0

# From the first reading of the counters to the last one.
counted() { query minute "SELECT max($1) - min($1) FROM stats"; }
rows() { query minute "SELECT count(*) FROM $1 WHERE $2 AND seq BETWEEN (SELECT min(seq) FROM stats) AND (SELECT max(seq) FROM stats)"; }
same "the first and the last reading are settled" \
    "$(query minute 'SELECT settled FROM stats WHERE seq IN ((SELECT min(seq) FROM stats), (SELECT max(seq) FROM stats))' | tr '\n' ' ')" "1 1 "
check "it sampled" test "$(counted allocs)" -gt 500
same "allocations: as the kernel counted" "$(rows events 'kind = 0')" "$(counted allocs)"
same "frees: as the kernel counted" "$(rows events 'kind IN (1, 3)')" "$(counted frees)"
same "reports: as the kernel counted" "$(rows reports 1)" "$(counted bugs)"
same "reports: as debugfs said meanwhile" "$(query minute 'SELECT count(*) FROM reports')" "$(recorded bugs)"
check "there were reports" test "$(recorded bugs)" -ge 3

# Every object without an end is in debugfs, in its slot, with its cache and its time.
awk '/^kfence-#/ { slot = $1; sub(/kfence-#/, "", slot); sub(/:.*/, "", slot); cache = $0; sub(/.*cache=/, "", cache) }
     /^allocated by task/ { time = $0; sub(/.* at /, "", time); sub(/s.*/, "", time); print slot "|" cache "|" time }' \
    "$OUT/objects" | sort >"$OUT/in-debugfs"
query minute "SELECT slot, cache, printf('%.6f', (allocated_at / 1000) / 1e6) FROM object_lifetimes
              WHERE freed_at IS NULL AND cache IS NOT NULL" | sort >"$OUT/in-file"
check "there are live objects" test "$(wc -l <"$OUT/in-file")" -gt 20
comm -23 "$OUT/in-file" "$OUT/in-debugfs" >"$OUT/missing"
same "each of them is in debugfs" "$(wc -l <"$OUT/missing")" 0
head -n 5 "$OUT/missing" | sed 's/^/    /'

check "objects carry the cgroup of who allocated them" \
    test "$(query minute "SELECT count(*) FROM object_lifetimes WHERE cgroup = '/kfence.slice/worker.service'")" -gt 100
same "and the pid namespace" "$(query minute 'SELECT DISTINCT pid_namespace FROM tasks WHERE pid_namespace IS NOT NULL AND cgroup IS NOT NULL ORDER BY count(*) OVER (PARTITION BY pid_namespace) DESC LIMIT 1')" "$(recorded namespace)"
same "nothing is left in the kernel" "$(recorded left_behind)" 0

bad=0 late=0
for round in $(seq "${KILLS:-20}"); do
    if ! trace verify "$OUT/kill-$round.kfence" >"$OUT/verify"; then
        sed 's/^/    /' "$OUT/verify"
        bad=$((bad + 1))
    fi
    # The last thing that is in the file, against the moment of the kill: half a second between two transactions, and
    # what an emulated machine takes for one.
    query "kill-$round" "SELECT count(*) FROM events" >/dev/null || bad=$((bad + 1))
    age=$(query "kill-$round" "SELECT $(recorded "kill-$round") - max(unix_time) / 1e9 FROM stats")
    [[ -n $age ]] || age=0
    awk -v "age=$age" 'BEGIN { exit age > 2.5 }' || late=$((late + 1))
done
same "killed recordings: all are whole up to their last durable moment" "$bad" 0
same "killed recordings: none lacks more than that" "$late" 0
same "killed recordings: nothing is left in the kernel" "$(recorded left_behind_by_kills)" 0
finish
