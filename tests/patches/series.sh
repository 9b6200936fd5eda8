#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# series.sh SERIES [--build]: a series of kernel-patches/ as somebody who gets it by mail would look at it. `git am` on
# the pristine source is clean, checkpatch --strict has nothing to say, the cover letter names every patch; with
# --build, every commit builds mm/kfence/ without a warning (W=1), and the allocator's code is the same instruction
# for instruction up to the patch that says so.
# shellcheck disable=SC2317 # functions are called by name, through check
set -uo pipefail

series=$1 build=${2:-}
ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
export SELF=series ROOT
OUT=$(mktemp -d "${TMPDIR:-/var/tmp}/kfence-series.XXXXXX")
trap 'rm -rf -- "$OUT"' EXIT
# shellcheck source=tests/lib/results.sh
source "$ROOT/tests/lib/results.sh"
# shellcheck source=scripts/lib/common.sh
source "$ROOT/scripts/lib/common.sh"
# shellcheck source=scripts/lib/kernels.sh
source "$ROOT/scripts/lib/kernels.sh"
# shellcheck source=scripts/lib/kernel_source.sh
source "$ROOT/scripts/lib/kernel_source.sh"
# shellcheck source=scripts/lib/kernel_build.sh
source "$ROOT/scripts/lib/kernel_build.sh"
letters=$ROOT/kernel-patches/$series tree=$OUT/linux

# Questions that have an answer which checkpatch cannot see: the source package has no history to look commits up in,
# and MAINTAINERS names mm/kfence/ as a folder, so a new file there is covered.
readonly NO_ANSWER=UNKNOWN_COMMIT_ID,FILE_PATH_CHANGES

# checkpatch FILE: fails on any other remark.
checkpatch() {
    local remarks
    # --no-tree: without the check of the licence tag, which wants python modules.
    remarks=$("$tree/scripts/checkpatch.pl" --no-tree --strict --quiet --show-types --ignore "$NO_ANSWER" "$1" 2>&1)
    printf '%s' "$remarks"
    [[ -z $remarks ]]
}

cover_names_all() {
    local patch subject missing=0
    while IFS= read -r patch; do
        subject=$(git mailinfo /dev/null /dev/null <"$patch" | sed -n 's/^Subject: //p')
        grep -qF -- "$subject" "$letters"/0000-*.patch || { echo "the cover letter does not name '$subject'"; missing=1; }
    done < <(kernel_patches "$series")
    return "$missing"
}

in_tree() { kernel_git "$tree" "$@"; }

# compile COMMIT: mm/kfence/ at that commit, W=1; fails on a warning in mm/kfence/.
compile() {
    in_tree checkout -q -f "$1" || return 1
    kernel_make "$tree" -s W=1 mm/kfence/ >"$OUT/compile.log" 2>&1 || { cat "$OUT/compile.log"; return 1; }
    cat "$OUT/compile.log"
    ! grep -q 'mm/kfence/.*warning' "$OUT/compile.log"
}

# slub_code COMMIT: the allocator's code at that commit.
slub_code() {
    in_tree checkout -q -f "$1" && kernel_make "$tree" -s mm/slub.o >&2 &&
        objdump -d --no-show-raw-insn "$tree/mm/slub.o" | grep -v 'file format'
}

same_slub() {
    slub_code pristine >"$OUT/slub.before" && slub_code "$1" >"$OUT/slub.after" || return 1
    [[ $(wc -l <"$OUT/slub.before") -gt 1000 ]] || { echo "there is no code to compare"; return 1; }
    diff "$OUT/slub.before" "$OUT/slub.after"
}

# last_unchanged: the commit up to which the allocator does not change (the cover letter says so).
last_unchanged() { in_tree log --format='%H %s' series | sed -n 's/ kfence: apply a new sample interval at once$//p'; }

# configure: as scripts/kernel does it, with the suite as a part of the kernel, so that it is compiled too.
configure() {
    kernel_configure "$tree" "patched-$series" &&
        "$tree/scripts/config" --file "$tree/.config" --enable KUNIT --enable KFENCE_KUNIT_TEST &&
        kernel_make "$tree" -s olddefconfig && grep -qx CONFIG_KFENCE_KUNIT_TEST=y "$tree/.config" &&
        kernel_make "$tree" -s prepare scripts
}

# configure_alone: in a shell of its own, since an option that does not hold ends it.
configure_alone() { (configure); }

build_all() {
    local commit
    check "it can be configured" configure_alone
    ((FAILURES == 0)) || return
    while IFS= read -r commit; do
        check "$(in_tree log -1 --format=%s "$commit"): builds without a warning" compile "$commit"
    done < <(in_tree rev-list --reverse pristine..series)
    check "mm/slub.o is the same up to the new sample interval" same_slub "$(last_unchanged)"
}

check "git am is clean" "$ROOT/scripts/kernel" patch "$series" "$tree"
if in_tree rev-parse -q --verify pristine >/dev/null; then
    while IFS= read -r patch; do
        check "checkpatch --strict: $(basename -- "$patch")" checkpatch "$patch"
    done < <(kernel_patches "$series")
    check "the cover letter names every patch" cover_names_all
    [[ $build != --build ]] || build_all
fi
finish
