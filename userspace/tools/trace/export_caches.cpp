// SPDX-License-Identifier: Apache-2.0
// Table caches: what each cache did with the pool.
#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "model/ages.h"
#include "tools/trace/export_tables.h"
#include "view/filter.h"

namespace kfence {
namespace {

struct CacheSums {
    std::uint64_t allocs = 0;
    std::uint64_t frees = 0;
    std::uint64_t refused = 0;
    std::uint64_t refused_covered = 0;
    std::uint64_t refused_capacity = 0;
    std::uint64_t slot_time = 0;
    LifeHistogram lifetimes;
    std::vector<std::uint64_t> ages; ///< of what is in the pool at the end
};

class Caches final : public ExportMaker {
public:
    explicit Caches(ExportContext& context)
        : context_(context),
          row_(context.row({"cache", "allocs", "frees", "refused", "refused_covered", "refused_capacity", "live",
                            "slot_time_s", "slot_time_share", "lifetime_p50_s", "lifetime_p90_s", "lifetime_p99_s",
                            "age_p50_s", "age_p99_s", "oldest_s"})),
          slot_time_(context.spans.size()) {}

    void begin() override { row_.header(); }

    Result<void> record(const TraceRecord& record, const TracedObject* about) override {
        if (const auto* alloc = std::get_if<AllocEvent>(&record.event)) {
            ++sums(record.machine, alloc->cache).allocs;
        } else if (std::holds_alternative<FreeEvent>(record.event)) {
            ++sums(record.machine, about == nullptr ? kNoCache : about->cache).frees;
        } else if (const auto* skip = std::get_if<SkipEvent>(&record.event);
                   skip != nullptr && skip->cache != kNoCache) {
            CacheSums& cache = sums(record.machine, skip->cache);
            cache.refused += skip->count;
            cache.refused_covered += skip->reason == SkipReason::kCovered ? skip->count : 0;
            cache.refused_capacity += skip->reason == SkipReason::kCapacity ? skip->count : 0;
        }
        return {};
    }

    Result<void> ended(const TracedObject& object) override {
        CacheSums& cache = add_slot_time(object);
        if (object.freed_at != 0) {
            cache.lifetimes.add(object.freed_at > object.allocated_at ? object.freed_at - object.allocated_at : 0);
        }
        return {};
    }

    Result<void> live(const TracedObject& object) override {
        add_slot_time(object).ages.push_back(age(object, context_.span(object.machine)));
        return {};
    }

    Result<bool> finish() override {
        std::vector<decltype(caches_)::pointer> order;
        order.reserve(caches_.size());
        for (auto& cache : caches_) {
            order.push_back(&cache);
        }
        std::ranges::stable_sort(order, [](const auto* a, const auto* b) {
            return a->first.first != b->first.first ? a->first.first < b->first.first
                                                    : a->second.slot_time > b->second.slot_time;
        });
        for (const auto* cache : order) {
            add(cache->first.first, cache->first.second, cache->second);
        }
        return true;
    }

private:
    CacheSums& sums(std::int64_t machine, CacheId cache) {
        return caches_[{machine, shown_name(context_.names, cache)}];
    }
    CacheSums& add_slot_time(const TracedObject& object) {
        CacheSums& cache = sums(object.machine, object.cache);
        const std::uint64_t time = slot_time(object, context_.span(object.machine));
        cache.slot_time += time;
        slot_time_[static_cast<std::size_t>(object.machine)] += time;
        return cache;
    }
    void add(std::int64_t machine, std::string_view name, CacheSums cache) {
        const std::uint64_t all = slot_time_[static_cast<std::size_t>(machine)];
        context_.start_row(row_, machine);
        row_.text(name).number(cache.allocs).number(cache.frees).number(cache.refused).number(cache.refused_covered);
        row_.number(cache.refused_capacity).number(cache.ages.size()).seconds(cache.slot_time);
        row_.ratio(all == 0 ? std::nullopt
                            : std::optional(static_cast<double>(cache.slot_time) / static_cast<double>(all)));
        for (const double fraction : {0.5, 0.9, 0.99}) {
            row_.seconds(cache.lifetimes.percentile(fraction));
        }
        for (const double fraction : {0.5, 0.99, 1.0}) {
            row_.seconds(percentile(cache.ages, fraction));
        }
        row_.end_row();
    }

    ExportContext& context_;
    ExportRow row_;
    std::map<std::pair<std::int64_t, std::string_view>, CacheSums> caches_;
    std::vector<std::uint64_t> slot_time_; ///< by machine
};

} // namespace

std::unique_ptr<ExportMaker> make_caches(ExportContext& context) {
    return std::make_unique<Caches>(context);
}

} // namespace kfence
