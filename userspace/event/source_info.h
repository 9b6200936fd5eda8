// SPDX-License-Identifier: Apache-2.0
// What a source says about itself: plain data, so that views and metrics need not know sources.
#pragma once

#include <string>
#include <vector>

namespace kfence {

/// What a source can tell about itself; constant for its life.
struct SourceInfo {
    std::string host;               ///< sanitized
    std::string kernel;             ///< release, sanitized
    std::string backend;            ///< tracepoint, fentry, kprobe, poll, replay, sim
    std::vector<std::string> blind; ///< what this backend cannot see, one phrase each
    bool complete_stream = true;    ///< false: allocations and frees are only seen by comparing walks (poll)
    bool has_counters = true;       ///< false: no CountersEvent ever comes (no debugfs)
    bool sees_zombies = true;       ///< false: only a walk tells a zombie from a free
};

} // namespace kfence
