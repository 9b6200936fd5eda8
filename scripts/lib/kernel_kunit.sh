# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Upstream's KUnit suite of KFENCE in a guest, as a table against the vanilla kernel. Needs kernel_build.sh.

readonly KUNIT_SECONDS=400 KUNIT_INTERVAL_MS=100
# What the kernel says when one of its own rules is broken. KFENCE's reports ("BUG: KFENCE:") are what the suite wants.
readonly KUNIT_COMPLAINTS='WARNING: |INFO: possible |INFO: task |BUG: (sleeping|scheduling|spinlock|unable|kernel|workqueue|soft)|suspicious RCU|Oops'

# kernel_kunit_run NAME FILE: one line per case into FILE: "NAME RESULT".
kernel_kunit_run() {
    local name=$1 file=$2 log
    log=$(cache_dir)/logs/kunit-$name.log
    say "running the suite on $name"
    if ! "$HERE/vm" run --kernel "$name" --timeout "$KUNIT_SECONDS" --append "kfence.sample_interval=$KUNIT_INTERVAL_MS log_buf_len=8M" -- \
        sh -c 'modprobe kunit && { modprobe kfence_test; dmesg; }' >"$log" 2>&1; then
        tail -n 20 -- "$log" | sed 's/^/    /' >&2
        die "the suite did not run on $name, see $log"
    fi
    kernel_kunit_parse <"$log" >"$file"
    [[ -s $file ]] || die "the suite printed no result on $name, see $log"
    kernel_kunit_complete "$name" "$log" "$file"
}

# kernel_kunit_complete NAME LOG FILE: every case of the plan has a result.
kernel_kunit_complete() {
    local name=$1 log=$2 planned ran
    planned=$(sed -E 's/^\[ *[0-9.]+\] ?//' "$log" | awk '
        /^ +# Subtest: / { suite = $NF }
        suite == "kfence" && planned == "" && /^ +1\.\.[0-9]+/ { planned = $1; sub(/.*\.\./, "", planned) }
        END { print planned }')
    ran=$(wc -l <"$3")
    [[ $planned == "$ran" ]] || die "the suite planned ${planned:-no} cases and ran $ran on $name, see $log"
}

# kernel_kunit_quiet NAME: the kernel complained of nothing while the suite ran.
kernel_kunit_quiet() {
    local name=$1 log
    log=$(cache_dir)/logs/kunit-$name.log
    ! grep -qE "$KUNIT_COMPLAINTS" "$log" || die "the kernel complained on $name: $(grep -m 1 -E "$KUNIT_COMPLAINTS" "$log"), see $log"
}

# kernel_kunit_parse: KTAP of the suite "kfence" on stdin.
kernel_kunit_parse() {
    sed -E 's/^\[ *[0-9.]+\] ?//' | awk '
        /^ +# Subtest: / { suite = $NF }
        suite == "kfence" && /^ +(not )?ok [0-9]+ / {
            result = /^ +not ok/ ? "fail" : (/# SKIP/ ? "skip" : "pass")
            sub(/^ +(not )?ok [0-9]+ /, ""); sub(/ #.*/, ""); print $0, result
        }'
}

# kernel_kunit_table VANILLA TESTED: the table of two results, and a line of totals.
kernel_kunit_table() {
    awk '
        FNR == NR { vanilla[$1] = $2; next }
        {
            was = $1 in vanilla ? vanilla[$1] : "-"
            bad = $2 == "fail" || (was == "pass" && $2 != "pass")
            printf "%-48s %-8s %-8s%s\n", $1, was, $2, bad ? "  <-" : ""
            total[$2]++; if (was != "-") before[was]++; seen[$1]
            failed += bad
        }
        END {
            for (c in vanilla) if (!(c in seen)) { printf "%-48s %-8s %-8s  <-\n", c, vanilla[c], "-"; failed++ }
            printf "%-48s %d/%d/%d  %d/%d/%d\n", "pass/skip/fail", before["pass"], before["skip"], before["fail"],
                total["pass"], total["skip"], total["fail"]
            exit failed > 0
        }' "$1" "$2"
}

# kernel_kunit_compare NAME
kernel_kunit_compare() {
    local name=$1 vanilla=vanilla-${1#*-} work status=0
    kernel_build "$name"
    kernel_build "$vanilla"
    work=$(mktemp -d)
    kernel_kunit_run "$vanilla" "$work/vanilla"
    kernel_kunit_run "$name" "$work/tested"
    printf '%-48s %-8s %s\n' CASE "VANILLA" "$name"
    kernel_kunit_table "$work/vanilla" "$work/tested" || status=$?
    rm -rf -- "$work"
    kernel_kunit_quiet "$name"
    ((status == 0)) || die "a case fails, see the lines with an arrow; the logs are $(cache_dir)/logs/kunit-*.log"
}
