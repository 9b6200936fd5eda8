# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The folder of one run: what the guest is told, in files. Needs common.sh.

# Folders of the guest that a tmpfs covers.
readonly VM_COVERED=(/tmp /run /var/tmp)

# vm_mounts_first: what the guest mounts first, in the form of fstab.
vm_mounts_first() {
    cat <<'EOF'
sysfs      /sys                 sysfs      nosuid,nodev,noexec 0 0
devtmpfs   /dev                 devtmpfs   mode=0755           0 0
tmpfs      /run                 tmpfs      mode=0755           0 0
EOF
}

# vm_mounts_then: what needs folders in these.
vm_mounts_then() {
    cat <<'EOF'
devpts     /dev/pts             devpts     gid=5,mode=620,ptmxmode=666 0 0
tmpfs      /dev/shm             tmpfs      mode=1777           0 0
debugfs    /sys/kernel/debug    debugfs    defaults            0 0
tracefs    /sys/kernel/tracing  tracefs    defaults            0 0
securityfs /sys/kernel/security securityfs defaults            0 0
bpf        /sys/fs/bpf          bpf        mode=0700           0 0
cgroup2    /sys/fs/cgroup       cgroup2    defaults            0 0
tmpfs      /var/tmp             tmpfs      mode=1777           0 0
tmpfs      /tmp                 tmpfs      mode=1777           0 0
EOF
}

# vm_covered_folder PATH: prints the part of PATH that has to be put back when a tmpfs covers it
# (/tmp/a/b gives /tmp/a), or nothing.
vm_covered_folder() {
    local path=$1 top rest
    for top in "${VM_COVERED[@]}"; do
        [[ $path == "$top"/* ]] || continue
        rest=${path#"$top"/}
        printf '%s/%s\n' "$top" "${rest%%/*}"
        return
    done
}

# vm_keep_folders PATH...: the folders to put back for these paths, each once.
vm_keep_folders() {
    local path
    for path; do vm_covered_folder "$path"; done | sort -u
}

# vm_write_config FILE: the shell variables that guest/init reads.
vm_write_config() {
    local folder keep=()
    while IFS= read -r folder; do
        [[ ! -d $folder ]] || keep+=("$folder")
    done < <(vm_keep_folders "$PWD" "$HERE" "${VM_COMMAND[0]}" "$VM_IMAGE")
    {
        printf 'vm_cwd=%q\n' "$PWD"
        printf 'vm_out=%q\n' "$VM_OUT"
        printf 'vm_tty=%d\n' "$VM_TTY"
        printf 'vm_rows=%d vm_cols=%d\n' "$VM_ROWS" "$VM_COLS"
        printf 'vm_time=%d\n' "$EPOCHSECONDS"
        printf 'vm_keep=('
        ((${#keep[@]} == 0)) || printf '%q ' "${keep[@]}"
        printf ')\n'
    } >"$1"
}

# vm_environment: NUL-separated NAME=VALUE for the command.
vm_environment() {
    local name
    for name in TERM LANG LC_ALL NO_COLOR COLORTERM; do
        [[ -z ${!name+set} ]] || printf '%s\0' "$name=${!name}"
    done
    # There may be no /lib/modules to mount this kernel's modules on.
    [[ ! -d ${VM_IMAGE%/*}/usr/lib/modules ]] || printf 'MODPROBE_OPTIONS=-d %s/usr\0' "${VM_IMAGE%/*}"
    ((${#VM_ENV[@]} == 0)) || printf '%s\0' "${VM_ENV[@]}"
}

# vm_folder_make: the folder of this run. It is locked while the run lasts, so that the next one can tell what a
# killed run has left.
vm_folder_make() {
    vm_folder_sweep
    VM_DIR=$(mktemp -d /tmp/kfence-vm.XXXXXX)
    exec {VM_DIR_LOCK}>"$VM_DIR/lock"
    flock "$VM_DIR_LOCK"
}

vm_folder_sweep() {
    local lock
    find /tmp -maxdepth 1 -name 'kfence-vm.*' -empty -mmin +2 -delete 2>/dev/null || true
    for lock in /tmp/kfence-vm.*/lock; do
        if [[ -O $lock ]] && flock -n "$lock" true; then rm -rf -- "${lock%/lock}"; fi
    done
}

# vm_write_files FOLDER
vm_write_files() {
    local folder=$1
    cp -- "$HERE/guest/init" "$HERE/guest/setup" "$folder/"
    printf '%s\0' "${VM_COMMAND[@]}" >"$folder/argv"
    vm_environment >"$folder/env"
    vm_write_config "$folder/config"
    vm_mounts_first >"$folder/mounts-1"
    vm_mounts_then >"$folder/mounts-2"
}
