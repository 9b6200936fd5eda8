// SPDX-License-Identifier: Apache-2.0
#include "model/caches.h"

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

} // namespace kfence
