# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The bytes of the command on their way out, and the conversation with guest/init. Needs common.sh.

# vm_io_prepare: the pipes between QEMU and us, and the programs that empty them.
vm_io_prepare() {
    mkfifo "$VM_DIR"/{out,err}.fifo "$VM_DIR"/{ctl,in}.{in,out}
    vm_carry out &
    VM_OUT_PID=$!
    vm_carry err >&2 &
    VM_ERR_PID=$!
    VM_PIDS+=("$VM_OUT_PID" "$VM_ERR_PID")
    exec {VM_CTL_OUT}<>"$VM_DIR/ctl.out" {VM_CTL_IN}<>"$VM_DIR/ctl.in"
}

# vm_carry NAME: from a pipe to stdout until its end. A signal to the whole process group is for the command to
# obey, and what it says then still has to come out.
vm_carry() {
    trap '' INT TERM HUP
    LC_ALL=C exec setpriv --pdeathsig KILL dd bs=64k if="$VM_DIR/$1.fifo" 2>"$VM_DIR/$1.count"
}

# vm_reader_there: no when our dd for stdout has failed; that it has ended well only means that QEMU has.
vm_reader_there() {
    kill -0 "$VM_OUT_PID" 2>/dev/null || wait "$VM_OUT_PID" 2>/dev/null
}

# vm_tell WORD...: a line for guest/init.
vm_tell() { printf '%s\n' "$*" >&"$VM_CTL_IN"; }

# vm_hear SECONDS: sets the caller's `line` to one from guest/init; 1 when there is no whole one in time. What came of
# it by then is kept for the next call: QEMU may pass a line on in pieces.
VM_HEARD=''
vm_hear() {
    if ! IFS= read -r -t "$1" -u "$VM_CTL_OUT" line; then
        VM_HEARD+=$line
        return 1
    fi
    line=$VM_HEARD$line
    VM_HEARD=''
}

# vm_copied PID FILE: how many bytes that dd has passed on so far.
vm_copied() {
    kill -USR1 "$1" 2>/dev/null || true
    sleep 0.01
    awk '/ copied,/ { bytes = $1 } END { print bytes + 0 }' "$2"
}

# vm_drain PID FILE BYTES: until the dd has passed on all that the guest sent.
vm_drain() {
    while kill -0 "$1" 2>/dev/null && (($(vm_copied "$1" "$2") < $3)); do sleep 0.02; done
}

# vm_terminal_take: our terminal becomes the command's (--tty).
vm_terminal_take() {
    ((VM_TTY)) || return 0
    exec {VM_TERMINAL_FD}<&0
    VM_TERMINAL=$(stty -g)
    stty raw -echo
    setpriv --pdeathsig KILL dd bs=1k of="$VM_DIR/in.in" <&0 2>/dev/null &
    VM_PIDS+=($!)
    trap vm_terminal_resized WINCH
}

vm_terminal_resized() { vm_tell size "$(stty size <&"$VM_TERMINAL_FD")"; }

# vm_terminal_restore: as it was; harmless when it was never taken.
vm_terminal_restore() {
    [[ -n ${VM_TERMINAL:-} ]] || return 0
    stty "$VM_TERMINAL" <&"$VM_TERMINAL_FD" 2>/dev/null || true
    VM_TERMINAL=''
    trap - WINCH
}

# vm_io_release: a dd that still waits for QEMU to open its pipe sees the end of it.
vm_io_release() {
    local fd name
    for name in out err; do
        exec {fd}<>"$VM_DIR/$name.fifo"
        exec {fd}>&-
    done
}
