# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the house checks share. A check is a script that takes the root of a tree (default: this one), prints one
# line per finding and exits 1 when there was one. selftest.sh proves that each of them can fail.

CHECK_FINDINGS=0

# check_root [FOLDER]: prints the absolute path of the tree to look at.
check_root() {
    local root=${1:-$(dirname -- "${BASH_SOURCE[0]}")/../..}
    (cd -- "$root" && pwd -P)
}

# check_files ROOT: the files of a tree relative to ROOT, NUL-separated: what git has or would add, or, where there is
# no git, everything outside of build folders.
check_files() {
    local root=$1 file
    if [[ -e $root/.git ]] && git -C "$root" ls-files >/dev/null 2>&1; then
        while IFS= read -r -d '' file; do
            [[ ! -f $root/$file ]] || printf '%s\0' "$file"
        done < <(git -C "$root" ls-files -z --cached --others --exclude-standard)
    else
        (cd -- "$root" && find . \( -name .git -o -name build -o -name 'build-*' -o -name .cache \) -prune -o -type f -printf '%P\0')
    fi | sort -zu
}

# finding FILE[:LINE] SENTENCE...
finding() {
    local where=$1
    shift
    printf '%s: %s\n' "$where" "$*"
    CHECK_FINDINGS=$((CHECK_FINDINGS + 1))
}

# finish: the exit status of a check.
finish() { ((CHECK_FINDINGS == 0)); }
