#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files that say nonsense: each command answers, or says in one sentence what is wrong with the file, within a time and
# within a memory. What verify has to find is said beside it.
# shellcheck source=tests/trace/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
command -v sqlite3 >/dev/null || skip "sqlite3 is not there: run scripts/install-deps --test"

cd -- "$OUT" || exit
readonly MEMORY_KB=400000 SECONDS_EACH=10
# A copy without checksums, which may be changed.
query "$TREE/tests/data/small.kfence" "VACUUM INTO 'plain'"

# bounded COMMAND...: its exit status, or what the shell says of a signal or of the time.
bounded() {
    local code=0
    (
        ulimit -v "$MEMORY_KB"
        exec timeout "$SECONDS_EACH" "$@"
    ) >out 2>err </dev/null || code=$?
    echo "$code"
}

# answers NAME: all commands come to an end on the file `nonsense`; no control character comes out of them.
answers() {
    local bad="" code
    for command in verify report 'report --json' 'export --table lifetimes' 'export --table lifetimes --format chrome' \
        'export --table stacks --format folded' 'export --table ages' 'diff plain' 'merge -o merged' top; do
        local words=()
        read -ra words <<<"$command"
        if [[ $command == top ]]; then words=("$TOP" --once --format json --source replay:nonsense); else words=("$TRACE" "${words[@]}" nonsense); fi
        rm -f -- merged
        code=$(bounded "${words[@]}")
        if ((code > 2)) || LC_ALL=C grep -q $'[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]' out err || [[ -n $(find . -name 'merged.tmp*') ]]; then
            bad+=" [$command: $code $(head -c 200 err)]"
        fi
    done
    same "$1: every command answers" "$bad" ""
}

# nonsense NAME SQL [PATTERN]: what verify says.
nonsense() {
    rm -f -- nonsense && cp plain nonsense
    query nonsense "$2"
    answers "$1"
    if [[ -n ${3:-} ]]; then
        same "$1: verify's status" "$(status "$TRACE" verify nonsense)" 1
        check "$1: verify says it" grep -qE -- "$3" "$OUT/out" "$OUT/err"
    fi
}

nonsense "cgroup -1" 'UPDATE tasks SET cgroup = -1' 'in table tasks, the cgroup of row [0-9]+ cannot be'
nonsense "the highest cgroup" 'UPDATE tasks SET cgroup = 9223372036854775807' 'the cgroup of row'
nonsense "the highest pid" 'UPDATE tasks SET pid = 9223372036854775807' 'the pid of row'
nonsense "no frames" 'DELETE FROM stack_frames' 'stacks with their frames are missing'
nonsense "no stacks" 'DELETE FROM stacks' 'damaged'
nonsense "text for a time" "UPDATE stats SET time = 'abc'" 'in table stats, .* time is abc'
nonsense "bytes for a slot" "UPDATE events SET slot = x'414243'" 'slot is ABC'
nonsense "an end before the start" 'UPDATE machines SET ended = started - 1' 'ended before it started'
nonsense "the highest start" 'UPDATE machines SET started = 9223372036854775807' 'started or ended at no time that can be'
nonsense "a negative start" 'UPDATE machines SET started = -5' 'no time that can be'
nonsense "rows long after the end" 'UPDATE events SET time = time + 4000000000000 WHERE seq > 5000' 'of a time long after the end'
nonsense "slots beyond the pool" 'UPDATE events SET slot = slot + 60000' 'of a pool of 255 objects'
nonsense "many losses" "INSERT INTO losses SELECT (SELECT max(seq) FROM stats) + value, 0, 0, 4611686018427387904, 1
    FROM (SELECT 1 AS value UNION SELECT 2 UNION SELECT 3 UNION SELECT 4)" 'in table losses, .* count is'
nonsense "times that go back" 'UPDATE events SET time = (SELECT max(time) FROM events) - time + 1'
nonsense "no rows" 'DELETE FROM events; DELETE FROM slots; DELETE FROM walks; DELETE FROM stats; DELETE FROM settings;
    DELETE FROM reports; DELETE FROM cache_skips; DELETE FROM skips'
nonsense "an offset out of this world" 'UPDATE reports SET "offset" = -9223372036854775808, size = 4294967295'
nonsense "hostile names" "UPDATE caches SET name = '=cmd|''x''\"' || char(10, 27) || '[2J' || id;
    UPDATE tasks SET comm = char(27) || ']0;x' || char(7); UPDATE frames SET text = char(27, 155) || id;
    UPDATE cgroups SET path = char(13, 0, 8238); UPDATE machines SET host = char(27) || '[31m'"
nonsense "long names" "UPDATE caches SET name = id || printf('%.*c', 900000, 'x'); UPDATE frames SET text = id || printf('%.*c', 9000, 'y')"
nonsense "too many machines" "WITH RECURSIVE n(id) AS (SELECT 2 UNION ALL SELECT id + 1 FROM n WHERE id < 5000)
    INSERT INTO machines SELECT n.id, host, kernel, boot_id, backend, blind, complete_stream, has_counters, sees_zombies,
    config, tool, started, started_unix, ended, ended_unix FROM machines, n WHERE machines.id = 1" 'damaged'

# A loss outside of the time that was recorded is not kept quiet.
cp plain nonsense
query nonsense 'INSERT INTO losses SELECT (SELECT max(seq) FROM stats) + 1, started - 5, 0, 77, 1 FROM machines'
check "a loss before the start is in the report" grep -q '^LOST 77 events' <("$TRACE" report nonsense)

# What is no file.
mkfifo fifo
for what in fifo . ''; do
    same "'$what' is no recording: verify" "$(bounded "$TRACE" verify "$what")" 2
    same "'$what' is no recording: export" "$(bounded "$TRACE" export --table ages "$what")" 2
    same "'$what' is no recording: replay" "$(bounded "$TOP" --once --source "replay:$what")" 2
done
finish
