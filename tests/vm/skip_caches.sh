#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kfence.skip_caches at boot: caches that the allocator starts with, caches made during boot, and those of a module; the
# named ones are not merged, and no object of theirs is ever in the pool, until somebody clears the flag.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly LIST='dentry,kmalloc-1*,provoke'
guest 120 "kfence.sample_interval=1 kfence.skip_caches=$LIST" skip_caches.sh

same "the parameter can be read" "$(recorded parameter)" "$LIST"
for cache in dentry kmalloc-1k kmalloc-128 kmalloc-192 provoke; do
    same "$cache is skipped, and on its own" "$(recorded "flag.$cache") $(recorded "merged.$cache")" "1 no"
    check "$cache has had no object in the pool" test "$(grep -c "cache=$cache\$" "$OUT/objects")" -eq 0
    check "$cache is not among the caches that have some" test "$(grep -c "^$cache: " "$OUT/caches")" -eq 0
done
for cache in kmalloc-256 provoke-rcu filp; do same "$cache is not skipped" "$(recorded "flag.$cache")" 0; done
check "others fill the pool" test "$(awk '{ sum += $NF } END { print sum + 0 }' "$OUT/caches")" -ge 100
check "with its flag cleared, dentry is sampled" grep -q '^dentry: ' "$OUT/caches-cleared"
finish
