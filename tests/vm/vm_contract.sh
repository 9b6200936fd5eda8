#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What scripts/vm promises, tried one by one. Results as in tests/lib/results.sh.
# shellcheck disable=SC2317 # the parts are called by name
# Usage: tests/vm/vm_contract.sh [KERNEL [PART...]]
set -uo pipefail

ROOT=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd)
KERNEL=${1:-stock-6.12}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/vm-contract.XXXXXX")
OUT=$WORK
trap 'rm -rf -- "$WORK"' EXIT
# shellcheck source=tests/lib/results.sh
source "$ROOT/tests/lib/results.sh"

# guest ARGUMENT...: scripts/vm run with the kernel of this test.
guest() { "$ROOT/scripts/vm" run --kernel "$KERNEL" "$@"; }

# A mark in the environment of what we start, so that other runs do not count as ours.
export VM_CONTRACT=$$
machines() {
    grep -lsz "^VM_CONTRACT=$$\$" /proc/[0-9]*/environ | while IFS= read -r file; do
        cat "${file%/environ}/comm" 2>/dev/null
    done | grep -cE 'qemu|virtiofsd|^dd$' || true
}
# Folders that no run holds any more.
folders() {
    local lock count=0
    for lock in /tmp/kfence-vm.*/lock; do
        if [[ -e $lock ]] && flock -n "$lock" true; then ((count += 1)); fi
    done
    echo "$count"
}

test_streams() {
    local status=0 separate
    head -c 1000000 /dev/urandom >"$WORK/random"
    mkdir "$WORK/out dir"
    # Everything that one boot can show.
    # shellcheck disable=SC2016 # for the guest's shell
    (
        cd -- "$WORK" && guest --out "$WORK/out dir" --env "GREETING=hello world" --cpus 1 -- bash -c '
            cat random
            {
                printf "<%s>" "$@"; echo
                pwd
                id -u
                hostname
                echo "$GREETING"
                (echo x >/usr/vm-contract) 2>/dev/null && echo writable || echo read-only
                echo x >/tmp/vm-contract && echo tmp-writable
                (echo x >./vm-contract) 2>/dev/null && echo work-writable || echo work-read-only
                cat /proc/sys/kernel/kptr_restrict
                for i in /proc /sys /dev/pts /sys/kernel/debug /sys/kernel/tracing /sys/fs/bpf /sys/fs/cgroup; do
                    mountpoint -q "$i" || echo "no $i"
                done
                nproc
                cp random "out dir/copy"
                echo again >/dev/stderr
            } >&2
            exit 42' bash 'a b' 'q"q'"'"'q' $'new\nline' '' '$x *' "back\\slash" >"$WORK/stdout" 2>"$WORK/stderr"
    ) || status=$?
    same "the exit status is the command's" "$status" 42
    check "stdout is exact and alone (1 MB of random bytes)" cmp "$WORK/random" "$WORK/stdout"
    # shellcheck disable=SC2016 # not to be expanded
    separate=$(printf '<%s>' 'a b' 'q"q'"'"'q' $'new\nline' '' '$x *' "back\\slash")
    same "arguments survive any quoting" "$(head -n 2 "$WORK/stderr")" "$separate"
    same "it starts in the same folder, as root, on guest" "$(sed -n '3,5p' "$WORK/stderr" | tr '\n' ' ')" "$WORK 0 guest "
    same "--env passes a variable" "$(sed -n 6p "$WORK/stderr")" "hello world"
    same "the root file system is read-only" "$(sed -n 7p "$WORK/stderr")" read-only
    same "/tmp is writable, the folder under /tmp is not" "$(sed -n '8,9p' "$WORK/stderr" | tr '\n' ' ')" "tmp-writable work-read-only "
    same "mounts, --cpus and the end of stderr" "$(sed -n '10,$p' "$WORK/stderr" | tr '\n' ' ')" "0 1 again "
    check "--out is writable at the same path" cmp "$WORK/random" "$WORK/out dir/copy"
    check "nothing was written to this machine" test ! -e /usr/vm-contract -a ! -e /tmp/vm-contract
}

test_timeout() {
    local status=0 begin=$SECONDS
    guest --timeout 25 -- bash -c 'echo before; sleep 100' >"$WORK/stdout" 2>/dev/null || status=$?
    same "a time-out is 124" "$status" 124
    same "what came before it is kept" "$(cat "$WORK/stdout")" before
    check "and it is on time" test $((SECONDS - begin)) -lt 45
}

test_streaming() {
    local begin line
    exec {stream}< <(guest -- bash -c 'echo first; sleep 8; echo last' 2>/dev/null)
    read -r line <&"$stream"
    begin=$SECONDS
    read -r line <&"$stream"
    exec {stream}<&-
    same "output comes while the command runs" "$line $((SECONDS - begin >= 4))" "last 1"
}

test_parallel() {
    local a b
    guest -- bash -c 'echo one; exit 3' >"$WORK/one" 2>&1 &
    a=$!
    guest -- bash -c 'echo two; exit 4' >"$WORK/two" 2>&1 &
    b=$!
    wait "$a"
    a=$?
    wait "$b"
    b=$?
    same "two at the same time" "$a $b $(cat "$WORK/one") $(cat "$WORK/two")" "3 4 one two"
}

# interrupted SIGNAL: the exit status after it, when the command says so itself.
interrupted() {
    local pid status=0 i
    : >"$WORK/stdout"
    set -m
    # shellcheck disable=SC2016 # for the guest's shell
    "$ROOT/scripts/vm" run -v --kernel "$KERNEL" -- bash -c 'trap "echo stopped; exit 9" INT TERM; echo ready; while :; do sleep 0.1; done' >"$WORK/stdout" 2>"$WORK/stderr" &
    pid=$!
    set +m
    for ((i = 0; i < 900; i++)); do
        grep -q ready "$WORK/stdout" && break
        sleep 0.1
    done
    kill "-$1" -- "-$pid"
    wait "$pid" || status=$?
    same "$1 reaches the command" "$status $(tail -n 1 "$WORK/stdout")" "9 stopped"
    [[ $status == 9 ]] || sed 's/^/    /' "$WORK/stderr"
}

test_signals() {
    local pid status=0
    interrupted INT
    interrupted TERM
    "$ROOT/scripts/vm" run --kernel "$KERNEL" -- sleep 60 >/dev/null 2>&1 &
    pid=$!
    sleep 5
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
    sleep 1
    same "even SIGKILL leaves no process" "$(machines)" 0
    guest -- true >/dev/null 2>&1 || status=$?
    same "and the next run clears its folder" "$status $(folders)" "0 0"
}

test_death() {
    local status=0
    guest -- bash -c 'echo c >/proc/sysrq-trigger; sleep 60' 2>"$WORK/stderr" || status=$?
    same "a panic is 125, and said" "$status $(grep -c 'kernel panicked, see' "$WORK/stderr")" "125 1"
    status=0
    guest -- bash -c 'echo "<0>Oops: int3: 0000 [#1] SMP" >/dev/kmsg; echo c >/proc/sysrq-trigger; sleep 60' 2>"$WORK/stderr" || status=$?
    same "a failure of the emulator is 125, and told from that" \
        "$status $(grep -c 'the emulator translates code' "$WORK/stderr")" "125 1"
}

test_usage() {
    local status=0
    guest 2>/dev/null || status=$?
    same "no command is a usage error" "$status" 2
    status=0
    "$ROOT/scripts/vm" run --kernel no-such -- true 2>/dev/null || status=$?
    same "an unknown kernel is a usage error" "$status" 2
    status=0
    guest -- no-such-program 2>/dev/null || status=$?
    same "a program that is not there is 127" "$status" 127
}

parts=("${@:2}")
((${#parts[@]})) || parts=(usage streams streaming timeout parallel signals death)
for part in "${parts[@]}"; do "test_$part"; done
same "no process is left" "$(machines)" 0
same "no folder is left" "$(folders)" 0
finish
