#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that every house check can fail: on a small clean tree each of them is content, and on the same tree with one
# sin in it each of them names the file that sins.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
readonly APACHE='// SPDX-License-Identifier: Apache-2.0'
FAILURES=0

# put FILE LINE...: writes a file of the sample tree.
put() {
    mkdir -p -- "$(dirname -- "$TREE/$1")"
    printf '%s\n' "${@:2}" >"$TREE/$1"
}

clean_tree() {
    TREE=$WORK/tree
    rm -rf -- "$TREE"
    put LICENSE 'Apache-2.0, and GPL-2.0-only in bpf/'
    put userspace/CMakeLists.txt '# SPDX-License-Identifier: Apache-2.0' 'kfence_library(model SOURCES model/a.cpp LINK kfence_event)' 'add_program(top tools/top/main.cpp)'
    put userspace/event/event.h "$APACHE" '#pragma once' '#include "base/text.h"' 'inline int event() { return text(); }'
    put userspace/base/text.h "$APACHE" '#pragma once' 'inline int text() { return 1; }'
    put userspace/model/a.cpp "$APACHE" '#include "event/event.h"' '// the time() of an event' 'int model(int lifetime) { return lifetime; }'
    put userspace/live/bpf.h "$APACHE" '#pragma once' '#include <bpf/libbpf.h>' '#include "source/x.h"' '#include "kfence_abi.h"'
    put userspace/source/x.h "$APACHE" '#pragma once'
    put userspace/tools/top/main.cpp "$APACHE" '#include <chrono>' '#include <ncurses.h>' '#include "model/a.h"' 'auto t = std::chrono::steady_clock::now();'
    put tests/CMakeLists.txt '# SPDX-License-Identifier: Apache-2.0' 'kfence_unit_test(a_test SOURCES a_test.cpp)' 'add_test(NAME s COMMAND run.sh)'
    put tests/a_test.cpp "$APACHE" '// see https://docs.kernel.org/dev-tools/kfence.html and /sys/kernel/debug/kfence'
    put tests/run.sh '#!/usr/bin/env bash' '# SPDX-License-Identifier: Apache-2.0'
    put bpf/kfence_abi.h '/* SPDX-License-Identifier: GPL-2.0-only */' '#include <stdint.h>' 'struct a { uint32_t b; };'
    put tests/data.json '{}'
    mkdir "$TREE/LICENSES"
    cp -- "$HERE"/../../LICENSES/*.txt "$TREE/LICENSES/"
}

# content CHECK: it finds nothing in the clean tree.
content() {
    clean_tree
    if ! "$HERE/$1.sh" "$TREE" >"$WORK/out" 2>&1; then
        printf 'FAIL: %s.sh complains about a clean tree:\n%s\n' "$1" "$(cat "$WORK/out")"
        FAILURES=$((FAILURES + 1))
    fi
}

# caught CHECK FILE LINE...: it names FILE once FILE holds these lines, and says nothing else.
caught() {
    local check=$1 file=$2 status=0
    clean_tree
    put "$file" "${@:3}"
    caught_now "$check" "$file" || status=$?
    ((status == 0)) || FAILURES=$((FAILURES + 1))
}

# caught_now CHECK FILE: the same, on the tree as it stands.
caught_now() {
    local check=$1 file=$2 status=0
    "$HERE/$check.sh" "$TREE" >"$WORK/out" 2>&1 || status=$?
    if ((status == 1)) && grep -qF -- "$file" "$WORK/out" && ! grep -vqF -- "$file" "$WORK/out"; then return 0; fi
    printf 'FAIL: %s.sh (exit %s) misses %s, which holds:\n%s\nit says:\n%s\n' "$check" "$status" "$file" \
        "$(cat -- "$TREE/$file" 2>/dev/null)" "$(cat "$WORK/out")"
    return 1
}

test_layers() {
    content layers
    caught layers userspace/event/up.h "$APACHE" '#include "model/a.h"'
    caught layers userspace/base/up.h "$APACHE" '#include "event/event.h"'
    caught layers userspace/model/a.h "$APACHE" '#include "source/x.h"'
    caught layers userspace/view/a.h "$APACHE" '#include "tools/common/x.h"'
    caught layers userspace/kernel/a.h "$APACHE" '#include "live/bpf.h"'
    caught layers userspace/model/a.h "$APACHE" '#include "../event/event.h"'
    caught layers userspace/model/a.h "$APACHE" '#  include <chrono>'
    caught layers userspace/policy/a.h "$APACHE" '#include <sys/stat.h>'
    caught layers userspace/view/a.h "$APACHE" '#include <fstream>'
    caught layers userspace/kernel/a.h "$APACHE" '#include <bpf/bpf.h>'
    caught layers userspace/tools/top/a.h "$APACHE" '#include "kfence_fentry.skel.h"'
    caught layers userspace/event/a.h "$APACHE" '#include "kfence_abi.h"'
    caught layers userspace/view/a.h "$APACHE" '#include <ncursesw/curses.h>'
    caught layers userspace/tools/doctor/a.h "$APACHE" '#include <sqlite3.h>'
    caught layers userspace/view/a.cpp "$APACHE" 'auto t = std::chrono::steady_clock::now();'
    caught layers userspace/base/a.cpp "$APACHE" 'int a() { return clock_gettime(CLOCK_MONOTONIC, &b); }'
    caught layers userspace/base/a.cpp "$APACHE" 'auto t = ::time(nullptr);'
    caught layers userspace/novelty/a.h "$APACHE"
}

test_spdx() {
    content spdx
    caught spdx userspace/model/a.cpp 'int a;'
    caught spdx userspace/model/a.cpp '' "$APACHE"
    caught spdx userspace/model/a.cpp '// SPDX-License-Identifier: GPL-2.0-only'
    caught spdx bpf/a.bpf.c "$APACHE"
    caught spdx kernel-patches/6.12/a.c "$APACHE"
    caught spdx tests/vm/bug.c "$APACHE" '#include <linux/module.h>'
    caught spdx scripts/program '#!/usr/bin/env bash' 'echo'
    caught spdx CMakeLists.txt 'project(a)'
    caught spdx LICENSES/MIT.txt 'not used'
    caught spdx LICENSES/Apache-2.0.txt ''
    clean_tree
    rm -- "$TREE/LICENSES/GPL-2.0-only.txt"
    caught_now spdx LICENSES/GPL-2.0-only.txt || FAILURES=$((FAILURES + 1))
}

test_length() {
    local lines
    content length
    mapfile -t lines < <(seq 401)
    caught length userspace/model/a.cpp "${lines[@]}"
    caught length scripts/program "${lines[@]}"
}

test_named() {
    content named
    caught named tests/forgotten_test.cpp "$APACHE"
    caught named tests/sub/forgotten.sh '#!/bin/sh'
    caught named userspace/model/b.cpp "$APACHE"
    clean_tree
    put tests/b_test.cpp "$APACHE"
    put tests/CMakeLists.txt '# b_test.cpp is off for today' 'kfence_unit_test(a_test SOURCES a_test.cpp)' 'add_test(NAME s COMMAND run.sh)'
    caught_now named tests/b_test.cpp || FAILURES=$((FAILURES + 1))
}

# The forbidden words are put together here, so that this file does not have them.
test_machine() {
    local home=/home slashes=://
    content machine
    caught machine tests/a_test.cpp "see $home/somebody/notes"
    caught machine tests/a_test.cpp "cd '/Users""/somebody'"
    caught machine scripts/program "curl https${slashes}mirror.internal.invalid/pool"
    caught machine scripts/program "curl http${slashes}user@packages.invalid"
    caught machine docs/a.md "[a](https${slashes}debian.org.invalid/x)"
}

test_headers() {
    clean_tree
    rm -r -- "$TREE/userspace/live" # libbpf need not be on this machine
    "$HERE/headers.sh" "$TREE" >"$WORK/out" 2>&1 || {
        printf 'FAIL: headers.sh complains about clean headers:\n%s\n' "$(cat "$WORK/out")"
        FAILURES=$((FAILURES + 1))
    }
    put userspace/model/needy.h "$APACHE" '#pragma once' 'inline std::size_t needy() { return 1; }'
    caught_now headers userspace/model/needy.h || FAILURES=$((FAILURES + 1))
    rm -- "$TREE/userspace/model/needy.h"
    put bpf/kfence_abi.h '/* SPDX-License-Identifier: GPL-2.0-only */' 'struct a { unsigned b; };' 'struct c { a d; };'
    caught_now headers bpf/kfence_abi.h || FAILURES=$((FAILURES + 1))
}

main() {
    WORK=$(mktemp -d)
    trap 'rm -rf -- "$WORK"' EXIT
    test_layers
    test_spdx
    test_length
    test_named
    test_machine
    test_headers
    ((FAILURES == 0)) || printf '%s failures\n' "$FAILURES"
    ((FAILURES == 0))
}

main "$@"
