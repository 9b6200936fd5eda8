#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records which caches are skipped after a boot with kfence.skip_caches, and whether they stay out of a pool that takes
# whatever it can get; then what becomes of one whose flag is cleared.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

make_files() {
    mkdir -p /tmp/hog
    for ((i = 0; i < 400; i++)); do : >"/tmp/hog/$1-$i"; done
}

insmod "${MODULE:?the built kfence_provoke.ko}" || exit
for cache in dentry kmalloc-1k kmalloc-128 kmalloc-192 kmalloc-256 provoke provoke-rcu filp; do
    record "flag.$cache" "$(cat "/sys/kernel/slab/$cache/skip_kfence")"
    if [[ -L /sys/kernel/slab/$cache ]]; then record "merged.$cache" yes; else record "merged.$cache" no; fi
done
record parameter "$(cat /sys/module/kfence/parameters/skip_caches)"
echo 100 >/sys/module/kfence/parameters/skip_covered_thresh
echo 100000 >/sys/module/kfence/parameters/burst
make_files first
sleep 1
cp /sys/kernel/debug/kfence/objects "$OUT/objects"
cp /sys/kernel/debug/kfence/caches "$OUT/caches"
rm -rf /tmp/hog
sleep 1
echo 0 >/sys/kernel/slab/dentry/skip_kfence
make_files second
cp /sys/kernel/debug/kfence/caches "$OUT/caches-cleared"
