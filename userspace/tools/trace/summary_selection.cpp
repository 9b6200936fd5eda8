// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/summary_selection.h"

#include "tools/trace/summary.h"

namespace kfence {

bool is_within(std::string_view path, std::string_view cgroup) noexcept {
    while (cgroup.ends_with('/')) {
        cgroup.remove_suffix(1);
    }
    return path.starts_with(cgroup) && (path.size() == cgroup.size() || path[cgroup.size()] == '/');
}

bool Selector::matches_cache(CacheId cache) {
    if (selection_->caches.empty()) {
        return true;
    }
    const auto [known, is_new] = caches_.try_emplace(cache, false);
    if (is_new) {
        known->second = selection_->caches.matches(summary_cache_name(*names_, cache));
    }
    return known->second;
}

Result<bool> Selector::matches(CacheId cache, const Task& task) {
    if (!matches_cache(cache)) {
        return false;
    }
    if (selection_->cgroup.empty()) {
        return true;
    }
    if (const auto known = cgroups_.find(task.cgroup); known != cgroups_.end()) {
        return known->second;
    }
    const auto path = cursor_->cgroup_path(task.cgroup);
    if (!path) {
        return std::unexpected(path.error());
    }
    const bool matches = !path->empty() && is_within(*path, selection_->cgroup);
    cgroups_.emplace(task.cgroup, matches);
    return matches;
}

} // namespace kfence
