// SPDX-License-Identifier: Apache-2.0
// Where the user is: which view, narrowed to what, which row, in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "event/ids.h"
#include "view/filter.h"

namespace kfence {

enum class ViewKind : std::uint8_t {
    kOverview,
    kCaches,
    kObjects,
    kStacks,
    kReports,
    kSettings,
    // Reached from the others:
    kObject,
    kReport,
};
/// Those with a key of their own, in the order of their keys: 1 to 6.
inline constexpr std::size_t kRootViews = 6;

[[nodiscard]] constexpr std::string_view to_string(ViewKind kind) noexcept {
    constexpr std::string_view kNames[] = {"overview", "caches",   "objects", "stacks",
                                           "reports",  "settings", "object",  "report"};
    return kNames[static_cast<std::size_t>(kind)];
}

/// True for views that need SnapshotOptions::objects.
[[nodiscard]] constexpr bool needs_objects(ViewKind kind) noexcept {
    return kind == ViewKind::kObjects || kind == ViewKind::kObject;
}

/// One life of a slot.
struct ObjectKey {
    Slot slot = kNoSlot;
    KernelNs allocated_at = 0;
};

struct Place {
    ViewKind kind = ViewKind::kOverview;
    std::optional<std::string> cache; ///< objects of this cache only, by the name that is shown
    StackId stack = kNoStack;         ///< objects from this stack only
    std::string stack_text;           ///< its callers as they were: an id may be given to another stack
    ObjectKey object;                 ///< of kObject
    KernelNs report_time = 0;         ///< of kReport
    std::size_t cursor = 0;           ///< row
    std::size_t scroll = 0;           ///< rows above the visible ones
    SortKey sort = SortKey::kLive;    ///< of the caches
    std::size_t column = 0;           ///< that orders the rows of other lists
    bool reverse = false;
    Filter filter;
};

} // namespace kfence
