// SPDX-License-Identifier: Apache-2.0
// Two summaries side by side, per second or as shares, so that recordings of different length and pools of different
// size compare. nullopt is "not known".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/trace/summary.h"
#include "tools/trace/summary_stacks.h"

namespace kfence {

enum class FigureUnit : std::uint8_t { kPerSecond, kShare, kNanoseconds, kCount };
/// "per_second", "share", "seconds", "count"
[[nodiscard]] std::string_view to_string(FigureUnit unit) noexcept;

template <typename T> struct Both {
    T a{};
    T b{};
};
using Share = std::optional<double>;

struct FigureDiff {
    std::string name;
    FigureUnit unit = FigureUnit::kCount;
    Both<std::optional<double>> value;
};

struct CacheDiff {
    CacheId cache = kNoCache;
    Both<Share> share; ///< of slot-time; 0 where the cache held nothing
    Both<std::optional<double>> allocs_per_s;
    Both<Percentiles> lifetimes;
};

struct StackDiff {
    CacheId cache = kNoCache;
    StackId stack = kNoStack; ///< one of them
    Both<Share> share;
};

struct ReportDiff {
    std::string title;
    std::string cache;
    Both<std::uint64_t> count;
};

struct SummaryDiff {
    std::vector<FigureDiff> rates;
    std::vector<FigureDiff> pool;
    std::vector<CacheDiff> caches; ///< the greatest change of share first
    std::vector<StackDiff> stacks; ///< the same
    std::vector<ReportDiff> reports;
};

/// The ids of both are those of one SummaryNames.
[[nodiscard]] SummaryDiff compare(const Summary& a, const Summary& b, const SummaryNames& names);

} // namespace kfence
