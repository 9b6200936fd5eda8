#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A load that fills the pool from two caches. Vanilla ends starved; with a quota the two stay at theirs, and the others
# are sampled at the intended rate.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly QUOTA=10 LIMIT=25 # percent, and what that is of 255 objects
parameters="kfence.sample_interval=4"
[[ $KERNEL != patched-* ]] || parameters+=" kfence.cache_quota=$QUOTA"
guest 200 "$parameters" quota.sh

# held CACHE: its objects on the last line.
held() { jq -s ".[-1].caches | map(select(.name == \"$1\")) | (.[0].allocated // 0)" "$OUT/fill.out"; }

same "exit status" "$(recorded fill.status)" 0
if [[ $KERNEL == patched-* ]]; then
    for cache in dentry shmem_inode_cache; do same "$cache is at its quota" "$(held "$cache")" "$LIMIT"; done
    last "no cache is above" fill.out "all(.caches[]; .allocated <= $LIMIT)"
    last "the quota was what stopped them" fill.out '.skips.quota > 100'
    last "there is room" fill.out '.pool.allocated < 200'
    # With HZ=250 the timer of 4 ms fires every 8 ms: it is set when its work runs, and rounded up. Vanilla has 0.45 too.
    last "the others are sampled at the intended rate" fill.out '.rates.actual > 0.4 * .rates.intended'
    every "without a skip for want of room" fill.out '(.[-1].skips.capacity == 0)'
    for cache in dentry shmem_inode_cache; do
        same "the kernel's own count says so: $cache" "$(sed -n "s/^$cache: //p" "$OUT/caches")" "$LIMIT"
    done
    check "and its counter" test "$(sed -n 's/^skipped allocations (quota): //p' "$OUT/stats")" -gt 100
else
    last "$KERNEL: the pool is full" fill.out '.pool.allocated >= 250'
    last "$KERNEL: starved" fill.out '.rates.actual < 0.1 * .rates.intended and .skips.capacity > 100'
fi
jq -rs '"    " + (.[0].kernel // "") + ": pool, dentry, shmem_inode_cache, actual/s, attempted/s",
    (.[] | "    " + ([.pool.allocated, ([.caches[] | select(.name == "dentry") | .allocated][0] // 0),
    ([.caches[] | select(.name == "shmem_inode_cache") | .allocated][0] // 0), .rates.actual, .rates.attempted] | map(tostring) | join("  ")))' "$OUT/fill.out"
finish
