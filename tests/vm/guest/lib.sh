# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For what runs inside a guest: it records into $OUT, and tests/vm/*.sh judges outside.
set -u
# With job control, what runs in the background does not ignore SIGINT.
set -m

: "${TOOLS:?the folder with the programs, such as build/bin}"
: "${OUT:?the folder for the record}"
export PATH=$PATH:/usr/sbin:/sbin
BACKGROUND=()

# record NAME VALUE
record() { printf '%s\n' "$2" >"$OUT/$1.value"; }

# run NAME COMMAND...: its output in NAME.out, its messages in NAME.err, its exit status recorded as NAME.status.
run() {
    local name=$1
    shift
    "$@" >"$OUT/$name.out" 2>"$OUT/$name.err"
    record "$name.status" $?
}

# start NAME COMMAND...: the same in the background; `end NAME [SIGNAL]` waits for it.
declare -A STARTED=()
start() {
    local name=$1
    shift
    "$@" >"$OUT/$name.out" 2>"$OUT/$name.err" &
    STARTED[$name]=$!
}

end() {
    local pid=${STARTED[$1]}
    [[ -z ${2:-} ]] || kill "-$2" "$pid"
    wait "$pid"
    record "$1.status" $?
}

# until_output NAME: waits for the first line of what was started under that name.
until_output() {
    until [[ -s $OUT/$1.out ]]; do
        kill -0 "${STARTED[$1]}" 2>/dev/null || return 0
        sleep 0.2
    done
}

# Runs in the background until stop_background.
background() {
    "$@" &
    BACKGROUND+=($!)
}

stop_background() {
    local pid
    for pid in "${BACKGROUND[@]}"; do
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    BACKGROUND=()
}

set_interval() { echo "$1" >/sys/module/kfence/parameters/sample_interval; }

kernel_counter() { sed -n "s/^$1: //p" /sys/kernel/debug/kfence/stats; }

# How many of our programs are loaded in this kernel.
loaded_programs() { bpftool prog list 2>/dev/null | grep -c ' name kf_'; }

# A command and no function: what is started in the background gets its signals itself.
export TOP_JSON=("$TOOLS/kfence-top" --batch --format json)
