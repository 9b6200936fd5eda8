// SPDX-License-Identifier: Apache-2.0
#include "model/caches.h"

#include <utility>

namespace kfence {

void CacheTable::free(CacheId cache, std::optional<std::uint64_t> lifetime_ns) {
    CacheStats& stats = at(cache);
    ++stats.frees;
    if (lifetime_ns) {
        stats.lifetimes.add(*lifetime_ns);
    }
}

void CacheTable::next_window() noexcept {
    for (CacheStats& stats : stats_) {
        stats.window_start = stats.window_end;
        stats.window_end = stats.allocs;
    }
}

bool CacheTable::idle(CacheId cache) const noexcept {
    const CacheStats& stats = stats_[static_cast<std::size_t>(cache)];
    return stats.allocated == 0 && !stats.skipped && stats.allocs == stats.window_start;
}

void CacheTable::fold(CacheId cache, CacheId other) {
    const CacheStats from = std::exchange(at(cache), CacheStats{});
    CacheStats& to = at(other);
    to.allocs += from.allocs;
    to.frees += from.frees;
    to.refused += from.refused;
    // They were allocated before the window: no rate comes from them.
    to.window_start += from.allocs;
    to.window_end += from.allocs;
    to.lifetimes.add(from.lifetimes);
}

} // namespace kfence
