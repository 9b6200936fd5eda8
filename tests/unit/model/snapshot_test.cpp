// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <gtest/gtest.h>

#include "base/text.h"
#include "event/names.h"
#include "model/ages.h"
#include "support.h"

namespace kfence {
namespace {

using namespace test;

TEST(Ages, BucketsAreAllThereAndLog2) {
    const auto buckets = PoolModel().snapshot().ages;
    ASSERT_EQ(buckets.size(), kAgeBuckets);
    EXPECT_EQ(buckets[0].le_ns, 1ULL << 20U);
    EXPECT_EQ(buckets[1].le_ns, 1ULL << 21U);
    EXPECT_EQ(buckets[30].le_ns, 1ULL << 50U); // 13 days
    EXPECT_EQ(buckets[31].le_ns, std::numeric_limits<std::uint64_t>::max());
}

TEST(Ages, AnAgeIsBelowItsBucket) {
    EXPECT_EQ(age_bucket(0), 0U);
    EXPECT_EQ(age_bucket((1ULL << 20U) - 1), 0U);
    EXPECT_EQ(age_bucket(1ULL << 20U), 1U);
    EXPECT_EQ(age_bucket((1ULL << 21U) - 1), 1U);
    EXPECT_EQ(age_bucket((1ULL << 50U) - 1), 30U);
    EXPECT_EQ(age_bucket(1ULL << 50U), 31U);
    EXPECT_EQ(age_bucket(std::numeric_limits<std::uint64_t>::max()), 31U);
}

TEST(Ages, OfTheOccupiedSlots) {
    PoolModel model;
    const KernelNs now = 1000 * kSecond;
    feed(model, {walked(8), alloc(now - 100, 0), alloc(now - 2 * kMs, 1), alloc(now - 2 * kMs, 2),
                 alloc(now - 900 * kSecond, 3), alloc(now - 5, 4), free_of(now - 5, 4, now - 2),
                 alloc(now + 50, 5)}); // newer than the tick
    model.tick(now);
    const auto ages = model.snapshot().ages;
    EXPECT_EQ(ages[0].count, 2U);
    EXPECT_EQ(ages[1].count, 2U); // 2 ms: below 2^21 ns
    EXPECT_EQ(ages[age_bucket(900 * kSecond)].count, 1U);
    std::uint32_t total = 0;
    for (const AgeBucket& b : ages) {
        total += b.count;
    }
    EXPECT_EQ(total, model.snapshot().pool.allocated);
}

TEST(Percentile, IsTheNearestRank) {
    std::vector<std::uint64_t> values{50, 10, 40, 20, 30};
    EXPECT_EQ(percentile(values, 0.5), 30U);
    EXPECT_EQ(percentile(values, 0.99), 50U);
    EXPECT_EQ(percentile(values, 0.0), 10U);
    EXPECT_EQ(percentile(values, 0.2), 10U);
    EXPECT_EQ(percentile(values, 0.21), 20U);
    std::vector<std::uint64_t> none;
    EXPECT_FALSE(percentile(none, 0.5).has_value());
}

TEST(LifeHistogram, InterpolatesWithinTheBucket) {
    LifeHistogram life;
    EXPECT_FALSE(life.percentile(0.5).has_value());
    for (int i = 0; i < 100; ++i) {
        life.add(1024 + static_cast<std::uint64_t>(i)); // all in [1024, 2048)
    }
    EXPECT_EQ(life.percentile(0.5), 1536U);
    EXPECT_EQ(life.percentile(1.0), 2048U);
    for (int i = 0; i < 100; ++i) {
        life.add(4096);
    }
    EXPECT_EQ(life.percentile(0.5), 2048U);
    EXPECT_EQ(life.percentile(0.75), 6144U);
}

TEST(LifeHistogram, Extremes) {
    LifeHistogram life;
    life.add(0);
    EXPECT_EQ(life.percentile(0.99), 0U);
    LifeHistogram longest;
    longest.add(std::numeric_limits<std::uint64_t>::max());
    EXPECT_GE(longest.percentile(0.99).value_or(0), 1ULL << 63U);
}

TEST(Caches, AreOrderedAndShared) {
    PoolModel model;
    const KernelNs now = 100 * kSecond;
    feed(model, {walked(10), alloc(now - 3 * kSecond, 0, kInode), alloc(now - 2 * kSecond, 1, kInode),
                 alloc(now - kSecond, 2, kInode), alloc(now - 4 * kSecond, 3, kDentry),
                 free_of(now - kSecond, 2, now - kSecond + 1024)});
    model.tick(now);
    const Snapshot s = model.snapshot();
    ASSERT_EQ(s.caches.size(), 2U);
    const CacheUse& inode = s.caches[0];
    EXPECT_EQ(inode.cache, kInode);
    EXPECT_EQ(inode.allocated, 2U);
    EXPECT_EQ(inode.allocs, 3U);
    EXPECT_EQ(inode.frees, 1U);
    EXPECT_DOUBLE_EQ(inode.share, 0.2);
    EXPECT_DOUBLE_EQ(inode.sampled, 0.75);
    EXPECT_EQ(inode.age_p50_ns, 2 * kSecond);
    EXPECT_EQ(inode.age_p99_ns, 3 * kSecond);
    EXPECT_EQ(inode.life_p50_ns, 1536U);
    EXPECT_FALSE(s.caches[1].life_p50_ns.has_value());
}

TEST(Caches, AreListedWhenTheyAreSkippedOrRefused) {
    PoolModel model;
    feed(model, {walked(8), CacheSkipEvent{.time = 1, .cache = kDentry, .skip = true},
                 SkipEvent{.time = 1, .cache = kInode, .size = 8, .reason = SkipReason::kCapacity}});
    Snapshot s = model.snapshot();
    ASSERT_EQ(s.caches.size(), 2U);
    EXPECT_TRUE(use_of(s, kDentry).skipped);
    EXPECT_EQ(use_of(s, kInode).refused, 1U);
    EXPECT_EQ(s.skips_seen[static_cast<std::size_t>(SkipReason::kCapacity)], 1U);
    feed(model, {CacheSkipEvent{.time = 2, .cache = kDentry, .skip = false}});
    s = model.snapshot();
    ASSERT_EQ(s.caches.size(), 1U);
}

TEST(Caches, RefusalsCountAsOftenAsTheyHappened) {
    PoolModel model;
    feed(model,
         {walked(8), SkipEvent{.time = 1, .cache = kDentry, .size = 8, .reason = SkipReason::kUnknown, .count = 3},
          SkipEvent{.time = 2, .cache = kNoCache, .size = 0, .reason = SkipReason::kUnknown, .count = 40}});
    const Snapshot s = model.snapshot();
    EXPECT_EQ(s.skips_seen[static_cast<std::size_t>(SkipReason::kUnknown)], 43U);
    ASSERT_EQ(s.caches.size(), 1U) << "no row for what has no cache";
    EXPECT_EQ(use_of(s, kDentry).refused, 3U);
}

TEST(Stacks, ThatHoldThePool) {
    PoolModel model;
    const KernelNs now = 100 * kSecond;
    feed(model, {walked(10), alloc(now - 5, 0, kDentry, StackId{7}), alloc(now - 9, 1, kDentry, StackId{7}),
                 alloc(now - 3, 2, kInode, StackId{7}), alloc(now - 4, 3, kInode, StackId{8}),
                 alloc(now - 2, 4, kInode, StackId{9}), free_of(now - 2, 4, now - 1)});
    model.tick(now);
    Snapshot s = model.snapshot();
    ASSERT_EQ(s.stacks.size(), 3U);
    EXPECT_EQ(s.stacks[0].stack, StackId{7});
    EXPECT_EQ(s.stacks[0].cache, kDentry);
    EXPECT_EQ(s.stacks[0].count, 2U);
    EXPECT_EQ(s.stacks[0].oldest_ns, 9U);
    EXPECT_EQ(s.stacks[1].stack, StackId{8}) << "the older one first";
    EXPECT_EQ(s.distinct_stacks, 2U);
    s = model.snapshot({.max_stacks = 1, .objects = false});
    EXPECT_EQ(s.stacks.size(), 1U);
    EXPECT_EQ(s.distinct_stacks, 2U);
    EXPECT_TRUE(s.objects.empty());
}

TEST(Stacks, InUse) {
    PoolModel model;
    ReportEvent report;
    report.access_stack = StackId{20};
    feed(model, {walked(4), alloc(100, 0, kDentry, StackId{7}), free_of(100, 0, 200), report});
    EXPECT_TRUE(model.uses_stack(StackId{7}));
    EXPECT_TRUE(model.uses_stack(StackId{2})); // of the free
    EXPECT_TRUE(model.uses_stack(StackId{20}));
    EXPECT_FALSE(model.uses_stack(StackId{8}));
    EXPECT_FALSE(model.uses_stack(StackId{4'000'000}));
    feed(model, {alloc(300, 0, kDentry, StackId{8})});
    EXPECT_TRUE(model.uses_stack(StackId{8}));
    EXPECT_FALSE(model.uses_stack(StackId{7}));
}

TEST(Reports, AreBoundedAndNewestFirst) {
    PoolModel model(ModelOptions{.max_reports = 3});
    for (KernelNs t = 1; t <= 5; ++t) {
        ReportEvent report;
        report.time = t * 100;
        report.type = ReportType::kUseAfterFree;
        report.allocated_at = 40;
        report.freed_at = 90;
        feed(model, {report});
    }
    const Snapshot s = model.snapshot();
    ASSERT_EQ(s.reports.size(), 3U);
    EXPECT_EQ(s.reports[0].report.time, 500U);
    EXPECT_EQ(s.reports[2].report.time, 300U);
    EXPECT_EQ(s.reports[0].object_age_ns, 50U) << "until its free";
    EXPECT_EQ(s.reports_total, 5U);
    CountersEvent kernel = std::get<CountersEvent>(counters(1, 0, 0));
    kernel.bugs = 9;
    feed(model, {kernel});
    EXPECT_EQ(model.snapshot().reports_total, 9U) << "since boot, as the kernel counts";
}

TEST(Hostile, NamesReachTheSnapshotAsIdsOfCleanText) {
    Names names;
    const CacheId evil = names.cache("\"},{\"\x1b[31m\xff\n");
    PoolModel model;
    feed(model, {walked(4), alloc(100, 0, evil)});
    const Snapshot s = model.snapshot();
    ASSERT_EQ(s.caches.size(), 1U);
    EXPECT_TRUE(is_clean(names.cache_name(s.caches[0].cache)));
    EXPECT_EQ(names.cache_name(s.caches[0].cache), "\"},{\"\\x1b[31m\\xff\\x0a");
}

} // namespace
} // namespace kfence
