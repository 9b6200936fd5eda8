#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# manual.sh KFENCE-TOP: the manual page has every option, every key and every field.
set -euo pipefail
# shellcheck source=tests/tui/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

page=$(dirname -- "${BASH_SOURCE[0]}")/../../docs/man/kfence-top.1
text=$(sed 's/\\-/-/g; s/\\f[BIRP]//g' "$page")
missing=0
wants() {
    if ! grep -qF -- "$1" <<<"$text"; then
        echo "the manual page does not have $1" >&2
        missing=1
    fi
}

help=$("$TOP" --help)
options=$(grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z-]*' <<<"$(grep -E '^  -' <<<"$help")" | tr -d ' ,' | sort -u)
[[ $(wc -l <<<"$options") -ge 15 ]] || { echo "--help has lost its options" >&2; exit 1; }
for option in $options; do wants "$option"; done

line=$("$TOP" --source "fixture:$FIXTURES/busy.fixture" --once -d 0.1 --format json)
for field in $(grep -oE '"[a-z_0-9]+":' <<<"$line" | tr -d '":' | sort -u); do wants "$field"; done
# columns TABLE: each in the order of the header, in the paragraph that lists those of this table.
columns() {
    local header
    header=$("$TOP" --source "fixture:$FIXTURES/busy.fixture" --once -d 0.1 --format csv --table "$1" | head -n 1 | tr -d '\r')
    header=${header//,/, }
    grep -qF -- "$header" <<<"$(tr '\n' ' ' <<<"$text")" ||
        { echo "the manual page does not list the columns of --table $1: $header" >&2; missing=1; }
}
columns pool
columns caches
exit "$missing"
