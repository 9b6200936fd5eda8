#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A guest that the emulator broke is started once more, and no third time; one that died of anything else is not.
set -uo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
OUT=$work
# shellcheck source=tests/lib/results.sh
source "$ROOT/tests/lib/results.sh"
mkdir -p "$work/tests/vm" "$work/scripts"
cp "$ROOT/tests/vm/lib.sh" "$work/tests/vm/"
cp -r "$ROOT/tests/lib" "$work/tests/"
message=$(grep -o 'the guest ran a breakpoint that its kernel had removed' "$ROOT/scripts/vm") || exit 1

# A machine that dies with the message of $1 as often as $2 says; it notes each start.
cat >"$work/scripts/vm" <<'EOF'
#!/usr/bin/env bash
[[ " $* " == *" --cpus 1 "* ]] && one=" one" || one=""
echo "start$one" >>"$WORK/starts"
(($(wc -l <"$WORK/starts") > BROKEN)) && exit 0
echo "vm: $MESSAGE" >&2
exit 125
EOF
chmod +x "$work/scripts/vm"

# starts BROKEN MESSAGE: the exit status of a check in such machines, and those that were started.
starts() {
    : >"$work/starts"
    WORK=$work BROKEN=$1 MESSAGE=$2 bash -c 'source "$0/tests/vm/lib.sh"; guest 1 "" none.sh; ok there; finish' "$work" >"$work/log" 2>&1
    echo "$? $(paste -sd, "$work/starts")"
}

# What a guest needs may be missing here; then the check skips, and there is nothing to see.
if [[ $(starts 0 '') == 77* ]]; then
    tail -n 1 "$work/log"
    exit 77
fi
same "a guest that lives" "$(starts 0 '')" "0 start"
same "broken once" "$(starts 1 "$message")" "0 start,start one"
same "broken twice" "$(starts 2 "$message")" "1 start,start one"
same "a panic" "$(starts 1 "the guest's kernel panicked")" "1 start"
finish
