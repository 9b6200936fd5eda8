#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records a pool that two caches fill: files that stay (dentry, shmem_inode_cache), beside processes that go.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# fill NAME
fill() {
    local i
    for ((i = 0; ; i++)); do : >"/tmp/hog/$1.$i"; done
}

short_lived() { while :; do /bin/true; done; }

# Without this the last quarter of the pool would take hours instead of seconds.
echo 100 >/sys/module/kfence/parameters/skip_covered_thresh
mkdir -p /tmp/hog
# Without a limit of its own on the number of files.
mount -t tmpfs -o nr_inodes=0 none /tmp/hog
# Three, so that they have most of the processor: a sample of theirs comes often, and is refused often.
hogs=()
for name in a b c; do
    fill "$name" &
    hogs+=($!)
done
short_lived &
processes=$!
run fill "${TOP_JSON[@]}" --iterations 10 --interval 5
# At an interval that this kernel's timer can keep.
set_interval 20
run rate "${TOP_JSON[@]}" --iterations 4 --interval 4
cp /sys/kernel/debug/kfence/stats "$OUT/stats"
# Not everybody has it: vanilla has no per-cache use.
cp /sys/kernel/debug/kfence/caches "$OUT/caches" 2>/dev/null
kill "${hogs[@]}" "$processes"
