#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# spdx.sh [ROOT]: an SPDX line on top of every source file, with the licence of its folder, and the text of every
# licence in LICENSES/.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/check/lib.sh
source "$HERE/lib.sh"

readonly COMMON_LICENCES=/usr/share/common-licenses
declare -A USED=()

# wants_line FILE: formats without comments, prose and data go without.
wants_line() {
    case $1 in
    LICENSES/* | LICENSE | *.md | *.json | *.jsonl | *.csv | *.patch | *.golden | *.bin | *.bt | .gitignore | */.gitignore) return 1 ;;
    CMakeLists.txt | */CMakeLists.txt) return 0 ;;
    *.txt) return 1 ;;
    *.cpp | *.h | *.c | *.sh | *.cmake | *.py | *.in | *.service | .clang-format | .clang-tidy | .shellcheckrc | */.clang-format | */.clang-tidy) return 0 ;;
    esac
    [[ $(head -c 2 -- "$ROOT/$1" | tr -d '\0') == '#!' ]]
}

# licence_of FILE: the identifier in its first line, or in its second one after "#!".
licence_of() {
    local line
    {
        IFS= read -r line || true
        [[ $line != '#!'* ]] || IFS= read -r line || true
    } <"$ROOT/$1"
    [[ $line =~ SPDX-License-Identifier:[[:space:]]*([A-Za-z0-9.+-]+([[:space:]]+(OR|AND)[[:space:]]+[A-Za-z0-9.+-]+)*) ]] || return 0
    printf '%s\n' "${BASH_REMATCH[1]}"
}

# is_kernel_code FILE: what becomes part of the kernel.
is_kernel_code() {
    case $1 in
    bpf/* | kernel-patches/*) return 0 ;;
    *.c) grep -q '^#include <linux/module.h>' -- "$ROOT/$1" ;;
    *) return 1 ;;
    esac
}

check_file() {
    local file=$1 licence name wanted=Apache-2.0
    licence=$(licence_of "$file")
    if [[ -z $licence ]]; then
        finding "$file" "has no SPDX-License-Identifier in its first line"
        return
    fi
    for name in $licence; do
        case $name in
        OR | AND) ;;
        *) USED[$name]=$file ;;
        esac
    done
    if is_kernel_code "$file"; then wanted=GPL-2.0-only; fi
    [[ " $licence " == *" $wanted "* ]] || finding "$file" "is under $licence, and its folder is under $wanted"
}

# check_text NAME: the text of a licence that a file names.
check_text() {
    local name=$1 text=LICENSES/$1.txt reference
    if [[ ! -s $ROOT/$text ]]; then
        finding "$text" "is missing: ${USED[$name]} names $name"
        return
    fi
    reference=$COMMON_LICENCES/${name%.0-only}
    [[ -s $reference ]] || reference=$COMMON_LICENCES/$name
    [[ ! -s $reference ]] || cmp -s -- "$ROOT/$text" "$reference" || finding "$text" "is not the text of $name"
}

main() {
    local file name
    ROOT=$(check_root "${1:-}")
    while IFS= read -r -d '' file; do
        if wants_line "$file"; then check_file "$file"; fi
    done < <(check_files "$ROOT")
    for name in "${!USED[@]}"; do check_text "$name"; done
    for file in "$ROOT"/LICENSES/*.txt; do
        name=$(basename -- "$file" .txt)
        [[ ! -e $file || -n ${USED[$name]:-} ]] || finding "LICENSES/$name.txt" "is the licence of no file"
    done
    [[ -s $ROOT/LICENSE ]] || finding LICENSE "is missing: it says which licence covers what"
    finish
}

main "$@"
