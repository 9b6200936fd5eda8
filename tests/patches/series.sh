#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# series.sh SERIES [--build]: a series of kernel-patches/ as somebody who gets it by mail would look at it. `git am` on
# the pristine source is clean, checkpatch --strict has nothing to say, the cover letter names every patch; with
# --build, every commit builds mm/kfence/ without a warning (W=1), and the allocator's code is the same instruction
# for instruction up to the patch that says so.
set -uo pipefail

series=$1 build=${2:-}
ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
patches=$ROOT/kernel-patches/$series
work=$(mktemp -d "${TMPDIR:-/var/tmp}/kfence-series.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
passed=0 failed=0

# check NAME COMMAND...: what COMMAND prints is shown when it fails.
check() {
    local name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "ok - $name"
        passed=$((passed + 1))
    else
        echo "not ok - $name"
        tail -n 30 "$work/log" | sed 's/^/    /'
        failed=$((failed + 1))
    fi
}

numbered() { find "$patches" -name '[0-9]*.patch' ! -name '0000-*' | sort; }

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
        grep -qF -- "$subject" "$patches"/0000-*.patch || { echo "the cover letter does not name '$subject'"; missing=1; }
    done < <(numbered)
    return "$missing"
}

in_tree() { git -C "$tree" "$@"; }

# compile COMMIT: mm/kfence/ and mm/slub.o at that commit, W=1; fails on a warning in mm/kfence/.
compile() {
    in_tree checkout -q -f "$1" || return 1
    make -s -C "$tree" -j"$(nproc)" CC="$compiler" W=1 mm/kfence/ >"$work/kfence.log" 2>&1 || { cat "$work/kfence.log"; return 1; }
    cat "$work/kfence.log"
    ! grep -q 'mm/kfence/.*warning' "$work/kfence.log"
}

# slub_code COMMIT: the allocator's code at that commit, without addresses of other sections.
slub_code() {
    in_tree checkout -q -f "$1" &&
        make -s -C "$tree" -j"$(nproc)" CC="$compiler" mm/slub.o >&2 &&
        objdump -d --no-show-raw-insn "$tree/mm/slub.o" | grep -v 'file format'
}

same_slub() {
    slub_code pristine >"$work/slub.before" && slub_code "$1" >"$work/slub.after" || return 1
    [[ $(wc -l <"$work/slub.before") -gt 1000 ]] || { echo "there is no code to compare"; return 1; }
    diff "$work/slub.before" "$work/slub.after"
}

# last_before_the_rest: the commit up to which the allocator does not change (docs in the cover letter).
last_unchanged() { in_tree log --format='%H %s' | sed -n 's/ kfence: apply a new sample interval at once$//p'; }

build_all() {
    local commit
    compiler=gcc
    if command -v ccache >/dev/null; then compiler='ccache gcc'; fi
    export CCACHE_NOHASHDIR=1
    make -s -C "$tree" tinyconfig >/dev/null
    (cd -- "$tree" && ./scripts/kconfig/merge_config.sh -m .config "$ROOT/kernel-patches/guest.config" >/dev/null)
    # The suite as part of the kernel, so that it is compiled too.
    printf 'CONFIG_KUNIT=y\nCONFIG_KFENCE_KUNIT_TEST=y\n' >>"$tree/.config"
    make -s -C "$tree" olddefconfig
    make -s -C "$tree" -j"$(nproc)" CC="$compiler" prepare scripts >"$work/prepare.log" 2>&1 || { cat "$work/prepare.log"; return 1; }
    while IFS= read -r commit; do
        check "$(in_tree log -1 --format=%s "$commit"): builds without a warning" compile "$commit"
    done < <(in_tree rev-list --reverse pristine..series)
    check "mm/slub.o is the same up to the new sample interval" same_slub "$(last_unchanged)"
}

tree=$work/linux
check "git am is clean" "$ROOT/scripts/kernel" patch "$series" "$tree"
if [[ -d $tree/.git ]]; then
    in_tree branch -q series
    in_tree branch -q -f pristine "$(in_tree rev-list --max-parents=0 HEAD)" 2>/dev/null || in_tree tag pristine "$(in_tree rev-list --max-parents=0 HEAD)"
    for patch in $(numbered); do check "checkpatch --strict: $(basename -- "$patch")" checkpatch "$patch"; done
    check "the cover letter names every patch" cover_names_all
    [[ $build != --build ]] || build_all
fi
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
