#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# named.sh [ROOT]: every C++ source and every test script is named by the CMakeLists.txt of its folder or of one above
# it, so that no test lies there and is never run.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/check/lib.sh
source "$HERE/lib.sh"

# wants_name FILE: sources that something has to build or to run.
wants_name() {
    case $1 in
    */lib.sh | */lib/*.sh) return 1 ;; # sourced by what is run
    userspace/*.cpp | tests/*.cpp | tests/*.sh | bpf/*.bpf.c) return 0 ;;
    *) return 1 ;;
    esac
}

# is_named FILE: by its name, or without its extension, as a word of a CMakeLists.txt that is no comment.
is_named() {
    local file=$1 folder=${1%/*} base stem
    base=${file##*/}
    stem=${base%.*}
    stem=${stem%.bpf}
    while :; do
        if [[ -f $ROOT/$folder/CMakeLists.txt ]] && has_word "$ROOT/$folder/CMakeLists.txt" "$base" "$stem"; then return 0; fi
        [[ $folder == */* ]] || return 1
        folder=${folder%/*}
    done
}

# has_word FILE WORD...: FILE has one of the words outside of comments.
has_word() {
    local file=$1 word pattern
    shift
    # Read as a whole: a grep that ends early would end sed with a signal, which pipefail takes for "not there".
    file=$(sed 's/#.*//' "$file")
    for word; do
        pattern=${word//./\\.}
        if grep -qE -- "(^|[^A-Za-z0-9_.-])$pattern([^A-Za-z0-9_.-]|\$)" <<<"$file"; then return 0; fi
    done
    return 1
}

main() {
    local file
    ROOT=$(check_root "${1:-}")
    while IFS= read -r -d '' file; do
        wants_name "$file" || continue
        is_named "$file" || finding "$file" "is named by no CMakeLists.txt: nothing builds or runs it"
    done < <(check_files "$ROOT")
    finish
}

main "$@"
