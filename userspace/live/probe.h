// SPDX-License-Identifier: Apache-2.0
// What this kernel offers to a tool that watches KFENCE, found out by looking and by trying.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kfence {

/// Whether one thing works; if not, why and what would help.
struct LiveAbility {
    bool works = false;
    std::string why;    ///< a phrase; empty when it works
    std::string remedy; ///< a command or a phrase; empty when there is none
};

struct LiveCapabilities {
    LiveAbility btf;              ///< the kernel's types can be read
    LiveAbility functions;        ///< BTF has the functions and the struct that the BPF programs lean on
    LiveAbility fentry;           ///< a program was attached to __kfence_alloc() in that way, and the backend's load
    LiveAbility kprobe;           ///< likewise
    LiveAbility tracepoint;       ///< the kernel has kfence:* tracepoints, and the backend's programs load
    LiveAbility symbols;          ///< /proc/kallsyms can be read and shows addresses
    LiveAbility metadata_symbol;  ///< ... and has kfence_metadata, which a walk of the pool starts from
    bool has_tracepoints = false; ///< the kernel has them, whether or not this user may use them
    bool free_stacks = false;     ///< metadata_update_state() can be attached to: the stacks of frees are seen
};

/// Whether the kernel below `root` has the kfence:* tracepoints of kernel-patches/. Asks tracefs, and BTF where that is
/// not mounted.
[[nodiscard]] bool has_kfence_tracepoints(std::string_view root);

/// Looks below `root`. On the running machine ("/") it also loads and attaches a program of two instructions, for
/// a moment, and loads the programs of the backends without attaching them; below another root, what could be attached
/// to is taken to work.
[[nodiscard]] LiveCapabilities probe_live(std::string_view root);

} // namespace kfence
