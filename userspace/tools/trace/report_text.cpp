// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/report_text.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "tools/trace/report_words.h"
#include "view/alerts.h"
#include "view/format.h"
#include "view/sparkline.h"

namespace kfence {
namespace {

constexpr std::size_t kMostCaches = 8;
constexpr std::size_t kMostStacks = 6;
constexpr std::size_t kMostReports = 6;
constexpr std::size_t kMostHolders = 4;
constexpr std::size_t kMostChanges = 3;
constexpr int kMostPlot = 60;
constexpr double kSecond = 1e9;

std::string sentence(double seconds) {
    return format_duration(seconds, Minutes::kSentence);
}

std::string header(const Summary& s, const ReportNotes& notes, const TextShape& shape) {
    std::string out;
    if (s.losses.total() > 0) {
        out += line(fmt::format("LOST {} event{} ({}): what follows counts too little", s.losses.total(),
                                s.losses.total() == 1 ? "" : "s", describe_causes(s.losses)),
                    shape);
    }
    const SourceInfo& source = s.info.source;
    std::vector<std::string> pieces;
    for (const std::string& piece : {source.host, source.kernel}) {
        if (!piece.empty()) {
            pieces.push_back(piece);
        }
    }
    pieces.push_back(interval_words(s.settings.empty() ? nullptr : &s.settings.front()));
    pieces.push_back(s.pool.objects > 0 ? fmt::format("{} objects", s.pool.objects) : "size of the pool not known");
    pieces.push_back(source.backend);
    pieces.push_back(fmt::format("{} UTC ({})", format_span(s.unix_time(s.window.since), s.unix_time(s.window.until)),
                                 sentence(s.window.seconds())));
    if (s.losses.total() == 0) { // else it was said first
        pieces.emplace_back("lost 0");
    }
    out += labelled("", pieces, shape, ", ");
    if (notes.is_being_recorded) {
        out += line("It is still being recorded: this is what is there so far.", shape);
    } else if (!notes.is_complete) {
        out += line("The recording was cut off: this is what is there up to then.", shape);
    }
    if (!notes.selection.empty()) {
        out += labelled("", {fmt::format("Only {}", notes.selection), kSelected}, shape, " ");
    }
    return out;
}

/// What refused allocations: by the kernel's counters, or as far as it was seen.
std::vector<std::string> skip_pieces(const RateSummary& r) {
    const auto seen = [&](SkipReason reason) { return r.skips_seen[static_cast<std::size_t>(reason)]; };
    std::vector<std::string> out;
    const auto add = [&](const char* name, std::optional<double> counted, SkipReason reason, bool always) {
        const double count = counted.value_or(static_cast<double>(seen(reason)));
        if (always || count > 0) {
            out.push_back(
                fmt::format("{} {}", name, counted || count > 0 || r.attempted ? grouped(count) : kUnknownText));
        }
    };
    add("full", r.skip_capacity, SkipReason::kCapacity, true);
    add("covered", r.skip_covered, SkipReason::kCovered, true);
    add("quota", r.skip_quota, SkipReason::kQuota, false);
    add("incompatible", r.skip_incompatible, SkipReason::kIncompatible, false);
    add("cache", std::nullopt, SkipReason::kCache, false);
    add("busy", std::nullopt, SkipReason::kBusy, false);
    add("disabled", std::nullopt, SkipReason::kDisabled, false);
    if (!r.from_counters) {
        add("refused", std::nullopt, SkipReason::kUnknown, false);
    }
    return out;
}

std::string sampling(const Summary& s, const TextShape& shape) {
    const RateSummary& r = s.rates;
    std::string guarded = "guarded " + grouped(r.guarded);
    if (r.guarded && r.intended.value_or(0) > 0) {
        guarded += fmt::format(" ({})", format_share_fine(*r.guarded / *r.intended));
    }
    std::vector<std::string> pieces = {"intended " + grouped(r.intended), "attempted " + grouped(r.attempted), guarded};
    for (std::string& piece : skip_pieces(r)) {
        pieces.push_back(std::move(piece));
    }
    std::string out = labelled("Sampling", pieces, shape);
    const auto rate = [&](const char* name, std::optional<double> total) {
        const auto per_second = total && r.seconds > 0 ? std::optional(*total / r.seconds) : std::nullopt;
        return fmt::format("{} {}/s", name, format_rate(per_second));
    };
    std::vector<std::string> rates = {rate("intended", r.intended), rate("attempted", r.attempted),
                                      rate("guarded", r.guarded), rate("freed", r.freed)};
    if (r.seconds < 0.9 * s.window.seconds()) {
        rates.push_back(fmt::format("counted over {}", sentence(r.seconds)));
    }
    return out + labelled(" ", rates, shape);
}

std::string settings(const Summary& s, const SummaryNames& names, const TextShape& shape) {
    if (s.settings.empty()) {
        return labelled("Settings", {"not known"}, shape);
    }
    std::string out = labelled("Settings", {settings_words(s.settings.front())}, shape);
    for (std::size_t i = 1; i < s.settings.size(); ++i) {
        if (i > kMostChanges) {
            out += labelled(" ", {fmt::format("and {} more changes", s.settings.size() - i)}, shape);
            break;
        }
        out += labelled(
            " ", {fmt::format("{}: {}", format_second(s.unix_time(s.settings[i].time)), settings_words(s.settings[i]))},
            shape);
    }
    if (!s.skipped_caches.empty()) {
        std::vector<std::string> caches = {"skip_kfence is set for"};
        for (const CacheId cache : s.skipped_caches) {
            caches.emplace_back(summary_cache_name(names.names, cache));
        }
        out += labelled(" ", caches, shape, " ");
    }
    return out;
}

std::string plot(const PoolSummary& pool, const TextShape& shape) {
    const int columns = std::clamp(shape.width / 2 - kLabelColumns, 8, kMostPlot);
    std::vector<double> levels;
    for (int i = 0; i < columns; ++i) {
        const auto parts = static_cast<int>(pool.occupancy.size());
        const auto begin = pool.occupancy.begin() + i * parts / columns;
        const auto end = pool.occupancy.begin() + std::max((i + 1) * parts / columns, i * parts / columns + 1);
        levels.push_back(std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin) / pool.objects);
    }
    return sparkline(levels, shape.utf8);
}

std::string fullness(const Summary& s) {
    const PoolSummary& pool = s.pool;
    const auto after = [&](KernelNs time) { return static_cast<double>(time - s.window.since) / kSecond; };
    const auto at = [&](KernelNs time) {
        return after(time) < 1 ? std::string("full from the start") : "full after " + sentence(after(time));
    };
    if (pool.full_at && pool.full_since) {
        return after(*pool.full_since) < after(*pool.full_at) + 1
                   ? at(*pool.full_at) + ", and since"
                   : fmt::format("{} for the first time, and since {}", at(*pool.full_at),
                                 format_second(s.unix_time(*pool.full_since)));
    }
    if (pool.full_at) {
        return at(*pool.full_at) + " for the first time, but not at the end";
    }
    if (pool.full_in_s) {
        return fmt::format("full in about {} if it goes on as in the last {}", sentence(*pool.full_in_s),
                           sentence(forecast_span_s(s.window)));
    }
    constexpr double kLeastWindow = 20;
    return s.window.seconds() < kLeastWindow ? "too short to tell when it will be full" : "does not fill up";
}

std::string held_words(const PoolSummary& pool, const SummaryNames& names) {
    constexpr double kLeastShare = 0.005;
    std::string out;
    for (std::size_t i = 0; i < std::min(pool.held.size(), kMostHolders); ++i) {
        if (i > 0 && pool.held[i].slots < kLeastShare * pool.objects) {
            break;
        }
        out += fmt::format("{}{} {}", i == 0 ? "" : ", ", summary_cache_name(names.names, pool.held[i].cache),
                           format_share(static_cast<double>(pool.held[i].slots) / pool.objects));
    }
    return out;
}

std::string pool_lines(const Summary& s, const SummaryNames& names, const TextShape& shape) {
    const PoolSummary& pool = s.pool;
    if (pool.objects == 0) {
        return labelled("Pool", {"not known: KFENCE was not on"}, shape);
    }
    std::vector<std::string> pieces;
    if (!pool.occupancy.empty()) {
        pieces = {plot(pool, shape), fmt::format("mean {:.0f} of {} ({})", pool.mean, pool.objects,
                                                 format_share(pool.mean / pool.objects))};
    }
    pieces.push_back(fmt::format("{} at the end", pool.at_end));
    if (pool.zombies > 0) {
        pieces.push_back(fmt::format("zombies {}", pool.zombies));
    }
    std::string out = labelled("Pool", pieces, shape);
    std::vector<std::string> state = {fullness(s)};
    if (pool.full_at) {
        state.push_back(fmt::format("no slot was free {} of the time", format_share(pool.full_share)));
    }
    out += labelled(" ", state, shape);
    if (!pool.held.empty()) {
        const char* what = pool.full_at ? "the caches that filled it: " : "held at the end by ";
        out += labelled(" ", {what + held_words(pool, names)}, shape);
    }
    return out;
}

std::string quarantine(const Summary& s, const TextShape& shape) {
    if (!s.quarantine.p50) {
        return labelled("Quarantine", {"no slot was freed and used again"}, shape);
    }
    return labelled("Quarantine",
                    {"p50 " + format_age(s.quarantine.p50), "p90 " + format_age(s.quarantine.p90) + "     ",
                     "a use-after-free later than that after the free goes unseen"},
                    shape);
}

/// "and 32 more caches, 4.1 %": empty when all are shown.
template <typename T> std::string rest_of(const std::vector<T>& all, std::size_t shown, const char* what) {
    if (all.size() <= shown) {
        return "";
    }
    double sum = 0;
    for (std::size_t i = shown; i < all.size(); ++i) {
        sum += all[i].share.value_or(0);
    }
    return fmt::format("and {} more {}{}\n", all.size() - shown, what,
                       all.back().share ? ", " + format_share_fine(sum) : "");
}

std::string caches(const Summary& s, const SummaryNames& names, const TextShape& shape) {
    if (s.caches.empty()) {
        return line("No cache held a slot.", shape);
    }
    TextTable table({{"CACHE", false},
                     {"SLOT-TIME"},
                     {"LIVE"},
                     {"ALLOCS"},
                     {"REFUSED", true, 4},
                     {"AGE p50"},
                     {"p90", true, 5},
                     {"p99", true, 2},
                     {"LIFE p50"},
                     {"p90", true, 3},
                     {"p99", true, 1}});
    const std::size_t shown = std::min(s.caches.size(), kMostCaches);
    for (std::size_t i = 0; i < shown; ++i) {
        const CacheSummary& c = s.caches[i];
        table.add({std::string(summary_cache_name(names.names, c.cache)), share_words(c.share),
                   fmt::format("{}", c.live), format_count(c.allocs), format_count(c.refused), format_age(c.ages.p50),
                   format_age(c.ages.p90), format_age(c.ages.p99), format_age(c.lifetimes.p50),
                   format_age(c.lifetimes.p90), format_age(c.lifetimes.p99)});
    }
    return table.text(shape) + rest_of(s.caches, shown, "caches");
}

std::string stacks(const Summary& s, const SummaryNames& names, const TextShape& shape) {
    if (s.stacks.empty()) {
        return "";
    }
    TextTable table(
        {{"SLOT-TIME"}, {"LIVE"}, {"ALLOCS", true, 2}, {"OLDEST", true, 1}, {"CACHE", false}, {"STACK", false}});
    const std::size_t shown = std::min(s.stacks.size(), kMostStacks);
    for (std::size_t i = 0; i < shown; ++i) {
        const StackSummary& stack = s.stacks[i];
        table.add({share_words(stack.share), fmt::format("{}", stack.live), format_count(stack.allocs),
                   format_age(stack.oldest_ns), std::string(summary_cache_name(names.names, stack.cache)),
                   stack_words(names, stack.stack)});
    }
    return "\n" + table.text(shape) + rest_of(s.stacks, shown, "stacks");
}

std::string object_words(const ReportSummary& report) {
    if (!report.age_ns) {
        return "no object known";
    }
    return report.since_free_ns ? fmt::format("object lived {}, freed {} before", range_words(*report.age_ns),
                                              range_words(*report.since_free_ns))
                                : fmt::format("object {} old", range_words(*report.age_ns));
}

std::string found(const Summary& s, const TextShape& shape) {
    std::string out = "\n";
    if (s.reports.empty()) {
        out += labelled("Found", {s.reports_seen == 0 ? "nothing" : "nothing in these objects"}, shape);
    }
    for (std::size_t i = 0; i < std::min(s.reports.size(), kMostReports); ++i) {
        const ReportSummary& report = s.reports[i];
        std::vector<std::string> pieces = {fmt::format("{:>3}  {}", report.count, report.title)};
        if (!report.cache.empty()) {
            pieces.push_back(report.cache);
        }
        pieces.push_back(report.count == 1 ? format_second(s.unix_time(report.first.time))
                                           : format_span(s.unix_time(report.first.time), s.unix_time(report.last)));
        pieces.push_back(object_words(report));
        out += labelled(i == 0 ? "Found" : " ", pieces, shape);
    }
    if (s.reports.size() > kMostReports) {
        out += labelled(" ", {fmt::format("and {} more kinds", s.reports.size() - kMostReports)}, shape);
    }
    if (s.bugs.value_or(0) > s.reports_seen) {
        out += labelled(
            " ", {fmt::format("the kernel counted {}, and {} of them were recorded", *s.bugs, s.reports_seen)}, shape);
    }
    return out;
}

} // namespace

std::string render_report(const Summary& s, const SummaryNames& names, const ReportNotes& notes,
                          const TextShape& shape) {
    std::string out = header(s, notes, shape) + "\n";
    out += sampling(s, shape) + settings(s, names, shape) + pool_lines(s, names, shape) + quarantine(s, shape) + "\n";
    out += caches(s, names, shape) + stacks(s, names, shape) + found(s, shape);
    if (s.missed_ends > 0 && s.info.source.complete_stream) {
        out += labelled("Unseen", {fmt::format("{} objects ended without their event", s.missed_ends)}, shape);
    }
    return out;
}

} // namespace kfence
