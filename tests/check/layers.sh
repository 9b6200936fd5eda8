#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# layers.sh [ROOT]: the includes of userspace/ against the rule in layers.txt.
set -euo pipefail
shopt -s extglob

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/check/lib.sh
source "$HERE/lib.sh"

readonly CLOCK_CALL='(clock_gettime|gettimeofday|clock_nanosleep|timespec_get|_clock::now|[^_[:alnum:]]time)[[:space:]]*\([[:space:]]*(\)|NULL|nullptr|0|CLOCK_|&)'

declare -A LAYER=() ONLY=() NEVER=()
CLOCK=""

read_rule() {
    local kind key rest
    while read -r kind rest; do
        key=${rest%%:*}
        rest=${rest#*:}
        case $kind in
        layer) LAYER[$key]=$rest ;;
        only) ONLY[$key]=$rest ;;
        never) NEVER[$key]=$rest ;;
        clock) CLOCK=$rest ;;
        '' | \#*) ;;
        *) finding layers.txt "'$kind' is not a kind of rule" ;;
        esac
    done <"$HERE/layers.txt"
}

# in_folders FILE FOLDER...: FILE (relative to userspace/) is in one of them.
in_folders() {
    local file=$1 folder
    shift
    for folder; do [[ $file != "$folder"/* ]] || return 0; done
    return 1
}

# has_word WORD WORDS...
has_word() {
    local wanted=$1 word
    shift
    for word; do [[ $word != "$wanted" ]] || return 0; done
    return 1
}

# check_ours FILE LINE HEADER: an include of one of our own headers.
check_ours() {
    local file=$1 line=$2 header=$3 from=${1%%/*} to=${3%%/*} allowed
    if [[ $header == ../* || $header == */../* ]]; then
        finding "userspace/$file:$line" "\"$header\": include headers by their path below userspace/"
        return
    fi
    [[ -n ${LAYER[$to]+known} && $header == */* ]] || return 0
    set -f
    read -ra allowed <<<"${LAYER[$from]}"
    set +f
    if [[ $from != "$to" ]] && ! has_word '*' "${allowed[@]}" && ! has_word "$to" "${allowed[@]}"; then
        finding "userspace/$file:$line" "$from/ must not include \"$header\": it may use ${LAYER[$from]:-nothing but itself}"
    fi
}

# check_foreign FILE LINE HEADER: headers that belong to some folders alone, or that this folder never includes.
check_foreign() {
    local file=$1 line=$2 header=$3 pattern folders patterns
    for pattern in "${!ONLY[@]}"; do
        # shellcheck disable=SC2053 # a pattern is meant
        [[ $header == $pattern ]] || continue
        read -ra folders <<<"${ONLY[$pattern]}"
        in_folders "$file" "${folders[@]}" ||
            finding "userspace/$file:$line" "<$header> belongs to ${ONLY[$pattern]# } alone"
    done
    set -f
    read -ra patterns <<<"${NEVER[${file%%/*}]:-}"
    set +f
    for pattern in "${patterns[@]}"; do
        # shellcheck disable=SC2053 # a pattern is meant
        [[ $header != $pattern ]] ||
            finding "userspace/$file:$line" "${file%%/*}/ must not include <$header>: no clock, no file, no system call"
    done
}

check_includes() {
    local file=$1 number text
    while IFS=: read -r number text; do
        [[ $text =~ ^[[:space:]]*#[[:space:]]*include[[:space:]]*[\<\"]([^\>\"]+)[\>\"] ]] || continue
        check_ours "$file" "$number" "${BASH_REMATCH[1]}"
        check_foreign "$file" "$number" "${BASH_REMATCH[1]}"
    done < <(grep -n '^[[:space:]]*#[[:space:]]*include' -- "$ROOT/userspace/$file" || true)
}

check_clock() {
    local file=$1 number text folders
    read -ra folders <<<"$CLOCK"
    if in_folders "$file" "${folders[@]}"; then return 0; fi
    while IFS=: read -r number text; do
        [[ $text =~ ^[[:space:]]*// ]] || finding "userspace/$file:$number" "reads a clock: only$CLOCK may"
    done < <(grep -nE -- "$CLOCK_CALL" "$ROOT/userspace/$file" || true)
}

check_file() {
    local file=$1
    if [[ -z ${LAYER[${file%%/*}]+known} ]]; then
        finding "userspace/$file" "layers.txt has no line for the folder '${file%%/*}': add what it may include"
        return
    fi
    check_includes "$file"
    check_clock "$file"
}

main() {
    local file
    ROOT=$(check_root "${1:-}")
    read_rule
    CLOCK=" ${CLOCK# }"
    while IFS= read -r -d '' file; do
        case $file in
        userspace/*/*.@(h|cpp|c|hpp|cc)) check_file "${file#userspace/}" ;;
        esac
    done < <(check_files "$ROOT")
    finish
}

main "$@"
