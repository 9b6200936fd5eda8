#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# headers.sh [ROOT [BUILD]]: every header compiles alone, and the one that BPF programs share also as C. BUILD is a
# build folder, for generated headers (default: ROOT/build). With ccache a second run takes no time.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/check/lib.sh
source "$HERE/lib.sh"

readonly PACKAGES=(libbpf ncursesw)

# flags ROOT BUILD: where headers are looked for, one argument a line.
flags() {
    local root=$1 build=$2 skeleton
    printf '%s\n' "-I$root/userspace" "-I$root/bpf" "-DKFENCE_TOOLS_VERSION=\"0\"" "-DTEST_SOURCE_DIR=\"$root/tests\""
    pkg-config --cflags "${PACKAGES[@]}" 2>/dev/null | tr ' ' '\n' | sed '/^$/d' || true
    while IFS= read -r skeleton; do
        printf '%s\n' -isystem "$(dirname -- "$skeleton")"
    done < <(find "$build" -name '*.skel.h' 2>/dev/null) | awk '$0 == "-isystem" { getline folder; if (!seen[folder]++) print "-isystem\n" folder }'
}

# compile EXTENSION COMPILER STANDARD HEADER: prints the compiler's complaint, if any. The source's path is relative and
# follows from the header, so that ccache knows it again.
compile() {
    local extension=$1 compiler=$2 standard=$3 header=$4 source
    source=${header//\//_}.$extension
    printf '#include "%s"\n' "$ROOT/$header" >"$WORK/$source"
    (cd -- "$WORK" && "${LAUNCHER[@]}" "$compiler" "-std=$standard" -Wall -Wextra -Werror "${FLAGS[@]}" -c -o "$source.o" "$source") 2>&1
}

# complain FILE LOG HOW
complain() { finding "$1" "does not compile alone$3: $(grep -m 1 -E 'error:' "$2" || head -n 1 "$2")"; }

# check_header FILE
check_header() {
    local file=$1 log=$WORK/log.$BASHPID
    compile cpp g++ c++23 "$file" >"$log" || complain "$file" "$log" ''
    case $file in
    bpf/*) compile c gcc c17 "$file" >"$log" || complain "$file" "$log" ' as C' ;;
    esac
}

# headers: what a C++ file may include. The other headers of bpf/ are for BPF programs alone.
headers() {
    check_files "$ROOT" | tr '\0' '\n' | grep -E '^(userspace|tests)/.*\.h$|^bpf/kfence_abi\.h$' || true
}

main() {
    local build file files
    ROOT=$(check_root "${1:-}")
    build=${2:-$ROOT/build}
    LAUNCHER=()
    if command -v ccache >/dev/null; then LAUNCHER=(ccache); fi
    mapfile -t FLAGS < <(flags "$ROOT" "$build")
    WORK=$(mktemp -d)
    trap 'rm -rf -- "$WORK"' EXIT
    mapfile -t files < <(headers)
    for file in "${files[@]}"; do
        while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n || true; done
        (check_header "$file") >>"$WORK/findings" &
    done
    wait
    : >>"$WORK/findings"
    CHECK_FINDINGS=$(wc -l <"$WORK/findings")
    sort -- "$WORK/findings"
    finish
}

main "$@"
