# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Builds the kernels patched-* and vanilla-*: Debian's source, one configuration, with and without the series.
# Needs common.sh, apt.sh, kernels.sh and kernel_source.sh.

# The parts of a name such as patched-6.12-n1000 or vanilla-7.3-tiny.
kernel_flavour() { printf '%s\n' "${1%%-*}"; }
kernel_series() { sed -E 's/^[a-z]+-([0-9.]+).*$/\1/' <<<"$1"; }
kernel_variant() { sed -E 's/^[a-z]+-[0-9.]+-?//' <<<"$1"; }

kernel_build_tree() { printf '%s/trees/%s\n' "$(cache_dir)" "$1"; }

# kernel_build_fragment NAME: what the name asks of the configuration.
kernel_build_fragment() {
    local variant
    variant=$(kernel_variant "$1")
    printf 'CONFIG_LOCALVERSION="-%s%s"\n' "$(kernel_flavour "$1")" "${variant:+-$variant}"
    case $variant in
    n*) printf 'CONFIG_KFENCE_NUM_OBJECTS=%s\n' "${variant#n}" ;;
    tiny) printf 'CONFIG_SLUB_TINY=y\n# CONFIG_SLUB_DEBUG is not set\n' ;;
    debug) kernel_build_debug ;;
    esac
}

# kernel_build_debug: whatever watches locks, sleep and RCU, and KFENCE with its static keys.
kernel_build_debug() {
    printf 'CONFIG_%s=y\n' DEBUG_KERNEL PROVE_LOCKING PROVE_RAW_LOCK_NESTING PROVE_RCU DEBUG_ATOMIC_SLEEP JUMP_LABEL KFENCE_STATIC_KEYS
}

# kernel_build_key NAME: one line that changes when the result would. The number is for changes of how it is made.
kernel_build_key() {
    local series
    series=$(kernel_series "$1")
    {
        cat -- "$(kernel_source_dir "$series")/version" "$ROOT/kernel-patches/guest.config"
        kernel_build_fragment "$1"
        echo 1
        gcc --version
        [[ $(kernel_flavour "$1") == vanilla ]] || kernel_patches "$series" | xargs cat --
    } | sha256sum | cut -d' ' -f1
}

# kernel_build_programs: what a kernel is made with.
kernel_build_programs() {
    require_program gcc gcc kernel
    require_program flex flex kernel
    require_program bison bison kernel
    require_program bc bc kernel
    require_program pahole dwarves kernel
    require_program git git build
}

# kernel_make TREE TARGET...: make as it is done for every target.
kernel_make() {
    local tree=$1 compiler=gcc
    shift
    if have ccache; then compiler='ccache gcc'; fi
    env -u MAKEFLAGS CCACHE_DIR="$(cache_dir)/ccache" CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=4G CCACHE_COMPILERCHECK=content \
        KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970' KBUILD_BUILD_USER=kfence-tools KBUILD_BUILD_HOST=localhost \
        make -C "$tree" -j"$(nproc)" CC="$compiler" LOCALVERSION= "$@"
}

# kernel_configure TREE NAME: tinyconfig, our fragment, the name's own; an option that does not hold is an error.
kernel_configure() {
    local tree=$1 name=$2 fragment line lost=()
    fragment=$tree/kfence-tools.config
    { cat -- "$ROOT/kernel-patches/guest.config" && kernel_build_fragment "$name"; } >"$fragment"
    kernel_make "$tree" -s tinyconfig
    (cd -- "$tree" && ./scripts/kconfig/merge_config.sh -m .config "$fragment" >/dev/null)
    kernel_make "$tree" -s olddefconfig
    while IFS= read -r line; do
        grep -qxF -- "$line" "$tree/.config" || ! kernel_has_option "$tree" "${line%%=*}" || lost+=("$line")
    done < <(kernel_config_last "$fragment")
    ((${#lost[@]} == 0)) || die "the configuration of $name does not hold: ${lost[*]}; see kernel-patches/guest.config"
}

# kernel_has_option TREE OPTION: options come and go with the versions.
kernel_has_option() {
    [[ -n $(find "$1" -name 'Kconfig*' -type f -exec grep -lE "^(menu)?config ${2#CONFIG_}\$" {} +) ]]
}

# kernel_config_last FRAGMENT: its =y, =m and ="" lines; of an option that comes twice, the last.
kernel_config_last() {
    awk '/^CONFIG_/ { split($0, a, "="); line[a[1]] = $0 } /^# CONFIG_.* is not set$/ { delete line[$2] }
        END { for (o in line) print line[o] }' "$1"
}

# kernel_build_progress PID LOG NAME: on a terminal, how far it is.
kernel_build_progress() {
    [[ -t 2 ]] || return 0
    while kill -0 "$1" 2>/dev/null; do
        printf '\r%s: %s: %s files \r' "$SELF" "$3" "$(grep -c '^  [A-Z]' "$2" 2>/dev/null || true)" >&2
        sleep 1
    done
    printf '\r%*s\r' 60 '' >&2
}

# kernel_compile TREE NAME
kernel_compile() {
    local tree=$1 name=$2 log pid status=0
    log=$(cache_dir)/logs/build-$name.log
    mkdir -p -- "$(dirname -- "$log")"
    kernel_make "$tree" bzImage modules >"$log" 2>&1 &
    pid=$!
    kernel_build_progress "$pid" "$log" "$name"
    wait "$pid" || status=$?
    if ((status != 0)); then
        grep -E '(error|Error|warning):?' "$log" | tail -n 20 | sed 's/^/    /' >&2
        die "$name does not build, see $log"
    fi
}

# kernel_collect TREE FOLDER: what scripts/vm wants.
kernel_collect() {
    local tree=$1 folder=$2 release
    release=$(kernel_make "$tree" -s kernelrelease)
    cp -- "$tree/arch/x86/boot/bzImage" "$folder/bzImage"
    objcopy --strip-debug "$tree/vmlinux" "$folder/vmlinux"
    cp -- "$tree/.config" "$folder/config"
    cp -- "$tree/System.map" "$folder/System.map"
    kernel_make "$tree" -s INSTALL_MOD_PATH="$folder/usr" modules_install >/dev/null
    # modules_install puts them below usr/lib/modules and leaves links to this tree.
    find "$folder/usr/lib/modules" -maxdepth 2 -type l -delete
    printf '%s\n' "$release" >"$folder/release"
}

# kernel_slim TREE: keeps what a module is built against.
kernel_slim() {
    find "$1" \( -path "$1/scripts" -o -path "$1/tools" \) -prune -o \
        \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' -o -name '*.ko' -o -name 'vmlinux*' \) -type f -print0 |
        xargs -0 rm -f --
}

# kernel_build_locked NAME
kernel_build_locked() {
    local name=$1 folder tree work key series start=$SECONDS
    series=$(kernel_series "$name")
    kernel_source_fetch "$series"
    folder=$(kernel_dir "$name")
    key=$(kernel_build_key "$name")
    if [[ -s $folder/bzImage && $(cat "$folder/key" 2>/dev/null) == "$key" ]]; then return 0; fi
    kernel_build_programs
    say "building $name: about 12 minutes on two processors, less where ccache has been before"
    tree=$(kernel_build_tree "$name")
    kernel_tree_make "$tree" "$series" "$(kernel_flavour "$name")"
    kernel_configure "$tree" "$name"
    kernel_compile "$tree" "$name"
    work=$(work_folder "$folder")
    kernel_collect "$tree" "$work"
    cp -- "$(kernel_source_dir "$series")/version" "$work/version"
    printf '%s\n' "$key" >"$work/key"
    replace_folder "$folder" "$work"
    kernel_slim "$tree"
    say "$name is built: $((SECONDS - start)) s"
}

# kernel_build NAME
kernel_build() {
    kernel_is_stock "$1" && die_usage "'$1' is Debian's own: scripts/kernel fetch $1"
    with_lock "$(kernel_dir "$1").lock" kernel_build_locked "$1"
}
