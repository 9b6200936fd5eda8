# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What scripts/vm wants of a kernel package: bzImage, config, System.map, modules, and an initrd for a kernel
# that cannot reach its root file system without modules. Needs common.sh.

# Modules that such an initrd loads, in this order.
readonly KERNEL_BOOT_MODULES=(
    virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci fuse virtiofs virtio_console
)

# kernel_arrange FOLDER: FOLDER holds unpacked packages and is put into the cache's form.
kernel_arrange() {
    local folder=$1 image release
    image=$(find "$folder" -name 'vmlinuz*' -type f | head -n 1)
    [[ -n $image ]] || die "the kernel package holds no vmlinuz: its layout has changed, see scripts/lib/kernel_files.sh"
    if [[ -d $folder/lib && ! -L $folder/lib ]]; then
        mkdir -p "$folder/usr"
        cp -a -- "$folder/lib" "$folder/usr/"
        rm -rf -- "${folder:?}/lib"
        image=$(find "$folder" -name 'vmlinuz*' -type f | head -n 1)
    fi
    release=$(basename -- "$folder"/usr/lib/modules/*)
    mv -- "$image" "$folder/bzImage"
    kernel_take "$folder" config
    kernel_take "$folder" System.map
    rm -rf -- "${folder:?}/boot" "${folder:?}/usr/share"
    printf '%s\n' "$release" >"$folder/release"
    kernel_uncompressed "$folder"
    kernel_modules_index "$folder" "$release"
    kernel_initrd "$folder" "$release"
}

# kernel_uncompressed FOLDER: vmlinux out of a bzImage packed by zstd, because unpacking takes a second in emulation.
kernel_uncompressed() {
    local folder=$1 offset
    have zstd || return 0
    while IFS= read -r offset; do
        tail -c "+$((offset + 1))" "$folder/bzImage" | zstd -dcq >"$folder/vmlinux" 2>/dev/null || true
        if [[ $(head -c 4 "$folder/vmlinux" | tail -c 3) == ELF ]]; then return 0; fi
    done < <(LC_ALL=C grep -aboP '\x28\xb5\x2f\xfd' "$folder/bzImage" | cut -d: -f1)
    rm -f -- "$folder/vmlinux"
}

# kernel_take FOLDER NAME: NAME may lie in boot/ with the release in its name, or beside the modules.
kernel_take() {
    local found
    found=$(find "$1/boot" "$1/usr/lib/modules" -maxdepth 2 \( -name "$2" -o -name "$2-*" \) -type f 2>/dev/null | head -n 1 || true)
    [[ -n $found ]] || die "the kernel package holds no $2: its layout has changed, see scripts/lib/kernel_files.sh"
    mv -- "$found" "$1/$2"
}

# kernel_modules_index FOLDER RELEASE: so that modprobe works in the guest.
kernel_modules_index() {
    PATH=$PATH:/usr/sbin:/sbin
    have depmod || return 0
    depmod -b "$1/usr" "$2" 2>/dev/null || debug "depmod failed: modprobe will not find the modules of $2"
}

# kernel_initrd FOLDER RELEASE: only for a kernel whose virtio is made of modules.
kernel_initrd() {
    local folder=$1 release=$2 work name file
    if grep -q '^CONFIG_VIRTIO_FS=y' "$folder/config"; then return 0; fi
    [[ -x /bin/busybox ]] || die_missing "this kernel needs an initrd, and /bin/busybox is not here (Debian package busybox-static): run scripts/install-deps --run"
    work=$(mktemp -d "$folder/initrd.XXXXXX")
    mkdir "$work/dev" "$work/proc" "$work/root"
    cp /bin/busybox "$work/busybox"
    for name in "${KERNEL_BOOT_MODULES[@]}"; do
        file=$(find "$folder/usr/lib/modules/$release" -name "$name.ko" | head -n 1)
        [[ -z $file ]] || cp -- "$file" "$work/"
    done
    kernel_initrd_script >"$work/init"
    chmod +x "$work/init"
    (cd -- "$work" && find . | /bin/busybox cpio -o -H newc 2>/dev/null) >"$folder/initrd"
    rm -rf -- "$work"
}

kernel_initrd_script() {
    cat <<EOF
#!/busybox sh
/busybox mount -t proc proc /proc
for module in ${KERNEL_BOOT_MODULES[*]}; do
    [ ! -e /\$module.ko ] || /busybox insmod /\$module.ko
done
/busybox mount -t virtiofs -o ro root /root
for word in \$(/busybox cat /proc/cmdline); do
    case \$word in init=*) init=\${word#init=} ;; esac
done
/busybox umount /proc
exec /busybox switch_root /root "\$init"
EOF
}
