// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/summary_holders.h"

#include <algorithm>
#include <tuple>

namespace kfence {
namespace {

std::optional<double> share_of(double seconds, double pool_seconds) {
    return pool_seconds > 0 ? std::optional(seconds / pool_seconds) : std::nullopt;
}

} // namespace

HolderTable::StackUse& HolderTable::stack_use(const Holder& holder) {
    return stacks_[(static_cast<std::uint64_t>(holder.cache) << 32U) | holder.group];
}

void HolderTable::held(const Holder& holder, double seconds) {
    caches_[holder.cache].slot_seconds += seconds;
    stack_use(holder).slot_seconds += seconds;
}

void HolderTable::allocated(const Holder& holder) {
    ++caches_[holder.cache].allocs;
    ++stack_use(holder).allocs;
}

void HolderTable::freed(const Holder& holder, std::uint64_t lifetime_ns) {
    CacheUse& use = caches_[holder.cache];
    ++use.frees;
    use.lifetimes.add(lifetime_ns);
}

void HolderTable::live(const Holder& holder, std::uint64_t age_ns) {
    caches_[holder.cache].ages.push_back(age_ns);
    StackUse& use = stack_use(holder);
    ++use.live;
    use.oldest_ns = std::max(use.oldest_ns, age_ns);
}

std::vector<CacheSummary> HolderTable::caches(double pool_seconds, const Names& names) {
    std::vector<CacheSummary> out;
    out.reserve(caches_.size());
    for (auto& [cache, use] : caches_) {
        out.push_back({.cache = cache,
                       .slot_seconds = use.slot_seconds,
                       .share = share_of(use.slot_seconds, pool_seconds),
                       .live = static_cast<std::uint32_t>(use.ages.size()),
                       .allocs = use.allocs,
                       .frees = use.frees,
                       .refused = use.refused,
                       .ages = percentiles_of(use.ages),
                       .lifetimes = use.lifetimes.percentiles()});
    }
    std::ranges::sort(out, [&](const CacheSummary& a, const CacheSummary& b) {
        return std::tuple(-a.slot_seconds, b.refused, std::string_view(names.cache_name(a.cache))) <
               std::tuple(-b.slot_seconds, a.refused, std::string_view(names.cache_name(b.cache)));
    });
    return out;
}

std::vector<StackSummary> HolderTable::stacks(double pool_seconds, const SymbolStacks& stacks) const {
    std::vector<StackSummary> out;
    for (const auto& [key, use] : stacks_) {
        const auto group = static_cast<std::uint32_t>(key);
        out.push_back({.group = group,
                       .cache = static_cast<CacheId>(key >> 32U),
                       .stack = stacks.stack(group),
                       .slot_seconds = use.slot_seconds,
                       .share = share_of(use.slot_seconds, pool_seconds),
                       .live = use.live,
                       .allocs = use.allocs,
                       .oldest_ns = use.live > 0 ? std::optional(use.oldest_ns) : std::nullopt});
    }
    // Groups are numbered as the file has them: the same file gives the same order.
    std::ranges::sort(out, [](const StackSummary& a, const StackSummary& b) {
        return std::tuple(-a.slot_seconds, a.group, a.cache) < std::tuple(-b.slot_seconds, b.group, b.cache);
    });
    return out;
}

} // namespace kfence
