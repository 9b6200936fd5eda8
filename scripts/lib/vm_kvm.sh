# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Whether KVM can be used here. That /dev/kvm exists says little: a guest is started once, and the verdict is kept
# per kernel of this machine. KFENCE_TOOLS_ACCEL=kvm or tcg decides instead. Needs common.sh.

readonly VM_QEMU=qemu-system-x86_64 VM_KVM_PROBE_S=15

vm_kvm_works() {
    case ${KFENCE_TOOLS_ACCEL:-} in
    kvm) return 0 ;;
    tcg) return 1 ;;
    esac
    [[ -r /dev/kvm && -w /dev/kvm ]] || return 1
    local verdict
    verdict=$(cache_dir)/kvm/$(uname -r)
    [[ -s $verdict ]] || with_lock "$verdict.lock" vm_kvm_probe "$verdict"
    [[ $(<"$verdict") == yes ]]
}

# vm_kvm_boot LOG
vm_kvm_boot() {
    timeout -k 1 "$VM_KVM_PROBE_S" "$VM_QEMU" -nodefaults -no-user-config -display none -no-reboot \
        -machine q35 -accel kvm -cpu host -m 256M -kernel "$VM_IMAGE" -append 'console=ttyS0 panic=-1' \
        -serial "file:$1" </dev/null
}

# vm_kvm_probe FILE: a kernel without a root file system that gets as far as missing it.
vm_kvm_probe() {
    local file=$1 log=$VM_DIR/kvm.log answer=no
    [[ ! -s $file ]] || return 0
    say "trying whether KVM runs a guest here (once)"
    (vm_kvm_boot "$log" || true) >/dev/null 2>&1
    if grep -aqs 'Kernel panic' "$log"; then answer=yes; fi
    debug "KVM runs a guest here: $answer"
    printf '%s\n' "$answer" >"$file"
}
