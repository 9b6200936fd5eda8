# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Debian's kernel sources: fetched into the cache, unpacked, with and without the series of kernel-patches/.
# Needs common.sh and apt.sh.

readonly KERNEL_SERIES=(6.12 7.3)

# kernel_series_check SERIES
kernel_series_check() {
    local series
    for series in "${KERNEL_SERIES[@]}"; do [[ $series != "$1" ]] || return 0; done
    die_usage "no series of patches is called '$1': use one of ${KERNEL_SERIES[*]}"
}

# kernel_source_suite SERIES: the Debian suite that has the source package.
kernel_source_suite() {
    case $1 in
    7.3) printf 'trixie-backports\n' ;;
    *) printf 'bookworm-security\n' ;;
    esac
}

kernel_source_dir() { printf '%s/sources/linux-%s\n' "$(cache_dir)" "$1"; }

# kernel_source_tree SERIES: where the pristine source is, once kernel_source_fetch was there.
kernel_source_tree() { printf '%s/linux-source-%s\n' "$(kernel_source_dir "$1")" "$1"; }

# kernel_source_unpack SERIES FOLDER: the archive in FOLDER's packages becomes a tree.
kernel_source_unpack() {
    local series=$1 folder=$2 archive
    archive=$folder/usr/src/linux-source-$series.tar.xz
    [[ -s $archive ]] || die "the source package holds no ${archive##*/}: its layout has changed, see scripts/lib/kernel_source.sh"
    say "unpacking linux-source-$series"
    tar -C "$folder" -xJf "$archive"
    rm -rf -- "${folder:?}/usr"
    [[ -s $folder/linux-source-$series/Makefile ]] || die "linux-source-$series holds no Makefile: its layout has changed, see scripts/lib/kernel_source.sh"
}

# kernel_source_fetch_locked SERIES
kernel_source_fetch_locked() {
    local series=$1 folder config work suite
    folder=$(kernel_source_dir "$series")
    if [[ -s $folder/version ]]; then return 0; fi
    suite=$(kernel_source_suite "$series")
    config=$(apt_open "$suite") || die "cannot read the package list of $suite: check the network and /etc/apt, then try again"
    [[ -n $(apt_names "$config" "^linux-source-${series//./\\.}$") ]] ||
        die "$suite has no linux-source-$series any more: set its series in scripts/lib/kernel_source.sh"
    say "fetching linux-source-$series (150 MB)"
    work=$(work_folder "$folder")
    apt_unpack "$config" "$work" "linux-source-$series"
    kernel_source_unpack "$series" "$work/tree"
    apt_version "$config" "linux-source-$series" >"$work/tree/version"
    replace_folder "$folder" "$work/tree"
    rm -rf -- "$work"
}

# kernel_source_fetch SERIES: fetches and unpacks the source unless it is there.
kernel_source_fetch() {
    require_program xz xz-utils kernel
    if [[ -s $(kernel_source_dir "$1")/version ]]; then return 0; fi
    with_lock "$(kernel_source_dir "$1").lock" kernel_source_fetch_locked "$1"
}

# kernel_patches SERIES: prints the patches, in order, without the cover letter.
kernel_patches() {
    find "$ROOT/kernel-patches/$1" -name '[0-9]*.patch' ! -name '0000-*' 2>/dev/null | sort
}

# kernel_git TREE ARGUMENT...: git in a source tree, whatever this machine's settings are.
kernel_git() {
    local tree=$1
    shift
    GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git -C "$tree" -c user.name=kfence-tools -c user.email=kfence-tools@localhost \
        -c core.autocrlf=false -c commit.gpgsign=false -c gc.auto=0 "$@"
}

# kernel_tree_begin TREE SERIES: a repository of what the patches touch, as it was: the tag pristine, on branch series.
kernel_tree_begin() {
    local tree=$1 series=$2 path
    local touched=()
    while IFS= read -r path; do
        [[ ! -e $tree/$path ]] || touched+=("$path")
    done < <(kernel_patches "$series" | xargs -r sed -n 's#^diff --git a/\([^ ]*\) b/.*#\1#p' | sort -u)
    rm -rf -- "$tree/.git"
    kernel_git "$tree" init -q -b series
    kernel_git "$tree" add -f -- Makefile "${touched[@]}"
    kernel_git "$tree" commit -q -m "linux-source-$series $(cat "$(kernel_source_dir "$series")/version")"
    kernel_git "$tree" tag pristine
}

# kernel_tree_make TREE SERIES FLAVOUR: a tree of its own in place of TREE; unchanged files are hard links to the source.
kernel_tree_make() {
    local tree=$1 series=$2 flavour=$3 patches
    rm -rf -- "$tree"
    mkdir -p -- "$(dirname -- "$tree")"
    cp -al -- "$(kernel_source_tree "$series")" "$tree"
    [[ $flavour == patched ]] || return 0
    kernel_tree_begin "$tree" "$series"
    mapfile -t patches < <(kernel_patches "$series")
    ((${#patches[@]})) || die "kernel-patches/$series has no patch"
    if ! kernel_git "$tree" am -q --no-3way "${patches[@]}" >"$tree.am.log" 2>&1; then
        sed 's/^/    /' "$tree.am.log" | tail -n 20 >&2
        die "the patches of kernel-patches/$series do not apply to $(cat "$(kernel_source_dir "$series")/version"), see $tree.am.log"
    fi
    rm -f -- "$tree.am.log"
}
