# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Guest kernels: their names, where they lie in the cache, and how Debian's own are brought there.
# Needs common.sh, apt.sh and kernel_files.sh.

export KERNEL_DEFAULT=stock-6.12
readonly KERNEL_STOCK=(stock-6.12 stock-7.3 stock-6.1)

# kernel_is_stock NAME
kernel_is_stock() {
    local name
    for name in "${KERNEL_STOCK[@]}"; do [[ $name != "$1" ]] || return 0; done
    return 1
}

# kernel_check_name NAME: a name of the contract, or a usage error.
kernel_check_name() {
    if kernel_is_stock "$1" || [[ $1 =~ ^(patched|vanilla)-(6\.12|7\.3)(-n[1-9][0-9]*|-tiny|-debug)?$ ]]; then return 0; fi
    die_usage "no kernel is called '$1': use ${KERNEL_STOCK[*]}, or patched-6.12, patched-7.3, vanilla-6.12, vanilla-7.3 (with -n1000 for 1000 objects, -tiny for CONFIG_SLUB_TINY, -debug for lockdep and static keys)"
}

kernel_dir() { printf '%s/kernels/%s\n' "$(cache_dir)" "$1"; }

# kernel_suite NAME: the Debian suite that has it.
kernel_suite() {
    case $1 in
    stock-7.3) printf 'trixie-backports\n' ;;
    *) printf 'bookworm-security\n' ;;
    esac
}

# kernel_pattern NAME: matches its image packages, signed or not.
kernel_pattern() {
    local version=${1#stock-}
    printf '^linux-image-%s[.+~][0-9a-z.+~-]*cloud-amd64(-unsigned)?$\n' "${version//./\\.}"
}

# kernel_choose NAMES: the newest of a list; the unsigned one where both exist.
kernel_choose() {
    local names=$1 newest
    newest=$(sed 's/-unsigned$//' <<<"$names" | sort -V | tail -n 1)
    if grep -qxF -- "$newest-unsigned" <<<"$names"; then
        printf '%s-unsigned\n' "$newest"
    else
        printf '%s\n' "$newest"
    fi
}

# kernel_package NAME CONFIG: prints the image package to fetch.
kernel_package() {
    local name=$1 config=$2 suite names
    suite=$(kernel_suite "$name")
    names=$(apt_names "$config" "$(kernel_pattern "$name")")
    if [[ -z $names ]]; then
        say "$suite has no kernel package that matches $(kernel_pattern "$name")"
        say "it has: $(apt_names "$config" '^linux-image-[0-9].*cloud-amd64(-unsigned)?$' | tail -n 6 | tr '\n' ' ')"
        die "$name has gone from the archive: take another kernel (scripts/kernel list) or set its series in scripts/lib/kernels.sh"
    fi
    kernel_choose "$names"
}

# kernel_apt NAME FORCE: opens the suite of a stock kernel; prints the configuration's path.
kernel_apt() {
    local suite
    suite=$(kernel_suite "$1")
    apt_open "$suite" "$2" || die "cannot read the package list of $suite: check the network and /etc/apt, then try again"
}

# kernel_fetch_locked NAME FORCE: fetches a stock kernel unless it is there (FORCE: looks for a newer one).
kernel_fetch_locked() {
    local name=$1 force=$2 folder config package work
    folder=$(kernel_dir "$name")
    if [[ -z $force && -s $folder/bzImage ]]; then return 0; fi
    config=$(kernel_apt "$name" "$force")
    package=$(kernel_package "$name" "$config")
    if [[ -s $folder/bzImage && $(cat "$folder/package" 2>/dev/null) == "$package" ]]; then return 0; fi
    say "fetching $package"
    work=$(work_folder "$folder")
    mapfile -t parts < <(apt_parts "$config" "$package" '^linux-(base|binary|modules)-[0-9]')
    apt_unpack "$config" "$work" "$package" "${parts[@]}"
    kernel_arrange "$work/tree"
    printf '%s\n' "$package" >"$work/tree/package"
    apt_version "$config" "$package" >"$work/tree/version"
    replace_folder "$folder" "$work/tree"
    rm -rf -- "$work"
}

# kernel_fetch NAME [--update]
kernel_fetch() {
    local name=$1 force=${2:-}
    kernel_is_stock "$name" || die_usage "only Debian's own kernels are fetched (${KERNEL_STOCK[*]}); '$name' is built"
    if [[ -z $force && -s $(kernel_dir "$name")/bzImage ]]; then return 0; fi
    with_lock "$(kernel_dir "$name").lock" kernel_fetch_locked "$name" "${force:+--force}"
}

# kernel_image NAME: prints the path of the bzImage; fetches a stock kernel that is not there.
kernel_image() {
    local name=$1 image
    image=$(kernel_dir "$name")/bzImage
    if [[ ! -s $image ]]; then
        kernel_is_stock "$name" || die_missing "kernel '$name' is not built yet: run scripts/kernel build $name"
        kernel_fetch "$name"
    fi
    printf '%s\n' "$image"
}
