// SPDX-License-Identifier: Apache-2.0
// What is summed up per cache, and per cache and stack.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "tools/trace/summary.h"
#include "tools/trace/summary_stacks.h"

namespace kfence {

/// Who holds a slot.
struct Holder {
    CacheId cache = kNoCache;
    std::uint32_t group = 0; ///< of SymbolStacks
};

class HolderTable {
public:
    void held(const Holder& holder, double seconds);
    void allocated(const Holder& holder);
    void freed(const Holder& holder, std::uint64_t lifetime_ns);
    /// At the end of the window.
    void live(const Holder& holder, std::uint64_t age_ns);
    void refused(CacheId cache, std::uint64_t count) { caches_[cache].refused += count; }

    /// `pool_seconds`: the slot-time of all slots; 0: not known.
    [[nodiscard]] std::vector<CacheSummary> caches(double pool_seconds, const Names& names);
    [[nodiscard]] std::vector<StackSummary> stacks(double pool_seconds, const SymbolStacks& stacks) const;

private:
    struct CacheUse {
        double slot_seconds = 0;
        std::uint64_t allocs = 0;
        std::uint64_t frees = 0;
        std::uint64_t refused = 0;
        std::vector<std::uint64_t> ages;
        Spread lifetimes;
    };
    struct StackUse {
        double slot_seconds = 0;
        std::uint64_t allocs = 0;
        std::uint32_t live = 0;
        std::uint64_t oldest_ns = 0;
    };
    [[nodiscard]] StackUse& stack_use(const Holder& holder);

    std::unordered_map<CacheId, CacheUse> caches_;
    std::unordered_map<std::uint64_t, StackUse> stacks_; ///< by cache and group
};

} // namespace kfence
