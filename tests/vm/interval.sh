#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# After an interval of an hour, an interval of 10 ms applies within 100 ms on a patched kernel; on a vanilla one it
# does not, not even by way of 0.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

guest 120 kfence.sample_interval=100 interval.sh

# shellcheck disable=SC2317 # called through check
# within NAME: a time of at most 100 ms was recorded.
within() {
    local value
    value=$(recorded "$1")
    echo "it took '$value' ms"
    [[ $value != none && $value -le 100 ]]
}

same "an hour is an hour" "$(recorded parked)" none
if [[ $KERNEL == patched-* ]]; then
    for round in 1 2 3 4 5; do check "from an hour to 10 ms, round $round" within "resumed.$round"; done
    check "the same by way of 0" within reenabled
else
    for round in 1 2 3 4 5; do same "$KERNEL waits for the hour, round $round" "$(recorded "resumed.$round")" none; done
    same "$KERNEL does so by way of 0, too" "$(recorded reenabled)" none
fi
for name in resumed.{1..5} reenabled; do echo "    $name: $(recorded "$name") ms"; done
finish
