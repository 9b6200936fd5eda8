# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Folders of this machine inside the guest, by virtiofsd. Needs common.sh.

readonly VIRTIOFSD_PLACES=(/usr/lib/qemu/virtiofsd /usr/libexec/virtiofsd /usr/lib/virtiofsd)

vm_find_virtiofsd() {
    local place
    for place in "${VIRTIOFSD_PLACES[@]}"; do
        if [[ -x $place ]]; then
            printf '%s\n' "$place"
            return
        fi
    done
    die_missing "virtiofsd is not on this machine (Debian package qemu-system-common): run scripts/install-deps --run"
}

# vm_share_files: how many files virtiofsd may hold open.
vm_share_files() {
    local hard
    hard=$(ulimit -Hn)
    if [[ $hard == unlimited ]] || ((hard > 1000000)); then hard=1000000; fi
    printf '%s\n' "$hard"
}

# vm_share_start NAME FOLDER CACHE [WRAPPER...]: starts one; its pid goes to VM_PIDS.
vm_share_start() {
    local name=$1 folder=$2 cache=$3 files
    shift 3
    files=$(vm_share_files)
    setpriv --pdeathsig KILL setsid "$@" "$VM_VIRTIOFSD" --socket-path="$VM_DIR/$name.sock" \
        -o source="$folder" -o sandbox=chroot -o cache="$cache" -o announce_submounts -o xattr -o log_level=err \
        --rlimit-nofile="$files" </dev/null >"$VM_DIR/$name.log" 2>&1 &
    VM_PIDS+=($!)
}

# vm_share_root: the root file system. Where mount namespaces are to be had, it is read-only for virtiofsd too,
# so that nothing in the guest can write to this machine by mounting it anew.
vm_share_root() {
    local propagation
    for propagation in private unchanged; do
        unshare --mount --propagation "$propagation" true 2>/dev/null || continue
        mkdir "$VM_DIR/root"
        vm_share_start root "$VM_DIR/root" always \
            unshare --mount --propagation "$propagation" "$BASH" "$HERE/lib/vm_read_only" "$VM_DIR/root"
        return
    done
    debug "no mount namespaces here: only the guest's own mount is read-only"
    vm_share_start root / always
}

# vm_share_wait NAME: until it listens.
vm_share_wait() {
    local name=$1 tries
    for ((tries = 0; tries < 1000; tries++)); do
        if [[ -S $VM_DIR/$name.sock ]]; then return; fi
        sleep 0.01
    done
    sed 's/^/    /' "$VM_DIR/$name.log" >&2
    die "virtiofsd did not start for the share '$name': see above"
}
