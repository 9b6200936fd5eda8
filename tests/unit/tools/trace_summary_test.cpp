// SPDX-License-Identifier: Apache-2.0
// Rates, settings, what was found, and how durations are spread.
#include <random>

#include "trace_story.h"

#include "tools/trace/summary_spread.h"

namespace kfence {
namespace {

using test::at;
using test::TraceStory;

class TraceRates : public TraceStory {
protected:
    static SettingsEvent interval(double time, std::uint64_t ms, std::uint64_t burst = 0) {
        SettingsEvent out;
        out.time = at(time);
        out.sample_interval_ms = ms;
        out.burst = burst;
        return out;
    }
    static CountersEvent counters(double time, std::uint64_t allocs, std::uint64_t full, std::uint64_t covered) {
        CountersEvent out;
        out.time = at(time);
        out.enabled = true;
        out.allocs = allocs;
        out.skip_capacity = full;
        out.skip_covered = covered;
        return out;
    }
};

TEST_F(TraceRates, FromTheKernelsCounters) {
    write({pool(10), interval(100, 100)});
    count(counters(100, 1000, 50, 7));
    count(counters(105, 1020, 55, 7));
    count(counters(110, 1060, 70, 9));
    const Summary s = summary();
    EXPECT_TRUE(s.rates.from_counters);
    EXPECT_DOUBLE_EQ(s.rates.seconds, 10);
    EXPECT_EQ(s.rates.intended, 100.0);
    EXPECT_EQ(s.rates.guarded, 60.0);
    EXPECT_EQ(s.rates.skip_capacity, 20.0);
    EXPECT_EQ(s.rates.attempted, 82.0);
    EXPECT_EQ(s.rates.skip_incompatible, std::nullopt) << "this kernel does not count them";
    const Summary half = summary(part(5, 10));
    EXPECT_EQ(half.rates.guarded, 40.0);
    EXPECT_EQ(half.rates.intended, 50.0);
}

TEST_F(TraceRates, IntendedFollowsTheSettings) {
    write({pool(10), interval(100, 100), interval(102, 100), interval(104, 1000, 3), interval(108, 0)});
    const Summary s = summary();
    EXPECT_EQ(s.rates.intended, 4 * 10.0 + 4 * 4.0);
    ASSERT_EQ(s.settings.size(), 3U) << "the same again is no change";
    EXPECT_EQ(s.settings[1].time, at(104));
    const Summary later = summary(part(5, 10));
    EXPECT_EQ(later.rates.intended, 3 * 4.0);
    ASSERT_EQ(later.settings.size(), 2U);
    EXPECT_EQ(later.settings[0].sample_interval_ms, 1000U);
}

TEST_F(TraceRates, WithoutSettingsOrCountersMuchIsNotKnown) {
    write({pool(10), alloc(101, 0), end(101, 0, 102),
           SkipEvent{.time = at(103), .cache = {}, .size = 8, .reason = SkipReason::kCovered, .count = 3}});
    const Summary s = summary();
    EXPECT_FALSE(s.rates.from_counters);
    EXPECT_EQ(s.rates.intended, std::nullopt);
    EXPECT_EQ(s.rates.guarded, 1.0);
    EXPECT_EQ(s.rates.freed, 1.0);
    EXPECT_EQ(s.rates.attempted, 4.0);
    EXPECT_EQ(s.bugs, std::nullopt);
}

TEST_F(TraceRates, ARefusalWithoutAReasonLeavesAttemptsUnknown) {
    write({pool(10), alloc(101, 0), SkipEvent{.time = at(103), .reason = SkipReason::kUnknown, .count = 1}});
    EXPECT_EQ(summary().rates.attempted, std::nullopt);
}

TEST_F(TraceRates, CountersThatGoBackwards) {
    count(counters(100, 1000, 50, 7));
    count(counters(110, 900, 50, 7));
    EXPECT_EQ(summary().rates.guarded, std::nullopt);
}

TEST_F(TraceRates, FlagsOfCaches) {
    write({CacheSkipEvent{.time = at(101), .cache = written_.cache("a"), .skip = true},
           CacheSkipEvent{.time = at(102), .cache = written_.cache("b"), .skip = true},
           CacheSkipEvent{.time = at(103), .cache = written_.cache("a"), .skip = false}});
    const Summary s = summary();
    ASSERT_EQ(s.skipped_caches.size(), 1U);
    EXPECT_EQ(summary_cache_name(names_.names, s.skipped_caches[0]), "b");
}

class TraceReports : public TraceStory {
protected:
    ReportEvent report(double time, const std::string& frame, ReportType type = ReportType::kUseAfterFree) {
        ReportEvent out;
        out.time = at(time);
        out.type = type;
        out.access = type == ReportType::kUseAfterFree ? Access::kRead : Access::kNone;
        out.slot = 3;
        out.cache = written_.cache("sctp_ep");
        out.allocated_at = at(101);
        out.freed_at = at(102);
        out.access_stack = written_.stack(std::vector<std::string>{frame, "g+0x1/0x2"});
        return out;
    }
};

TEST_F(TraceReports, TheSameFunctionsAreOneLine) {
    write({pool(10), report(103, "f+0x1/0x80 [m]"), report(105, "f.isra.0+0x9/0x80 [m]"),
           report(106, "h+0x1/0x80", ReportType::kInvalidFree)});
    const Summary s = summary();
    ASSERT_EQ(s.reports.size(), 2U);
    EXPECT_EQ(s.reports_seen, 3U);
    EXPECT_EQ(s.reports[0].title, "KFENCE: use-after-free read in f");
    EXPECT_EQ(s.reports[0].cache, "sctp_ep");
    EXPECT_EQ(s.reports[0].count, 2U);
    EXPECT_EQ(s.reports[0].first.time, at(103));
    EXPECT_EQ(s.reports[0].last, at(105));
    ASSERT_TRUE(s.reports[0].age_ns && s.reports[0].since_free_ns);
    EXPECT_EQ(s.reports[0].age_ns->most, test::kSecond);
    EXPECT_EQ(s.reports[0].since_free_ns->least, test::kSecond);
    EXPECT_EQ(s.reports[0].since_free_ns->most, 3 * test::kSecond);
    EXPECT_EQ(s.reports[1].title, "KFENCE: invalid free in h");
}

TEST_F(TraceReports, OfTheSelectedObjects) {
    write({pool(10), alloc(101, 3, "sctp_ep", "f", 77), end(101, 3, 102), report(103, "f+0x1/0x2")});
    SummaryWish wish;
    wish.selection.cgroup = "/a.slice";
    EXPECT_EQ(summary(wish).reports.size(), 1U) << "the report is of the object that was in the slot";
    wish.selection.cgroup = "/b.slice";
    EXPECT_TRUE(summary(wish).reports.empty());
    wish.selection = {.caches = Filter("kmalloc"), .cgroup = ""};
    EXPECT_TRUE(summary(wish).reports.empty());
    EXPECT_EQ(summary(wish).reports_seen, 1U);
}

TEST(Spread, NearTheExactPercentiles) {
    std::mt19937_64 random(7);
    std::lognormal_distribution<double> lives(16, 4);
    Spread spread;
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 20000; ++i) {
        const auto value = static_cast<std::uint64_t>(lives(random));
        spread.add(value);
        values.push_back(value);
    }
    const Percentiles exact = percentiles_of(values);
    const Percentiles close = spread.percentiles();
    EXPECT_EQ(close.count, exact.count);
    for (const auto& [a, b] : {std::pair(close.p50, exact.p50), {close.p90, exact.p90}, {close.p99, exact.p99}}) {
        EXPECT_NEAR(static_cast<double>(*a) / static_cast<double>(*b), 1, 0.065);
    }
}

TEST(Spread, FewValuesAreExact) {
    Spread spread;
    EXPECT_EQ(spread.percentiles().p50, std::nullopt);
    spread.add(1'234'567);
    EXPECT_EQ(spread.percentiles().p50, 1'234'567U);
    EXPECT_EQ(spread.percentiles().p99, 1'234'567U);
    spread.add(0);
    EXPECT_EQ(spread.percentiles().p50, 0U);
    EXPECT_EQ(spread.percentiles().p99, 1'234'567U);
    spread.add(UINT64_MAX);
    EXPECT_EQ(spread.percentiles().p99, UINT64_MAX);
}

} // namespace
} // namespace kfence
