# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Tools of a newer Debian's kernel headers (objtool, resolve_btfids) may want a newer C library than this
# machine's. They then get one of their own, which is unpacked beside them. Needs common.sh and apt.sh.

# headers_too_new TREE: prints the programs that do not run with this machine's C library.
headers_too_new() {
    local file
    find "$1"/usr/lib/linux-kbuild-* -type f -perm -u+x -size +8k | while IFS= read -r file; do
        if LC_ALL=C ldd "$file" 2>&1 | grep 'GLIBC_[0-9.]*. not found' >/dev/null; then printf '%s\n' "$file"; fi
    done
}

# headers_fit_libc TREE FOLDER SUITE: TREE will be moved to FOLDER; SUITE is where its packages are from.
headers_fit_libc() {
    local tree=$1 folder=$2 suite=${3%-backports} programs program config
    mapfile -t programs < <(headers_too_new "$tree")
    ((${#programs[@]})) || return 0
    say "fetching libc6 of $suite, which the tools of these headers need"
    config=$(apt_open "$suite") || die "cannot read the package list of $suite: check the network and /etc/apt, then try again"
    apt_unpack "$config" "$tree/libc" libc6
    rm -rf -- "$tree/libc/deb"
    for program in "${programs[@]}"; do
        mv -- "$program" "$program.real"
        headers_wrapper "$folder${program#"$tree"}.real" "$folder/libc/tree" >"$program"
        chmod +x "$program"
    done
}

# headers_wrapper PROGRAM ROOT: a script that runs PROGRAM with ROOT's C library, and this machine's others.
headers_wrapper() {
    local loader=usr/lib64/ld-linux-x86-64.so.2 place=usr/lib/x86_64-linux-gnu
    printf '#!/bin/sh\nexec %q --argv0 "$0" --library-path %q:/%s %q "$@"\n' "$2/$loader" "$2/$place" "$place" "$1"
}
