# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The headers of Debian's kernels, unpacked in the cache so that a module can be built against them.
# Needs common.sh, apt.sh, kernels.sh and headers_libc.sh.

headers_dir() { printf '%s/headers/%s\n' "$(cache_dir)" "$1"; }

# headers_build_folder NAME: the folder for make -C.
headers_build_folder() {
    printf '%s/usr/src/linux-headers-%s\n' "$(headers_dir "$1")" "$(cat "$(kernel_dir "$1")/release")"
}

# headers_fetch_locked NAME
headers_fetch_locked() {
    local name=$1 folder release version config package work
    folder=$(headers_dir "$name")
    release=$(cat "$(kernel_dir "$name")/release")
    version=$(cat "$(kernel_dir "$name")/version")
    if [[ $(cat "$folder/version" 2>/dev/null) == "$version" ]]; then return 0; fi
    config=$(kernel_apt "$name" '')
    package=linux-headers-$release
    headers_check "$config" "$package" "$version" "$name"
    say "fetching $package"
    work=$(work_folder "$folder")
    mapfile -t parts < <(apt_parts "$config" "$package" '^linux-(headers|kbuild)-')
    apt_unpack "$config" "$work" "$package" "${parts[@]}"
    printf '%s\n' "$version" >"$work/tree/version"
    headers_relocate "$work/tree" "$folder" "$release"
    headers_fit_libc "$work/tree" "$folder" "$(kernel_suite "$name")"
    replace_folder "$folder" "$work/tree"
    rm -rf -- "$work"
}

# headers_check CONFIG PACKAGE VERSION NAME: the archive must still have exactly this kernel's headers.
headers_check() {
    local found
    found=$(apt_version "$1" "$2")
    [[ $found == "$3" ]] ||
        die "the archive has ${found:-no} $2, and the kernel here is $3: take the archive's kernel with scripts/kernel fetch --update $4"
}

# headers_relocate TREE FOLDER RELEASE: Debian's wrappers name /usr/src; here everything is in FOLDER. The
# compiler that they name may be missing; then it is the machine's gcc, which may know fewer options.
headers_relocate() {
    local tree=$1 folder=$2 build
    build=$tree/usr/src/linux-headers-$3
    sed -i "s#/usr/src/#$folder/usr/src/#g" "$build/Makefile"
    sed -i -E 's/^CC = (.*)(gcc-[0-9]+)$/CC = \1$(if $(shell command -v $(CROSS_COMPILE)\2),\2,gcc)/' "$build/.kernelvariables"
    headers_fit_compiler "$build"
}

# headers_fit_compiler BUILD: a module needs no BTF of its own (pahole), and an older gcc than the kernel's lacks some options.
headers_fit_compiler() {
    local build=$1 wanted
    sed -i "/^CONFIG_DEBUG_INFO_BTF_MODULES=/d" "$build/include/config/auto.conf"
    wanted=$(sed -n "s/^CONFIG_GCC_VERSION=//p" "$build/include/config/auto.conf")
    if have "gcc-$((wanted / 10000))"; then return 0; fi
    sed -i "/^CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=/d" "$build/include/config/auto.conf"
}

# headers_fetch NAME: fetches what is missing (also the kernel) and prints the folder for make -C.
headers_fetch() {
    local name=$1
    kernel_is_stock "$name" || die_usage "headers are there for Debian's own kernels (${KERNEL_STOCK[*]}), not for '$name'"
    kernel_image "$name" >/dev/null
    with_lock "$(headers_dir "$name").lock" headers_fetch_locked "$name"
    headers_build_folder "$name"
}
