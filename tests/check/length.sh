#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# length.sh [ROOT]: no source file is too long to be read in one sitting. The house aims at 350 lines.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/check/lib.sh
source "$HERE/lib.sh"

readonly LIMIT=400

is_source() {
    case $1 in
    */vmlinux*.h | *.patch) return 1 ;;
    *.cpp | *.h | *.c | *.sh | *.cmake | *.py | CMakeLists.txt | */CMakeLists.txt) return 0 ;;
    scripts/*) return 0 ;;
    *) return 1 ;;
    esac
}

main() {
    local file root lines
    root=$(check_root "${1:-}")
    while IFS= read -r -d '' file; do
        is_source "$file" || continue
        lines=$(wc -l <"$root/$file")
        ((lines <= LIMIT)) || finding "$file" "has $lines lines, and $LIMIT is the limit: one subject per file"
    done < <(check_files "$root")
    finish
}

main "$@"
