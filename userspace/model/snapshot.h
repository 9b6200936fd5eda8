// SPDX-License-Identifier: Apache-2.0
// An immutable picture of a KFENCE pool at one moment. Views, metrics and policies read this and nothing
// else; everything that a screen shows is in here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "event/event.h"

namespace kfence {

struct PoolUse {
    std::uint32_t objects = 0;   ///< size of the pool; 0 while unknown (KFENCE never enabled)
    std::uint32_t allocated = 0; ///< occupied slots, as the kernel counts them: zombies and RCU-deferred included
    std::uint32_t free = 0;
    std::uint32_t zombies = 0;
    std::uint32_t rcu_freeing = 0;
    double usage = 0; ///< allocated / objects, 0..1
};

/// Per second, over the last refresh. nullopt while only one refresh was made, or when the kernel does not say.
struct Rates {
    std::optional<double> intended;  ///< 1000 (1 + burst) / interval
    std::optional<double> attempted; ///< d(allocations + capacity skips + covered skips) / dt
    std::optional<double> actual;    ///< d(allocations) / dt
    std::optional<double> frees;
    std::optional<double> skip_incompatible;
    std::optional<double> skip_capacity;
    std::optional<double> skip_covered;
    std::optional<double> skip_quota = std::nullopt; ///< kernels with kernel-patches/
};

struct Settings {
    std::optional<std::uint64_t> sample_interval_ms; ///< 0: off
    std::optional<std::uint64_t> skip_covered_thresh;
    std::optional<std::uint64_t> burst;
    std::optional<bool> deferrable;
};

/// What the kernel itself counts, as last read. The skip counters are nullopt on kernels without them.
struct KernelCounters {
    bool enabled = false;
    std::uint64_t allocated = 0;
    std::uint64_t allocs = 0;
    std::uint64_t frees = 0;
    std::uint64_t zombies = 0;
    std::uint64_t bugs = 0;
    std::optional<std::uint64_t> skip_incompatible;
    std::optional<std::uint64_t> skip_capacity;
    std::optional<std::uint64_t> skip_covered;
    std::optional<std::uint64_t> skip_quota = std::nullopt; ///< kernels with kernel-patches/
};

/// Model minus kernel. Zero when they agree; nullopt where this backend cannot compare.
struct Drift {
    std::optional<std::int64_t> allocated;
    std::optional<std::int64_t> allocs;
    std::optional<std::int64_t> frees;
    /// True: compared at a moment when nothing was under way, so zero means equal. False: events were under
    /// way at each attempt, and zero means "within what they explain".
    bool settled = false;
    [[nodiscard]] bool any() const noexcept {
        return allocated.value_or(0) != 0 || allocs.value_or(0) != 0 || frees.value_or(0) != 0;
    }
};

/// Events that are known to be missing since the tool started, per cause.
struct Losses {
    std::array<std::uint64_t, kLossCauseCount> by_cause{};
    std::uint64_t resyncs = 0; ///< how often the model was rebuilt from the kernel's metadata
    [[nodiscard]] std::uint64_t total() const noexcept;
    [[nodiscard]] std::uint64_t of(LossCause cause) const noexcept { return by_cause[static_cast<std::size_t>(cause)]; }
};

/// What should never happen, counted since the tool started.
struct Anomalies {
    std::uint64_t drift_events = 0;  ///< refreshes that found a drift
    std::uint64_t missed_frees = 0;  ///< objects that ended without their event
    std::uint64_t ignored_frees = 0; ///< free events of objects that were free already
};

/// Live objects with an age of less than `le_ns`, and not in the bucket before. The last bucket has
/// le_ns = UINT64_MAX.
struct AgeBucket {
    std::uint64_t le_ns = 0;
    std::uint32_t count = 0;
};

struct CacheUse {
    CacheId cache = kNoCache; ///< kNoCache: the caches of these objects were destroyed
    std::uint32_t allocated = 0;
    std::uint64_t allocs = 0;                ///< seen since the tool started
    std::uint64_t frees = 0;                 ///< seen since the tool started
    std::uint64_t refused = 0;               ///< refused allocations seen since the tool started
    double share = 0;                        ///< allocated / size of the pool, 0..1
    double sampled = 0;                      ///< allocs / all allocations seen, 0..1
    double alloc_rate = 0;                   ///< per second, over the last refresh
    std::optional<std::uint64_t> age_p50_ns; ///< of its live objects
    std::optional<std::uint64_t> age_p99_ns;
    std::optional<std::uint64_t> age_max_ns;
    std::optional<std::uint64_t> life_p50_ns; ///< of its objects that were freed, log2 histogram, interpolated
    std::optional<std::uint64_t> life_p90_ns;
    std::optional<std::uint64_t> life_p99_ns;
    bool skipped = false; ///< skip_kfence is set
};

/// Slots that are held from one allocation stack and cache.
struct StackUse {
    StackId stack = kNoStack;
    CacheId cache = kNoCache;
    std::uint32_t count = 0;
    std::uint64_t oldest_ns = 0; ///< age of the oldest of them
    std::uint64_t held_ns = 0;   ///< their ages together: the slot-time that they took so far
};

/// An object as it stands in its slot (states other than kUnused).
struct ObjectUse {
    Slot slot = kNoSlot;
    SlotState state = SlotState::kUnused;
    CacheId cache = kNoCache;
    std::uint32_t size = 0;
    KernelNs allocated_at = 0;
    KernelNs freed_at = 0;
    StackId alloc_stack = kNoStack;
    StackId free_stack = kNoStack;
    Task task;
};

struct ReportSeen {
    ReportEvent report;
    std::uint64_t object_age_ns = 0; ///< from its allocation to its report (or to its free, when freed)
    std::optional<double> quarantine_s = std::nullopt; ///< when it was found, as Snapshot::quarantine_s
};

/// One point of the occupancy history.
struct HistoryPoint {
    KernelNs time = 0;
    std::uint32_t allocated = 0;
};

/// Distinct allocation stacks among the samples since the tool started; see model/coverage.h.
struct Coverage {
    std::uint64_t allocs = 0;   ///< samples with a stack
    std::uint64_t distinct = 0; ///< stacks
    std::uint64_t once = 0;     ///< of them seen once
    std::uint64_t twice = 0;
    double estimated = 0;                ///< stacks that exist (Chao1), at least
    std::optional<double> chance_of_new; ///< that the next sample has a new stack (Good-Turing), 0..1
    bool is_full = false;                ///< no more are told apart: all of these are at least so
    std::optional<KernelNs> last_new;    ///< when a new stack came
    std::vector<HistoryPoint> growth;    ///< `allocated` is the number of distinct stacks; oldest first, bounded
};

struct Snapshot {
    KernelNs now = 0;
    bool enabled = false;                ///< KFENCE is on
    std::optional<bool> disabled_itself; ///< it went off by itself (an internal warning); nullopt: not known
    PoolUse pool;
    Rates rates;
    Settings settings;
    std::optional<KernelCounters> counters; ///< nullopt: no counters on this machine (no debugfs)
    Drift drift;
    Losses losses;
    Anomalies anomalies;
    std::optional<double> quarantine_s; ///< free slots / allocations per second
    std::optional<double>
        quarantine_observed_s;       ///< median of the last reuses: from free to next allocation of the slot
    std::optional<double> full_in_s; ///< forecast; nullopt when the pool does not fill
    std::array<std::uint64_t, kSkipReasonCount> skips_seen{}; ///< refused allocations seen by this backend, by reason
    std::vector<AgeBucket> ages;       ///< log2 buckets from 1 ms (le 2^20 ns) to about 13 days, then the rest
    std::vector<CacheUse> caches;      ///< most slots first, then most allocations
    std::vector<StackUse> stacks;      ///< most slots first; at most SnapshotOptions::max_stacks
    std::vector<ObjectUse> objects;    ///< by slot; only with SnapshotOptions::objects
    std::vector<ReportSeen> reports;   ///< newest first; bounded
    std::uint64_t reports_total = 0;   ///< bugs found since boot as the kernel counts, or seen
    std::vector<HistoryPoint> history; ///< oldest first, at most an hour (bounded number of points)
    std::uint64_t distinct_stacks = 0; ///< allocation stacks that hold a slot now
    Coverage coverage;
};

struct SnapshotOptions {
    std::size_t max_stacks = 64;
    bool objects = false;
};

} // namespace kfence
