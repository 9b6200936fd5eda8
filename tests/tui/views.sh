#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# views.sh KFENCE-TOP: each view of a recording: deeper and back, order, filter, another size, plain characters.
set -euo pipefail
# shellcheck source=tests/tui/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

recording=$(cd -- "$FIXTURES/../../data" && pwd)/small.kfence

start_shell 110 34
run "$TOP --source replay:$recording -d 0.2"
wait_for '^Pool '
keys n n
wait_for 'out-of-bounds write in provoke_oob_write'

# The stack that holds most, its objects, one of them with its stack: three keys.
keys 4
wait_for '^stacks  '
wait_for '^> '
keys Enter
wait_for '^objects  [0-9]+ of [0-9]+ objects of [a-z_]+ from '
keys Enter
wait_for '^object$'
wait_for '^allocated at$'
wait_for '^  [a-z_]+\+0x'
keys Escape
wait_for '^objects  [0-9]+ of [0-9]+ objects of [a-z_]+ from '
keys Escape
wait_for '^stacks  '
keys Escape
wait_for '^Age of live objects'

# The oldest object: two keys.
keys 3 Enter
wait_for '^kfence-#57: size=56, cache=kmalloc-64$'
wait_for '  __kthread_create_worker\+0x'
keys a
wait_for '  __kmalloc_cache_noprof\+0x'
keys a
wait_gone '  __kmalloc_cache_noprof\+0x'

# A cache, its objects. The cursor is where it was.
keys 2
wait_for '^caches  [0-9]+ caches$'
keys Down Down
wait_for '^> fuse_inode|^> dentry|^> radix_tree_node'
here=$(screen | grep '^> ' | cut -d ' ' -f 2)
keys Enter
wait_for "^objects  [0-9]+ of [0-9]+ objects of $here\$"
keys Escape
wait_for "^> $here "

# In another order, and only some of them.
keys 3 s s s s
wait_for '^> +29 s +allocated +vm_area_struct +0 '
keys /
keys -l 'vm_area'
wait_for 'filter: vm_area_'
keys Enter
wait_for '^objects  31 of 122 objects$'
keys Escape
wait_for '^objects  122 of 122 objects$'

# The bugs, with all that the kernel says.
keys 5 Enter
wait_for '^BUG: KFENCE: out-of-bounds write in provoke_oob_write'
wait_for '^Out-of-bounds write \(1B left of kfence-#30\):$'
wait_for '^allocated by task 255 on cpu 0 at '
keys End
wait_for '^quarantine at the time '
keys Escape
wait_for '^reports  2 reports shown'

keys 6
wait_for '^settings$'
wait_for '^  sample_interval +10 ms$'
wait_for '^  total allocations +[0-9]+$'

# While it is held the views change, and it goes on from there.
keys 2
wait_for '^caches  '
wait_for PAUSED
keys Space
wait_gone PAUSED
wait_for '^caches  '

# Other sizes, in each view.
for view in 1 2 3 4 5 6; do
    for size in '200 60' '80 24' '20 5'; do
        read -r width height <<<"$size"
        in_tmux resize-window -x "$width" -y "$height"
        keys "$view"
        if ((width == 20)); then wait_for 'needs 80x24'; else wait_for '1 overview'; fi
    done
done
in_tmux resize-window -x 110 -y 34
keys q
wait_for 'ready>'

# Without UTF-8, and without colours: the same words.
run "clear; LC_ALL=C NO_COLOR=1 TERM=vt100 $TOP --source replay:$recording -d 0.2"
wait_for '^Pool '
keys 4
wait_for '^> '
if screen | LC_ALL=C grep -q '[^ -~]'; then fail "characters beyond ASCII"; fi
keys q
wait_for 'ready>'
