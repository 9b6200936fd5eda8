#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# slowdown.sh [SERIES [ROUNDS]]: what the kernel patches cost a system that allocates all the time: hackbench on the
# vanilla and on the patched kernel, with the tracepoints off and on, KFENCE sampling every 100 ms. In each of ROUNDS
# both kernels are booted, one after the other, the first one in turns. Median, quartiles and ratio, no judgement:
# figures depend on the machine. Needs hackbench (Debian package rt-tests, scripts/install-deps --bench).
series=${1:-6.12} rounds=${2:-5}
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

command -v hackbench >/dev/null || skip "hackbench is not there: run scripts/install-deps --bench"
scripts=$TREE/scripts
"$scripts/kernel" build "vanilla-$series" >/dev/null && "$scripts/kernel" build "patched-$series" >/dev/null || exit
all=$(mktemp)
trap 'rm -rf -- "$OUT" "$all"' EXIT

# one FLAVOUR STATES: boots it, and keeps its times.
one() {
    rm -f -- "$OUT/times"
    KERNEL=$1-$series guest 900 kfence.sample_interval=100 slowdown.sh RUNS=5 "STATES=$2"
    sed "s/^/$1-/" "$OUT/times" >>"$all"
}

for ((round = 0; round < rounds; round++)); do
    [[ ! -t 2 ]] || echo "slowdown: round $((round + 1)) of $rounds" >&2
    if ((round % 2)); then one patched 'off on' && one vanilla 'off off'; else one vanilla 'off off' && one patched 'off on'; fi
done

sort -k1,1 -k2,2n "$all" | awk '
    { t[$1, ++n[$1]] = $2 }
    function at(k, q) { return t[k, int((n[k] - 1) * q + 1.5)] }
    END {
        split("vanilla-off patched-off patched-on", order)
        print "kernel, tracepoints      runs  median s  quartiles s     ratio"
        for (i = 1; i <= 3; i++) {
            k = order[i]
            printf "%-24s %5d %9.3f  %.3f - %.3f  %6.3f\n", k, n[k], at(k, 0.5), at(k, 0.25), at(k, 0.75), at(k, 0.5) / at("vanilla-off", 0.5)
        }
    }'
echo "events written in the last guest with tracepoints: $(recorded entries)"
