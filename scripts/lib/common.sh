# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Messages, exit codes, the cache folder, locks and retries. Sourced, never run.

shopt -s inherit_errexit

readonly EXIT_FAILED=1 EXIT_USAGE=2 EXIT_MISSING=3

SELF=${SELF:-$(basename -- "$0")}
VERBOSE=${VERBOSE:-0}

# Everything a person reads goes to stderr: stdout is for data.
say() { printf '%s: %s\n' "$SELF" "$*" >&2; }

debug() { if ((VERBOSE)); then say "$@"; fi; }

# die MESSAGE...: it was tried and it failed.
die() {
    say "$@"
    exit "$EXIT_FAILED"
}

# die_usage MESSAGE...: the command line is wrong.
die_usage() {
    say "$@"
    say "see '$SELF --help'"
    exit "$EXIT_USAGE"
}

# die_missing MESSAGE...: this machine or user lacks something.
die_missing() {
    say "$@"
    exit "$EXIT_MISSING"
}

# Prints the folder in which everything fetched or built outside the tree is kept.
cache_dir() {
    local base=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}
    printf '%s\n' "${KFENCE_TOOLS_CACHE:-$base/kfence-tools}"
}

have() { command -v -- "$1" >/dev/null 2>&1; }

# require_program PROGRAM PACKAGE GROUP: GROUP is the option of install-deps that brings it.
require_program() {
    have "$1" || die_missing "'$1' is not on this machine (Debian package $2): run scripts/install-deps --$3"
}

# retry TIMES COMMAND...: runs COMMAND until it succeeds, with a growing pause.
retry() {
    local times=$1 attempt
    shift
    for ((attempt = 1; attempt <= times; attempt++)); do
        if "$@"; then return 0; fi
        ((attempt < times)) || break
        debug "attempt $attempt of $times failed: $1"
        sleep "$attempt"
    done
    return 1
}

# with_lock FILE COMMAND...: runs COMMAND while holding FILE, so that two runs do not do the same work at once.
# In a condition, COMMAND has to look after its failures itself: bash does not stop at the first one there.
with_lock() {
    local file=$1 fd status
    shift
    mkdir -p -- "$(dirname -- "$file")"
    exec {fd}>"$file"
    if ! flock -n "$fd"; then
        debug "waiting for another run that holds $file"
        flock "$fd"
    fi
    "$@" {fd}>&-
    status=$?
    exec {fd}>&-
    return "$status"
}

# as_root COMMAND...: runs COMMAND as root, by sudo where that is needed.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif have sudo; then
        sudo -- "$@"
    else
        die_missing "this needs root: run it as root or install sudo"
    fi
}

# become_root PROGRAM ARGUMENT...: replaces a script by itself under sudo, with the same cache folder.
become_root() {
    ((EUID != 0)) || return 0
    have sudo || die_missing "$SELF needs root and there is no sudo: run it as root"
    debug "not root: going on under sudo"
    exec sudo -- env "KFENCE_TOOLS_CACHE=$(cache_dir)" "TERM=${TERM:-dumb}" "$@"
}

# work_folder FOLDER: makes and prints a folder beside FOLDER to prepare its contents in. What an interrupted
# run left there goes first; the caller holds FOLDER's lock.
work_folder() {
    mkdir -p -- "$(dirname -- "$1")"
    rm -rf -- "$1".new.* "$1".old.*
    mktemp -d "$1.new.XXXXXX"
}

# replace_folder FOLDER NEW: puts NEW in FOLDER's place; what was there goes last.
replace_folder() {
    local folder=$1 new=$2 old
    old=$(mktemp -d "$folder.old.XXXXXX")
    [[ ! -e $folder ]] || mv -- "$folder" "$old/"
    mv -T -- "$new" "$folder"
    rm -rf -- "$old"
}
