// SPDX-License-Identifier: Apache-2.0
// State -> Snapshot.
#include <algorithm>
#include <span>

#include "model/ages.h"
#include "model/state.h"

namespace kfence {
namespace {

PoolUse pool_use(const SlotTable& slots, std::uint32_t hidden_zombies) {
    PoolUse use;
    use.objects = slots.objects();
    use.allocated = slots.occupied() + hidden_zombies;
    use.free = use.objects > use.allocated ? use.objects - use.allocated : 0;
    use.zombies = slots.zombies() + hidden_zombies;
    use.rcu_freeing = slots.rcu_freeing();
    use.usage = use.objects > 0 ? static_cast<double>(use.allocated) / static_cast<double>(use.objects) : 0.0;
    return use;
}

KernelCounters kernel_counters(const CountersEvent& e) {
    return {.enabled = e.enabled,
            .allocated = e.allocated,
            .allocs = e.allocs,
            .frees = e.frees,
            .zombies = e.zombies,
            .bugs = e.bugs,
            .skip_incompatible = e.skip_incompatible,
            .skip_capacity = e.skip_capacity,
            .skip_covered = e.skip_covered,
            .skip_quota = e.skip_quota};
}

/// The ages of the occupied slots: the buckets, and the ages themselves sorted by cache.
class AgeTable {
public:
    AgeTable(const std::vector<SlotRecord>& records, const std::vector<CacheStats>& caches, KernelNs now)
        : buckets_(age_buckets()) {
        starts_.reserve(caches.size());
        std::size_t total = 0;
        for (const CacheStats& stats : caches) {
            starts_.push_back(total);
            total += stats.allocated;
        }
        ages_.resize(total);
        std::vector<std::size_t> next = starts_;
        for (const SlotRecord& record : records) {
            if (is_occupied(record.state)) {
                const std::uint64_t age = now > record.allocated_at ? now - record.allocated_at : 0;
                ++buckets_[age_bucket(age)].count;
                ages_[next[static_cast<std::size_t>(record.cache)]++] = age;
            }
        }
    }

    [[nodiscard]] std::span<std::uint64_t> of(std::size_t cache, std::uint32_t allocated) {
        return std::span(ages_).subspan(starts_[cache], allocated);
    }
    [[nodiscard]] std::vector<AgeBucket> take_buckets() { return std::move(buckets_); }

private:
    std::vector<AgeBucket> buckets_;
    std::vector<std::size_t> starts_;
    std::vector<std::uint64_t> ages_;
};

struct CacheContext {
    std::uint32_t objects = 0;
    std::uint64_t all_allocs = 0;
    double window_s = 0;
};

CacheUse cache_use(std::size_t index, const CacheStats& stats, std::span<std::uint64_t> ages,
                   const CacheContext& context) {
    CacheUse use;
    use.cache = static_cast<CacheId>(index);
    use.allocated = stats.allocated;
    use.allocs = stats.allocs;
    use.frees = stats.frees;
    use.refused = stats.refused;
    if (context.objects > 0) {
        use.share = static_cast<double>(stats.allocated) / static_cast<double>(context.objects);
    }
    if (context.all_allocs > 0) {
        use.sampled = static_cast<double>(stats.allocs) / static_cast<double>(context.all_allocs);
    }
    if (context.window_s > 0) {
        use.alloc_rate = static_cast<double>(stats.window_end - stats.window_start) / context.window_s;
    }
    use.age_p50_ns = percentile(ages, 0.50);
    use.age_p99_ns = percentile(ages, 0.99);
    use.age_max_ns = percentile(ages, 1.0);
    use.life_p50_ns = stats.lifetimes.percentile(0.50);
    use.life_p90_ns = stats.lifetimes.percentile(0.90);
    use.life_p99_ns = stats.lifetimes.percentile(0.99);
    use.skipped = stats.skipped;
    return use;
}

std::vector<CacheUse> cache_uses(const std::vector<CacheStats>& caches, AgeTable& ages, const CacheContext& context) {
    std::vector<CacheUse> uses;
    for (std::size_t i = 0; i < caches.size(); ++i) {
        const CacheStats& stats = caches[i];
        if (stats.allocated > 0 || stats.allocs > 0 || stats.refused > 0 || stats.skipped) {
            uses.push_back(cache_use(i, stats, ages.of(i, stats.allocated), context));
        }
    }
    std::sort(uses.begin(), uses.end(), [](const CacheUse& a, const CacheUse& b) {
        if (a.allocated != b.allocated) {
            return a.allocated > b.allocated;
        }
        return a.allocs != b.allocs ? a.allocs > b.allocs : a.cache < b.cache;
    });
    return uses;
}

std::vector<ObjectUse> object_uses(const std::vector<SlotRecord>& records) {
    std::vector<ObjectUse> objects;
    objects.reserve(records.size());
    for (std::size_t slot = 0; slot < records.size(); ++slot) {
        const SlotRecord& r = records[slot];
        if (r.state != SlotState::kUnused) {
            objects.push_back({.slot = static_cast<Slot>(slot),
                               .state = r.state,
                               .cache = r.cache,
                               .size = r.size,
                               .allocated_at = r.allocated_at,
                               .freed_at = r.freed_at,
                               .alloc_stack = r.alloc_stack,
                               .free_stack = r.free_stack,
                               .task = r.task});
        }
    }
    return objects;
}

} // namespace

Snapshot PoolModel::snapshot(const SnapshotOptions& options) const {
    const State& state = *state_;
    const SlotTable& slots = state.slots;
    Snapshot s;
    s.now = state.now;
    s.enabled = state.counters ? state.counters->enabled : state.settings.sample_interval_ms.value_or(0) > 0;
    if (state.disabled_itself) {
        s.disabled_itself = !s.enabled && *state.disabled_itself;
    }
    s.pool = pool_use(slots, state.reconciler.hidden_zombies());
    s.rates = state.rates.rates(state.settings, state.options.has_counters);
    s.settings = state.settings;
    if (state.counters) {
        s.counters = kernel_counters(*state.counters);
    }
    s.drift = state.reconciler.drift();
    s.losses = state.losses;
    s.anomalies = {.drift_events = state.reconciler.drift_events(),
                   .missed_frees = slots.totals().missed_frees,
                   .ignored_frees = slots.totals().ignored_frees};
    if (s.pool.objects > 0) {
        s.quarantine_s = quarantine(s.pool.free, s.rates);
    }
    if (const auto reuse = slots.median_reuse_ns()) {
        s.quarantine_observed_s = static_cast<double>(*reuse) / 1e9;
    }
    s.full_in_s = forecast_full(state.history.points(), slots.objects());
    s.skips_seen = state.skips_seen;

    AgeTable ages(slots.records(), state.caches.all(), state.now);
    s.caches = cache_uses(
        state.caches.all(), ages,
        {.objects = slots.objects(), .all_allocs = slots.totals().allocs, .window_s = state.rates.seconds()});
    s.ages = ages.take_buckets();
    Holders holders = find_holders(slots.records(), slots.occupied(), state.now, options.max_stacks);
    s.stacks = std::move(holders.top);
    s.distinct_stacks = holders.distinct_stacks;
    if (options.objects) {
        s.objects = object_uses(slots.records());
    }
    s.reports.assign(state.reports.begin(), state.reports.end());
    s.reports_total = state.counters ? state.counters->bugs : state.reports_seen;
    s.history = state.history.points();
    s.coverage = state.coverage.coverage();
    return s;
}

} // namespace kfence
