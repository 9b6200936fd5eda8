#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the tracepoints say in tracefs, field by field, of bugs and lives that are known.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

guest 200 kfence.sample_interval=1 event_text.sh

readonly N='[0-9]+' HASH='stack_hash=[0-9a-f]{8}'
# text DESCRIPTION PATTERN: a line of the trace ends so.
text() { check "$1" grep -Eq -- "$2\$" "$OUT/trace"; }
# report BUG FIELDS FUNCTION
report() {
    text "$1" "kfence_report: $2 age_ns=$N $HASH ip=$3\\+0x[0-9a-f]+/0x[0-9a-f]+( \\[kfence_provoke\\])?"
}
object="slot=$N cache=provoke size=32"
report oob_read "type=out-of-bounds access=read $object offset=32" provoke_oob_read
report oob_write "type=out-of-bounds access=write $object offset=-1" provoke_oob_write
report uaf_read "type=use-after-free access=read $object offset=0" provoke_uaf_read
report uaf_write "type=use-after-free access=write $object offset=0" provoke_uaf_write
report corruption "type=corruption access=none $object offset=32" provoke_corruption
report double_free "type=invalid-free access=none $object offset=0" provoke_double_free
report invalid_free "type=invalid-free access=none $object offset=1" provoke_invalid_free
text invalid_access "kfence_report: type=invalid-access access=read slot=-1 cache= size=0 offset=0 age_ns=0 stack_hash=00000000 ip=provoke_invalid_access.*"

# slots EVENT FIELDS: the slots of such events.
slots() { sed -nE "s/.*kfence_$1: slot=($N) $2.*/\\1/p" "$OUT/trace"; }
same "a free that waits for RCU has two events of one slot" \
    "$(slots free "cache=provoke-rcu .* kind=deferred" | head -n 1)" "$(slots free "cache=provoke-rcu .* kind=rcu" | head -n 1)"
check "and they are there" test -n "$(slots free "cache=provoke-rcu .* kind=rcu")"
check "an object that lost its cache" test -n "$(slots free "cache=provoke-zombie size=32 .* kind=zombie")"

# The 32 objects that were held for two seconds and more.
held=$(sed -nE "s/.*kfence_free: slot=($N) cache=provoke size=32 $HASH age_ns=([2-9][0-9]{9}|[1-9][0-9]{10,}) kind=direct.*/\\1/p" "$OUT/trace" | sort -n)
same "as many as were held" "$(wc -w <<<"$held")" 32
listed=$(sed -nE "s/^kfence-#($N): .* size=32, cache=provoke\$/\\1/p" "$OUT/objects" | sort -n)
same "of all that were held, objects has the slot" "$(comm -23 <(sort <<<"$held") <(sort <<<"$listed"))" ""
same "of all that were held, there is an event of the allocation" \
    "$(comm -23 <(sort <<<"$held") <(slots alloc "cache=provoke size=32" | sort -u))" ""
same "the last event has the kernel's count" \
    "$(grep -E 'kfence_(alloc|free): ' "$OUT/trace" | tail -n 1 | sed -E 's/.* in_use=([0-9]+) .*/\1/')" "$(recorded allocated)"
same "every event has the size of the pool" \
    "$(grep -Ec 'kfence_(alloc|free|skip): .* pool_size=255$' "$OUT/trace")" "$(grep -Ec 'kfence_(alloc|free|skip): ' "$OUT/trace")"
check "skips have their reason" grep -Eq "kfence_skip: cache=dentry size=$N reason=cache stack_hash=00000000 in_use=$N pool_size=255" "$OUT/trace"
check "no field is a pointer to an object" test "$(grep -c 'unsigned long addr\|void \* addr\|meta' "$OUT/format")" -eq 0
finish
