# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The virtual machine: QEMU's command line. Needs common.sh and vm_kvm.sh.

# What makes a boot short; none of it changes what KFENCE does.
readonly VM_APPEND='console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check random.trust_cpu=on cryptomgr.notests'

# vm_machine_start: starts QEMU; its pid is VM_QEMU_PID.
vm_machine_start() {
    local arguments=(
        -nodefaults -no-user-config -display none -no-reboot
        -machine "q35,memory-backend=memory"
        -smp "$VM_CPUS" -m "$VM_MEMORY"
        -object "memory-backend-memfd,id=memory,size=$VM_MEMORY,share=on"
        -append "$VM_APPEND root=root rootfstype=virtiofs ro init=$VM_DIR/init vm_dir=$VM_DIR$VM_EXTRA"
        -chardev "file,id=console,path=$VM_LOG" -serial chardev:console
    )
    vm_add_accelerator
    vm_add_kernel
    vm_add_share root
    [[ -z $VM_OUT ]] || vm_add_share out
    vm_add_ports
    setpriv --pdeathsig KILL setsid "$VM_QEMU" "${arguments[@]}" </dev/null >"$VM_DIR/qemu.log" 2>&1 &
    VM_QEMU_PID=$!
    VM_PIDS+=("$VM_QEMU_PID")
}

vm_add_accelerator() {
    if vm_kvm_works; then
        arguments+=(-accel kvm -cpu host)
    else
        arguments+=(-accel "tcg,thread=multi,tb-size=512" -cpu "max,la57=off")
    fi
}

# An unpacked kernel starts about a second earlier than one that unpacks itself in emulation.
vm_add_kernel() {
    local folder=${VM_IMAGE%/*}
    if [[ -s $folder/vmlinux ]]; then
        arguments+=(-kernel "$folder/vmlinux")
    else
        arguments+=(-kernel "$VM_IMAGE")
    fi
    [[ ! -s $folder/initrd ]] || arguments+=(-initrd "$folder/initrd")
}

# vm_add_share NAME
vm_add_share() {
    arguments+=(
        -chardev "socket,id=share-$1,path=$VM_DIR/$1.sock"
        -device "vhost-user-fs-pci,chardev=share-$1,tag=$1,queue-size=1024"
    )
}

vm_add_ports() {
    local name
    arguments+=(-device virtio-serial-pci)
    for name in out err; do
        arguments+=(-chardev "file,id=$name,path=$VM_DIR/$name.fifo" -device "virtserialport,chardev=$name,name=$name")
    done
    for name in ctl in; do
        arguments+=(-chardev "pipe,id=$name,path=$VM_DIR/$name" -device "virtserialport,chardev=$name,name=$name")
    done
}
