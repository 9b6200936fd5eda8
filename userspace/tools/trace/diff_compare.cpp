// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/diff_compare.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace kfence {
namespace {

std::optional<double> per_second(std::optional<double> total, double seconds) {
    return total && seconds > 0 ? std::optional(*total / seconds) : std::nullopt;
}

std::optional<double> real(std::optional<std::uint64_t> value) {
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

std::vector<FigureDiff> compare_rates(const Summary& a, const Summary& b) {
    using Rate = std::optional<double> RateSummary::*;
    constexpr std::array<std::pair<const char*, Rate>, 8> kRates = {{{"intended", &RateSummary::intended},
                                                                     {"attempted", &RateSummary::attempted},
                                                                     {"guarded", &RateSummary::guarded},
                                                                     {"freed", &RateSummary::freed},
                                                                     {"full", &RateSummary::skip_capacity},
                                                                     {"covered", &RateSummary::skip_covered},
                                                                     {"incompatible", &RateSummary::skip_incompatible},
                                                                     {"quota", &RateSummary::skip_quota}}};
    std::vector<FigureDiff> out;
    out.reserve(kRates.size() + 1);
    for (const auto& [name, rate] : kRates) {
        out.push_back({.name = name,
                       .unit = FigureUnit::kPerSecond,
                       .value = {.a = per_second(a.rates.*rate, a.rates.seconds),
                                 .b = per_second(b.rates.*rate, b.rates.seconds)}});
    }
    const auto lost = [](const Summary& s) {
        return per_second(static_cast<double>(s.losses.total()), s.window.seconds());
    };
    out.push_back({.name = "lost", .unit = FigureUnit::kPerSecond, .value = {.a = lost(a), .b = lost(b)}});
    return out;
}

std::vector<FigureDiff> compare_pool(const Summary& a, const Summary& b) {
    const auto both = [&](const char* name, FigureUnit unit, auto figure) {
        return FigureDiff{.name = name, .unit = unit, .value = {.a = figure(a), .b = figure(b)}};
    };
    const auto known = [](const Summary& s, double value) {
        return s.pool.occupancy.empty() ? std::nullopt : std::optional(value);
    };
    return {both("objects", FigureUnit::kCount,
                 [](const Summary& s) {
                     return s.pool.objects > 0 ? std::optional<double>(s.pool.objects) : std::nullopt;
                 }),
            both("occupied, mean", FigureUnit::kShare,
                 [&](const Summary& s) { return known(s, s.pool.mean / std::max(1U, s.pool.objects)); }),
            both("no slot free", FigureUnit::kShare, [&](const Summary& s) { return known(s, s.pool.full_share); }),
            both("zombies", FigureUnit::kCount,
                 [](const Summary& s) {
                     return s.pool.objects > 0 ? std::optional<double>(s.pool.zombies) : std::nullopt;
                 }),
            both("quarantine p50", FigureUnit::kNanoseconds, [](const Summary& s) { return real(s.quarantine.p50); }),
            both("quarantine p90", FigureUnit::kNanoseconds, [](const Summary& s) { return real(s.quarantine.p90); })};
}

double change(const Both<Share>& share) {
    return std::abs(share.b.value_or(0) - share.a.value_or(0));
}

/// What a side does not have held nothing; where its pool is not known, nor is that.
Both<Share> nothing_held(const Summary& a, const Summary& b) {
    const auto none = [](const Summary& s) {
        return s.pool.objects > 0 && s.window.length_ns() > 0 ? Share(0.0) : std::nullopt;
    };
    return {.a = none(a), .b = none(b)};
}

std::vector<CacheDiff> compare_caches(const Summary& a, const Summary& b, const Names& names) {
    std::map<CacheId, CacheDiff> by_cache;
    const auto add = [&](const Summary& s, auto side) {
        for (const CacheSummary& cache : s.caches) {
            CacheDiff& diff = by_cache[cache.cache];
            diff.cache = cache.cache;
            side(diff.share) = cache.share;
            side(diff.allocs_per_s) = per_second(static_cast<double>(cache.allocs), s.window.seconds());
            side(diff.lifetimes) = cache.lifetimes;
        }
    };
    for (const Summary* s : {&a, &b}) {
        for (const CacheSummary& cache : s->caches) {
            by_cache[cache.cache] = {
                .cache = cache.cache,
                .share = nothing_held(a, b),
                .allocs_per_s = {.a = per_second(0.0, a.window.seconds()), .b = per_second(0.0, b.window.seconds())},
                .lifetimes = {}};
        }
    }
    add(a, [](auto& both) -> auto& { return both.a; });
    add(b, [](auto& both) -> auto& { return both.b; });
    std::vector<CacheDiff> out;
    out.reserve(by_cache.size());
    for (const auto& [cache, diff] : by_cache) {
        out.push_back(diff);
    }
    std::ranges::sort(out, [&](const CacheDiff& x, const CacheDiff& y) {
        return std::tuple(-change(x.share), std::string_view(names.cache_name(x.cache))) <
               std::tuple(-change(y.share), std::string_view(names.cache_name(y.cache)));
    });
    return out;
}

std::vector<StackDiff> compare_stacks(const Summary& a, const Summary& b) {
    std::map<std::pair<std::uint32_t, CacheId>, StackDiff> by_stack;
    const auto add = [&](const Summary& s, auto side) {
        for (const StackSummary& stack : s.stacks) {
            const auto [found, is_new] = by_stack.try_emplace(
                {stack.group, stack.cache},
                StackDiff{.cache = stack.cache, .stack = stack.stack, .share = nothing_held(a, b)});
            side(found->second.share) = stack.share;
        }
    };
    add(a, [](auto& both) -> auto& { return both.a; });
    add(b, [](auto& both) -> auto& { return both.b; });
    std::vector<StackDiff> out;
    out.reserve(by_stack.size());
    for (const auto& [key, diff] : by_stack) {
        out.push_back(diff);
    }
    std::ranges::stable_sort(out,
                             [](const StackDiff& x, const StackDiff& y) { return change(x.share) > change(y.share); });
    return out;
}

std::vector<ReportDiff> compare_reports(const Summary& a, const Summary& b) {
    std::map<std::pair<std::string, std::string>, Both<std::uint64_t>> by_title;
    for (const ReportSummary& report : a.reports) {
        by_title[{report.title, report.cache}].a += report.count;
    }
    for (const ReportSummary& report : b.reports) {
        by_title[{report.title, report.cache}].b += report.count;
    }
    std::vector<ReportDiff> out;
    out.reserve(by_title.size());
    for (const auto& [key, count] : by_title) {
        out.push_back({.title = key.first, .cache = key.second, .count = count});
    }
    return out;
}

} // namespace

std::string_view to_string(FigureUnit unit) noexcept {
    constexpr std::array<std::string_view, 4> kNames = {"per_second", "share", "seconds", "count"};
    return kNames[static_cast<std::size_t>(unit)];
}

SummaryDiff compare(const Summary& a, const Summary& b, const SummaryNames& names) {
    return {.rates = compare_rates(a, b),
            .pool = compare_pool(a, b),
            .caches = compare_caches(a, b, names.names),
            .stacks = compare_stacks(a, b),
            .reports = compare_reports(a, b)};
}

} // namespace kfence
