// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "view/format.h"
#include "view/lists.h"

namespace kfence {
namespace {

struct CacheColumn {
    TableColumn look;
    std::optional<SortKey> sort;
    std::string (*text)(const CacheUse&) = nullptr; ///< null: the name
};

constexpr std::size_t kColumns = 15;
const std::array<CacheColumn, kColumns> kCacheColumns = {{
    {{"CACHE", 24, 0, true}, SortKey::kName, nullptr},
    {{"LIVE", 6, 0}, SortKey::kLive, [](const CacheUse& c) { return fmt::format("{}", c.allocated); }},
    {{"POOL", 6, 1}, std::nullopt, [](const CacheUse& c) { return format_share(c.share); }},
    {{"ALLOCS", 8, 2}, SortKey::kAllocs, [](const CacheUse& c) { return format_count(c.allocs); }},
    {{"FREES", 8, 8}, SortKey::kFrees, [](const CacheUse& c) { return format_count(c.frees); }},
    {{"ALLOC/s", 9, 3}, SortKey::kRate, [](const CacheUse& c) { return format_rate(c.alloc_rate); }},
    {{"SAMPLED", 9, 6}, SortKey::kSampled, [](const CacheUse& c) { return format_share_fine(c.sampled); }},
    {{"LIFE p50", 10, 7}, SortKey::kLifeP50, [](const CacheUse& c) { return format_age(c.life_p50_ns); }},
    {{"LIFE p90", 10, 12}, SortKey::kLifeP90, [](const CacheUse& c) { return format_age(c.life_p90_ns); }},
    {{"LIFE p99", 10, 9}, SortKey::kLifeP99, [](const CacheUse& c) { return format_age(c.life_p99_ns); }},
    {{"AGE p50", 9, 5}, SortKey::kAgeP50, [](const CacheUse& c) { return format_age(c.age_p50_ns); }},
    {{"AGE p99", 9, 13}, SortKey::kAge, [](const CacheUse& c) { return format_age(c.age_p99_ns); }},
    {{"AGE max", 9, 4}, SortKey::kAgeMax, [](const CacheUse& c) { return format_age(c.age_max_ns); }},
    {{"REFUSED", 9, 11}, SortKey::kRefused, [](const CacheUse& c) { return format_count(c.refused); }},
    {{"SKIP", 6, 10}, SortKey::kSkip, [](const CacheUse& c) { return std::string(c.skipped ? "yes" : "-"); }},
}};

class CacheList final : public List {
public:
    CacheList(const ViewInput& input, const Place& place)
        : input_(input), place_(place),
          caches_(select_caches(input.snapshot, input.names, place.filter, place.sort, place.reverse)) {
        std::ranges::transform(kCacheColumns, looks_.begin(), &CacheColumn::look);
    }

    [[nodiscard]] std::span<const TableColumn> columns() const override { return looks_; }
    [[nodiscard]] std::size_t sorted() const override {
        const auto* const found = std::ranges::find(kCacheColumns, std::optional(place_.sort), &CacheColumn::sort);
        return static_cast<std::size_t>(found - kCacheColumns.begin());
    }
    [[nodiscard]] std::size_t size() const override { return caches_.size(); }
    [[nodiscard]] std::string heading() const override {
        const std::size_t all = input_.snapshot.caches.size();
        return caches_.size() == all ? fmt::format("{} caches", all)
                                     : fmt::format("{} of {} caches", caches_.size(), all);
    }
    [[nodiscard]] std::string nothing() const override {
        return place_.filter.empty() ? "no object of any cache was seen yet" : "no cache matches the filter";
    }
    [[nodiscard]] TableRow row(std::size_t index) const override {
        const CacheUse& use = *caches_[index];
        TableRow out;
        for (const CacheColumn& column : kCacheColumns) {
            out.cells.push_back(column.text == nullptr ? std::string(shown_name(input_.names, use.cache))
                                                       : column.text(use));
        }
        out.style = use.skipped ? Style::kDim : Style::kNormal;
        return out;
    }
    [[nodiscard]] std::optional<Place> deeper(std::size_t index) const override {
        Place out;
        out.kind = ViewKind::kObjects;
        out.cache = std::string(shown_name(input_.names, caches_[index]->cache));
        return out;
    }

private:
    const ViewInput& input_;
    const Place& place_;
    std::vector<const CacheUse*> caches_;
    std::array<TableColumn, kColumns> looks_;
};

} // namespace

SortKey next_column(SortKey key, ViewKind kind, bool forward) noexcept {
    // Those of the overview, from left to right.
    static constexpr std::array kOverview = {SortKey::kLive,    SortKey::kAllocs, SortKey::kFrees, SortKey::kRate,
                                             SortKey::kSampled, SortKey::kAgeP50, SortKey::kAge,   SortKey::kLifeP50,
                                             SortKey::kLifeP99, SortKey::kSkip,   SortKey::kName};
    std::vector<SortKey> order(kOverview.begin(), kOverview.end());
    if (kind == ViewKind::kCaches) {
        order.clear();
        for (const CacheColumn& column : kCacheColumns) {
            if (column.sort) {
                order.push_back(*column.sort);
            }
        }
    }
    const auto here = static_cast<std::size_t>(std::ranges::find(order, key) - order.begin());
    return order[(here + (forward ? 1 : order.size() - 1)) % order.size()];
}

std::unique_ptr<List> cache_list(const ViewInput& input, const Place& place) {
    return std::make_unique<CacheList>(input, place);
}

} // namespace kfence
