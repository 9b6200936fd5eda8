// SPDX-License-Identifier: Apache-2.0
// What is counted per cache, in a flat table indexed by CacheId. Entry 0 (kNoCache) stands for objects whose
// cache was destroyed or never seen.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "event/ids.h"
#include "model/ages.h"

namespace kfence {

struct CacheStats {
    std::uint32_t allocated = 0; ///< slots that its objects occupy
    bool skipped = false;
    std::uint64_t allocs = 0;
    std::uint64_t frees = 0;
    std::uint64_t refused = 0;
    std::uint64_t window_start = 0; ///< allocs when the rate window began
    std::uint64_t window_end = 0;   ///< and when it ended
    LifeHistogram lifetimes;
};

class CacheTable {
public:
    [[nodiscard]] CacheStats& at(CacheId cache) {
        const auto index = static_cast<std::size_t>(cache);
        if (index >= stats_.size()) {
            stats_.resize(index + 1);
        }
        return stats_[index];
    }

    void alloc(CacheId cache) { ++at(cache).allocs; }
    void free(CacheId cache, std::optional<std::uint64_t> lifetime_ns);

    /// The window in which rates are measured ends now, and the next one begins.
    void next_window() noexcept;

    /// Whether nothing came for it since the window before the last one began, and nothing of it is left.
    [[nodiscard]] bool idle(CacheId cache) const noexcept;

    /// Adds what was counted for `cache` to `other`; the entry is as new afterwards.
    void fold(CacheId cache, CacheId other);

    [[nodiscard]] const std::vector<CacheStats>& all() const noexcept { return stats_; }

private:
    std::vector<CacheStats> stats_{1};
};

} // namespace kfence
