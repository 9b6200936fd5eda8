#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# series.sh SERIES [--build]: a series of kernel-patches/ as somebody who gets it by mail would look at it. `git am` on
# the pristine source is clean, checkpatch --strict has nothing to say, the cover letter names every patch; with
# --build, every commit builds what it touches without a warning (W=1) in several configurations, and the allocator's
# code is the same instruction for instruction up to the patch that says so.
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

# What somebody may set: one line each, a name and the options that differ from guest.config.
readonly CONFIGURATIONS='guest KUNIT=y KFENCE_KUNIT_TEST=y
module KFENCE_KUNIT_TEST=m JUMP_LABEL=y KFENCE_STATIC_KEYS=y
bare KUNIT=n KFENCE_KUNIT_TEST=n DEBUG_FS=n FTRACE=n MEMCG=n
tiny SLUB_TINY=y SLUB_DEBUG=n KUNIT=y KFENCE_KUNIT_TEST=y
none KFENCE=n'

# compile COMMIT NAME: what the series touches, at that commit, W=1; fails on a warning in a file that it touches.
compile() {
    local targets=(mm/slab_common.o mm/slub.o)
    [[ $2 == none ]] || targets+=(mm/kfence/)
    in_tree checkout -q -f "$1" || return 1
    kernel_make "$tree" -s W=1 "${targets[@]}" >"$OUT/compile.log" 2>&1 || { cat "$OUT/compile.log"; return 1; }
    ! grep -E '(mm/kfence/|mm/slab|include/linux/kfence\.h).*warning' "$OUT/compile.log"
}

# slub_code COMMIT: the allocator's code at that commit, and what it refers to.
slub_code() {
    in_tree checkout -q -f "$1" && kernel_make "$tree" -s mm/slub.o >&2 &&
        objdump -dr --no-show-raw-insn "$tree/mm/slub.o" | grep -v 'file format'
}

same_slub() {
    slub_code pristine >"$OUT/slub.before" && slub_code "$1" >"$OUT/slub.after" || return 1
    [[ $(wc -l <"$OUT/slub.before") -gt 1000 ]] || { echo "there is no code to compare"; return 1; }
    diff "$OUT/slub.before" "$OUT/slub.after"
}

# last_unchanged: the commit up to which the allocator does not change (the cover letter says so).
last_unchanged() { in_tree log --format='%H %s' series | sed -n 's/ kfence: apply a new sample interval at once$//p'; }

# configure OPTION=VALUE...: as scripts/kernel does it, and then these, each of which has to hold.
configure() {
    local option
    in_tree checkout -q -f series && kernel_configure "$tree" "patched-$series" || return 1
    for option; do
        "$tree/scripts/config" --file "$tree/.config" --set-val "${option%=*}" "${option#*=}" || return 1
    done
    kernel_make "$tree" -s olddefconfig || return 1
    for option; do
        [[ ${option#*=} == n ]] && ! grep -q "^CONFIG_${option%=*}=" "$tree/.config" && continue
        grep -qx "CONFIG_$option" "$tree/.config" || { echo "$option does not hold"; return 1; }
    done
    kernel_make "$tree" -s prepare scripts
}

# configure_alone: in a shell of its own, since an option of guest.config that does not hold ends it.
configure_alone() { (configure "$@"); }

# build_all NAME OPTION=VALUE...: every commit in one configuration.
build_all() {
    local name=$1 commit before=$FAILURES
    shift
    check "$name: it can be configured ($*)" configure_alone "$@"
    ((FAILURES == before)) || return
    while IFS= read -r commit; do
        check "$name: $(in_tree log -1 --format=%s "$commit"): builds without a warning" compile "$commit" "$name"
    done < <(in_tree rev-list --reverse pristine..series)
    check "$name: mm/slub.o is the same up to the new sample interval" same_slub "$(last_unchanged)"
}

build_each() {
    local words
    while read -ra words; do build_all "${words[@]}"; done <<<"$CONFIGURATIONS"
}

check "git am is clean" "$ROOT/scripts/kernel" patch "$series" "$tree"
if in_tree rev-parse -q --verify pristine >/dev/null; then
    while IFS= read -r patch; do
        check "checkpatch --strict: $(basename -- "$patch")" checkpatch "$patch"
    done < <(kernel_patches "$series")
    check "the cover letter names every patch" cover_names_all
    [[ $build != --build ]] || build_each
fi
finish
