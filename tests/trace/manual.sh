#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The manual page of kfence-trace has every command, and every option of those that it describes in full.
# shellcheck source=tests/trace/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

text=$(sed 's/\\-/-/g; s/\\f[BIRP]//g' "$TREE/docs/man/kfence-trace.1")
mapfile -t commands < <("$TRACE" --help | sed -n '/^Subcommands:/,$ s/^  \([a-z]*\) .*/\1/p')
check "there are commands" test "${#commands[@]}" -ge 3
for command in "${commands[@]}"; do
    check "$command is in the manual" grep -qF "kfence-trace $command" <<<"$text"
    check "$command has a section" grep -qx ".SH ${command^^}" <<<"$text"
done
for command in record verify merge; do
    for option in $("$TRACE" "$command" --help | grep -oE -- '^ +(-[a-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u); do
        [[ $option == --help ]] || check "$command $option is in the manual" grep -qF -- "$option" <<<"$text"
    done
done
finish
