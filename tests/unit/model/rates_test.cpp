// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support.h"

namespace kfence {
namespace {

using namespace test;

Event with_skips(KernelNs time, std::uint64_t allocs, std::uint64_t capacity, std::uint64_t covered) {
    CountersEvent e = std::get<CountersEvent>(counters(time, allocs, 0));
    e.skip_capacity = capacity;
    e.skip_covered = covered;
    return e;
}

TEST(Rates, IntendedAttemptedAndActualAreThreeFigures) {
    PoolModel model;
    feed(model, {interval(100, 1), walked(255)});
    model.tick(10 * kSecond);
    feed(model, {with_skips(10 * kSecond, 1000, 50, 10)});
    Snapshot s = model.snapshot();
    EXPECT_DOUBLE_EQ(s.rates.intended.value_or(0), 20.0);
    EXPECT_FALSE(s.rates.attempted.has_value()) << "only one refresh was made";
    EXPECT_FALSE(s.rates.actual.has_value());

    model.tick(12 * kSecond);
    feed(model, {with_skips(12 * kSecond, 1010, 64, 16)});
    s = model.snapshot();
    EXPECT_DOUBLE_EQ(s.rates.actual.value_or(0), 5.0);
    EXPECT_DOUBLE_EQ(s.rates.attempted.value_or(0), 15.0);
    EXPECT_DOUBLE_EQ(s.rates.skip_capacity.value_or(0), 7.0);
    EXPECT_DOUBLE_EQ(s.rates.skip_covered.value_or(0), 3.0);
    EXPECT_DOUBLE_EQ(s.rates.frees.value_or(-1), 0.0);
}

TEST(Rates, ComeFromTheEventsAsLongAsNoCountersCame) {
    PoolModel model;
    feed(model, {interval(100), walked(255)});
    model.tick(10 * kSecond);
    feed(model, {alloc(100, 0), alloc(200, 1), free_of(100, 0, 300)});
    model.tick(12 * kSecond);
    const Snapshot s = model.snapshot();
    EXPECT_DOUBLE_EQ(s.rates.actual.value_or(-1), 1.0);
    EXPECT_DOUBLE_EQ(s.rates.frees.value_or(-1), 0.5);
    EXPECT_FALSE(s.rates.attempted.has_value());
}

TEST(Rates, UseTheTimeOfTheCounters) {
    PoolModel model;
    model.tick(10 * kSecond);
    feed(model, {counters(10 * kSecond, 100, 0)});
    model.tick(11 * kSecond);
    feed(model, {counters(11 * kSecond + kSecond, 110, 0)});
    EXPECT_DOUBLE_EQ(model.snapshot().rates.actual.value_or(0), 5.0);
}

TEST(Rates, ReadingTheCountersAgainDoesNotShortenTheWindow) {
    PoolModel model;
    model.tick(10 * kSecond);
    feed(model, {counters(10 * kSecond, 100, 0)});
    model.tick(11 * kSecond);
    feed(model, {counters(11 * kSecond - kMs, 110, 0), counters(11 * kSecond, 110, 0)});
    EXPECT_DOUBLE_EQ(model.snapshot().rates.actual.value_or(0), 10.0);
}

TEST(Rates, ARefreshThatFollowsCloselyBelongsToTheOneBefore) {
    PoolModel model;
    model.tick(10 * kSecond);
    feed(model, {counters(10 * kSecond, 100, 0)});
    model.tick(10 * kSecond + kMs);
    feed(model, {counters(10 * kSecond + kMs, 101, 0)});
    EXPECT_FALSE(model.snapshot().rates.actual.has_value());
}

TEST(Rates, CountersThatGoBackwardsGiveNoRate) {
    PoolModel model;
    model.tick(10 * kSecond);
    feed(model, {counters(10 * kSecond, 100, 50)});
    model.tick(11 * kSecond);
    feed(model, {counters(11 * kSecond, 90, 60)});
    EXPECT_FALSE(model.snapshot().rates.actual.has_value());
    EXPECT_DOUBLE_EQ(model.snapshot().rates.frees.value_or(0), 10.0);
}

TEST(Rates, OldKernelsDoNotSayWhatWasAttempted) {
    PoolModel model;
    CountersEvent e = std::get<CountersEvent>(counters(10 * kSecond, 100, 50));
    e.skip_capacity.reset();
    e.skip_covered.reset();
    model.tick(10 * kSecond);
    feed(model, {e});
    e.time = 11 * kSecond;
    e.allocs = 110;
    model.tick(11 * kSecond);
    feed(model, {e});
    EXPECT_FALSE(model.snapshot().rates.attempted.has_value());
    EXPECT_FALSE(model.snapshot().rates.skip_capacity.has_value());
    EXPECT_DOUBLE_EQ(model.snapshot().rates.actual.value_or(0), 10.0);
}

TEST(Rates, AChangedIntervalShowsAtOnce) {
    PoolModel model;
    EXPECT_FALSE(model.snapshot().rates.intended.has_value());
    feed(model, {interval(100)});
    EXPECT_DOUBLE_EQ(model.snapshot().rates.intended.value_or(0), 10.0);
    feed(model, {interval(500, 4)});
    EXPECT_DOUBLE_EQ(model.snapshot().rates.intended.value_or(0), 10.0);
    feed(model, {interval(20)});
    EXPECT_DOUBLE_EQ(model.snapshot().rates.intended.value_or(0), 50.0);
    feed(model, {interval(0)});
    EXPECT_DOUBLE_EQ(model.snapshot().rates.intended.value_or(-1), 0.0);
}

TEST(Rates, ComeFromEventsWithoutCounters) {
    PoolModel model(ModelOptions{.has_counters = false});
    feed(model, {walked(8)});
    model.tick(10 * kSecond);
    feed(model, {alloc(1, 0), alloc(2, 1), alloc(3, 2), free_of(1, 0, 4)});
    model.tick(12 * kSecond);
    EXPECT_DOUBLE_EQ(model.snapshot().rates.actual.value_or(0), 1.5);
    EXPECT_DOUBLE_EQ(model.snapshot().rates.frees.value_or(0), 0.5);
    EXPECT_FALSE(model.snapshot().rates.attempted.has_value());
}

TEST(Rates, OfACache) {
    PoolModel model;
    feed(model, {walked(8), alloc(1, 0)});
    model.tick(10 * kSecond);
    EXPECT_DOUBLE_EQ(use_of(model.snapshot(), kDentry).alloc_rate, 0.0);
    feed(model, {alloc(2, 1), alloc(3, 2), alloc(4, 3, kInode)});
    model.tick(12 * kSecond);
    EXPECT_DOUBLE_EQ(use_of(model.snapshot(), kDentry).alloc_rate, 1.0);
    EXPECT_DOUBLE_EQ(use_of(model.snapshot(), kInode).alloc_rate, 0.5);
    model.tick(13 * kSecond);
    EXPECT_DOUBLE_EQ(use_of(model.snapshot(), kDentry).alloc_rate, 0.0);
}

TEST(Quarantine, IsFreeSlotsPerAllocationRate) {
    PoolModel model;
    feed(model, {walked(100), alloc(1, 0), alloc(2, 1)});
    model.tick(10 * kSecond);
    feed(model, {counters(10 * kSecond, 100, 98)});
    EXPECT_FALSE(model.snapshot().quarantine_s.has_value());
    model.tick(11 * kSecond);
    feed(model, {counters(11 * kSecond, 110, 108)});
    EXPECT_DOUBLE_EQ(model.snapshot().quarantine_s.value_or(0), 9.8);
    model.tick(12 * kSecond);
    feed(model, {counters(12 * kSecond, 110, 108)});
    EXPECT_FALSE(model.snapshot().quarantine_s.has_value()) << "nothing is reused";
}

TEST(Quarantine, IsUnknownWithoutAPool) {
    PoolModel model;
    model.tick(10 * kSecond);
    feed(model, {counters(10 * kSecond, 100, 98)});
    model.tick(11 * kSecond);
    feed(model, {counters(11 * kSecond, 110, 108)});
    EXPECT_FALSE(model.snapshot().quarantine_s.has_value());
}

} // namespace
} // namespace kfence
