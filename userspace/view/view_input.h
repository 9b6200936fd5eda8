// SPDX-License-Identifier: Apache-2.0
// What every view gets: a snapshot with the names in it, and what the tool knows beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "event/names.h"
#include "event/source_info.h"
#include "model/snapshot.h"
#include "view/filter.h"
#include "view/place.h"

namespace kfence {

/// The same moment on the kernel's clock and on CLOCK_REALTIME, so that a KernelNs can be written as a date.
struct WallAnchor {
    KernelNs kernel = 0;
    std::int64_t unix_ns = 0;
    [[nodiscard]] std::int64_t at(KernelNs time) const noexcept {
        return unix_ns + static_cast<std::int64_t>(time - kernel);
    }
};

/// Where in a recording the picture is.
struct ReplayPosition {
    double at_s = 0; ///< since its beginning
    double length_s = 0;
};

/// Borrowed for one call.
struct ViewInput {
    const Snapshot& snapshot;
    const Names& names;
    const SourceInfo& info;
    WallAnchor anchor;
    std::uint64_t uptime_s = 0;
    double silent_s = 0; ///< since KFENCE last took, or refused for want of a slot, an allocation
    std::optional<ReplayPosition> replay = std::nullopt; ///< of a recording
    /// From the id of a cgroup to its path, sanitized; empty when it is gone. Null: nobody knows.
    std::function<std::string(std::uint64_t id)> cgroup_path = nullptr;
};

/// One key for the help screen and, where `footer` is not empty, for the last line.
struct KeyHelp {
    std::string_view keys;
    std::string_view does;
    std::string_view footer;
    bool always = false; ///< in the last line, whatever else there is no room for
};

struct CacheOrder {
    SortKey sort = SortKey::kLive;
    bool reverse = false;
    Filter filter;
};

struct ViewOptions {
    int width = 80;
    int height = 24;
    bool utf8 = true;
    Place place;
    bool allocator_frames = false; ///< show the frames of the slab allocator, too
    bool editing_filter = false;
    bool paused = false;
    bool help = false;
    std::string message;                        ///< said once in the last line
    std::string prompt;                         ///< what is being typed, in the last line; empty: nothing
    std::optional<double> speed = std::nullopt; ///< of a recording
    std::span<const KeyHelp> keys;
};

} // namespace kfence
