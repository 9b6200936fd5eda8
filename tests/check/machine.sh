#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# machine.sh [ROOT]: nothing in the tree depends on the machine it was written on: no path of this checkout, no home
# folder, no host of this machine's package sources, no URL outside of hosts.txt.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/check/lib.sh
source "$HERE/lib.sh"

# Top folders that every machine has: naming them tells nothing about this one.
readonly COMMON='bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var'

# private_paths: extended regular expressions, one a line.
private_paths() {
    local here top
    here=$(cd -- "$HERE/../.." && pwd -P)
    top=${here#/}
    top=${top%%/*}
    printf '%s\n' '/(home|Users)/[A-Za-z0-9_.-]+'
    if [[ $top =~ ^($COMMON)$ ]]; then
        # /tmp/x says nothing either, and a short path could be a word of ours: the whole path has to be there.
        [[ $here != /*/*/* ]] || printf '%s/\n' "$(quote "$here")"
    else
        printf '/%s/\n' "$(quote "$top")"
    fi
}

quote() { sed 's/[][\.*^$+?(){}|/]/\\&/g' <<<"$1"; }

# private_hosts: the hosts of this machine's package sources that hosts.txt does not have.
private_hosts() {
    local host
    have_command apt-get || return 0
    apt-get indextargets --format '$(SITE)' 2>/dev/null | sed -E 's#^[a-z+]+://##; s#^[^/]*@##; s#[:/].*##' | sort -u |
        while IFS= read -r host; do
            [[ -z $host ]] || is_allowed "$host" || printf '%s\n' "$host"
        done
}

have_command() { command -v -- "$1" >/dev/null 2>&1; }

is_allowed() {
    local allowed
    for allowed in "${HOSTS[@]}"; do
        if [[ $1 == "$allowed" || $1 == *".$allowed" ]]; then return 0; fi
    done
    return 1
}

# matches PATTERN: "FILE:LINE:text" of what matches in the tree's text files, but for the licence texts.
matches() (
    cd -- "$ROOT"
    check_files . | { grep -zv '^LICENSES/' || true; } | xargs -0r grep -nHIoE -- "$1" || true
)

check_paths() {
    local pattern file line rest
    while IFS= read -r pattern; do
        while IFS=: read -r file line rest; do
            finding "$file:$line" "names a path of a machine: $rest"
        done < <(matches "(^|[^A-Za-z0-9_./\$}])$pattern")
    done < <(private_paths)
}

check_private_hosts() {
    local host file line rest
    while IFS= read -r host; do
        while IFS=: read -r file line rest; do
            finding "$file:$line" "names a package host of this machine: $rest"
        done < <(matches "$(quote "$host")")
    done < <(private_hosts)
}

check_urls() {
    local file line rest host
    while IFS=: read -r file line rest; do
        host=${rest##*//}
        host=${host##*@}
        [[ $host == *.* ]] || continue
        is_allowed "${host,,}" || finding "$file:$line" "names the host $host: not in tests/check/hosts.txt"
    done < <(matches '(https?|ftp|git|ssh)://[A-Za-z0-9._@-]+')
}

main() {
    ROOT=$(check_root "${1:-}")
    mapfile -t HOSTS < <(grep -v '^#' "$HERE/hosts.txt")
    check_paths
    check_private_hosts
    check_urls
    finish
}

main "$@"
