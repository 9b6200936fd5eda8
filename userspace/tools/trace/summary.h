// SPDX-License-Identifier: Apache-2.0
// What a recording, or a part of it, says about one machine: plain figures. Times are KernelNs of that machine, and
// everything counted lies in the window. nullopt is "not known", never 0. Ids are those of SummaryNames.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/names.h"
#include "model/snapshot.h"
#include "store/writer.h"
#include "tools/trace/summary_spread.h"
#include "tools/trace/summary_window.h"

namespace kfence {

struct RateSummary {
    double seconds = 0;              ///< what the totals are of: between two readings of the counters, or the window
    bool from_counters = false;      ///< the kernel's own; else counted from events
    std::optional<double> intended;  ///< allocations that the interval and the burst asked for
    std::optional<double> attempted; ///< served, or refused for a full pool or a covered stack
    std::optional<double> guarded;   ///< served
    std::optional<double> freed;
    std::optional<double> skip_incompatible; ///< by the kernel's counters, as are the next three
    std::optional<double> skip_capacity;
    std::optional<double> skip_covered;
    std::optional<double> skip_quota;
    std::array<std::uint64_t, kSkipReasonCount> skips_seen{}; ///< events of the window, by reason
};

/// Slots that objects of one cache held at a moment.
struct HeldBy {
    CacheId cache = kNoCache;
    std::uint32_t slots = 0;
};

struct PoolSummary {
    std::uint32_t objects = 0;       ///< 0: not known
    std::vector<double> occupancy;   ///< mean number of occupied slots in equal parts of the window; empty: not known
    double mean = 0;                 ///< over the window
    std::uint32_t at_end = 0;        ///< occupied slots, zombies included
    std::uint32_t zombies = 0;       ///< of them
    double full_share = 0;           ///< of the window's time, with no slot free
    std::optional<KernelNs> full_at; ///< when no slot was free for the first time
    std::optional<KernelNs> full_since; ///< from when on it was never less than nearly full, to the end
    std::optional<double> full_in_s;    ///< forecast from the end on; nullopt when it does not fill
    std::vector<HeldBy> held;           ///< most first: when it was full for the first time, or else at the end
};

struct CacheSummary {
    CacheId cache = kNoCache; ///< kNoCache: its name is not known
    double slot_seconds = 0;
    std::optional<double> share; ///< of the slot-time of the whole pool, 0..1
    std::uint32_t live = 0;      ///< slots held at the end
    std::uint64_t allocs = 0;
    std::uint64_t frees = 0;
    std::uint64_t refused = 0;
    Percentiles ages;      ///< of what is live at the end
    Percentiles lifetimes; ///< of what was freed
};

/// Stacks are one when their functions are, whatever the offsets.
struct StackSummary {
    std::uint32_t group = 0; ///< of SymbolStacks
    CacheId cache = kNoCache;
    StackId stack = kNoStack; ///< one of the group
    double slot_seconds = 0;
    std::optional<double> share;
    std::uint32_t live = 0;
    std::uint64_t allocs = 0;
    std::optional<std::uint64_t> oldest_ns; ///< age of the oldest that is live at the end
};

struct Range {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
};

/// Reports with the same type, access, innermost functions and cache.
struct ReportSummary {
    std::string title; ///< "KFENCE: use-after-free read in f"
    std::string cache; ///< empty when the kernel knew no object
    std::uint64_t count = 0;
    ReportEvent first;
    KernelNs last = 0;
    std::optional<Range> age_ns;        ///< of the object at the report; its lifetime when it was freed before
    std::optional<Range> since_free_ns; ///< nullopt: it was live
};

struct Summary {
    std::int64_t machine = 1;
    MachineInfo info;
    Window window;
    std::vector<SettingsEvent> settings; ///< the first is what held at the start; then each change
    std::vector<CacheId> skipped_caches; ///< skip_kfence is set at the end
    RateSummary rates;
    PoolSummary pool;
    Percentiles quarantine;             ///< from the free of a slot to its next allocation
    std::vector<CacheSummary> caches;   ///< most slot-time first
    std::vector<StackSummary> stacks;   ///< most slot-time first
    std::vector<ReportSummary> reports; ///< most frequent first
    std::uint64_t reports_seen = 0;
    std::optional<std::uint64_t> bugs; ///< counted by the kernel in the window
    Losses losses;                     ///< without resyncs
    std::uint64_t missed_ends = 0;     ///< objects that ended without their event

    /// Unix time, ns.
    [[nodiscard]] std::int64_t unix_time(KernelNs time) const noexcept {
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(info.started.unix_ns) +
                                         (time - info.started.kernel));
    }
    /// nullptr: no settings were recorded.
    [[nodiscard]] const SettingsEvent* last_settings() const noexcept {
        return settings.empty() ? nullptr : &settings.back();
    }
};

/// The forecast goes by the last quarter of the window, and by a minute at least.
[[nodiscard]] double forecast_span_s(const Window& window) noexcept;

/// "<unknown>" for kNoCache: its allocation was not seen, or the cache is gone.
[[nodiscard]] std::string_view summary_cache_name(const Names& names, CacheId cache);

} // namespace kfence
