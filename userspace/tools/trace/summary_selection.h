// SPDX-License-Identifier: Apache-2.0
// Which objects are looked at: --cache and --cgroup.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/trace_cursor.h"
#include "view/filter.h"

namespace kfence {

struct Selection {
    Filter caches;
    std::string cgroup; ///< a path: this group and those below it; empty: all objects, with and without one
    [[nodiscard]] bool is_all() const noexcept { return caches.empty() && cgroup.empty(); }
};

/// True for "/a.slice" and for what is below it.
[[nodiscard]] bool is_within(std::string_view path, std::string_view cgroup) noexcept;

/// A Selection applied to the objects of a file.
class Selector {
public:
    /// All three must live as long.
    Selector(const Selection& selection, TraceCursor& cursor, const Names& names) noexcept
        : selection_(&selection), cursor_(&cursor), names_(&names) {}

    [[nodiscard]] bool matches_cache(CacheId cache);
    /// `task` is who allocated the object. Errors are those of the file.
    [[nodiscard]] Result<bool> matches(CacheId cache, const Task& task);
    [[nodiscard]] bool selects_cgroups() const noexcept { return !selection_->cgroup.empty(); }

private:
    const Selection* selection_;
    TraceCursor* cursor_;
    const Names* names_;
    std::unordered_map<CacheId, bool> caches_;
    std::unordered_map<std::uint64_t, bool> cgroups_;
};

} // namespace kfence
