// SPDX-License-Identifier: Apache-2.0
// The kernel's counters against the model: equal, under way, or a drift.
#include <gtest/gtest.h>

#include "support.h"

namespace kfence {
namespace {

using namespace test;

struct Kernel {
    std::uint64_t allocs = 0;
    std::uint64_t frees = 0;
    std::uint64_t zombies = 0;
};

/// What a session does in a refresh when no event comes: it reads again while something may be under way.
void refresh(PoolModel& model, KernelNs now, const Kernel& kernel) {
    model.tick(now);
    for (std::uint64_t attempt = 0; attempt < 8; ++attempt) {
        feed(model, {counters(now + attempt * kMs, kernel.allocs, kernel.frees, kernel.zombies)});
        if (model.agreement() != Agreement::kPossible) {
            return;
        }
    }
}

/// A pool of 8 with objects at slots 0..2 that is compared, and whose baseline is firm. The kernel has counted
/// 10 allocations and 7 frees.
constexpr Kernel kStart{.allocs = 10, .frees = 7, .zombies = 0};

void start(PoolModel& model) {
    feed(model, {read_slot(SlotState::kAllocated, 100, 0), read_slot(SlotState::kAllocated, 110, 1),
                 read_slot(SlotState::kAllocated, 120, 2), walked(8)});
    for (KernelNs second = 1; second <= 9; ++second) {
        refresh(model, second * kSecond, kStart);
    }
    ASSERT_EQ(model.agreement(), Agreement::kEqual);
}

void expect_no_drift(const PoolModel& model) {
    const Drift drift = model.snapshot().drift;
    EXPECT_EQ(drift.allocated, 0);
    EXPECT_EQ(drift.allocs, 0);
    EXPECT_EQ(drift.frees, 0);
    EXPECT_EQ(model.snapshot().anomalies.drift_events, 0U);
}

TEST(Reconcile, UnknownUntilAWalk) {
    PoolModel model;
    read_twice(model, kSecond, 10, 7);
    EXPECT_EQ(model.agreement(), Agreement::kUnknown);
    EXPECT_FALSE(model.snapshot().drift.allocated.has_value());
    EXPECT_FALSE(model.snapshot().drift.any());
}

TEST(Reconcile, EqualAtASettledMoment) {
    PoolModel model;
    start(model);
    expect_no_drift(model);
    EXPECT_TRUE(model.snapshot().drift.settled);
    feed(model, {alloc(10 * kSecond, 3), free_of(100, 0, 10 * kSecond + 1), alloc(10 * kSecond + 2, 4)});
    refresh(model, 11 * kSecond, {.allocs = 12, .frees = 8});
    EXPECT_EQ(model.agreement(), Agreement::kEqual);
    expect_no_drift(model);
}

TEST(Reconcile, AnAllocationIsCountedBeforeItsEvent) {
    PoolModel model;
    start(model);
    model.tick(10 * kSecond);
    feed(model, {counters(10 * kSecond, 11, 7)});
    EXPECT_EQ(model.agreement(), Agreement::kPossible);
    expect_no_drift(model);
    EXPECT_FALSE(model.snapshot().drift.settled);
    feed(model, {alloc(10 * kSecond - 1, 3), counters(10 * kSecond + kMs, 11, 7)});
    EXPECT_EQ(model.agreement(), Agreement::kEqual);
    expect_no_drift(model);
}

TEST(Reconcile, AFreeIsCountedAfterItsEvent) {
    PoolModel model;
    start(model);
    model.tick(10 * kSecond);
    feed(model, {free_of(100, 0, 10 * kSecond - 1), counters(10 * kSecond, 10, 7)});
    EXPECT_EQ(model.agreement(), Agreement::kPossible);
    feed(model, {counters(10 * kSecond + kMs, 10, 8)});
    EXPECT_EQ(model.agreement(), Agreement::kEqual);
    expect_no_drift(model);
}

TEST(Reconcile, ATaskMayBeStuckInAnAllocationForOneRefresh) {
    PoolModel model;
    start(model);
    refresh(model, 10 * kSecond, {.allocs = 11, .frees = 7});
    EXPECT_EQ(model.agreement(), Agreement::kPossible);
    feed(model, {alloc(10 * kSecond - 1, 3)});
    refresh(model, 11 * kSecond, {.allocs = 11, .frees = 7});
    EXPECT_EQ(model.agreement(), Agreement::kEqual);
    expect_no_drift(model);
}

TEST(Reconcile, AMissingAllocationIsADriftUntilTheWalk) {
    PoolModel model;
    start(model);
    refresh(model, 10 * kSecond, {.allocs = 11, .frees = 7});
    refresh(model, 11 * kSecond, {.allocs = 11, .frees = 7});
    EXPECT_EQ(model.agreement(), Agreement::kDrift);
    EXPECT_TRUE(model.needs_walk());
    EXPECT_EQ(model.snapshot().drift.allocated, -1);
    EXPECT_EQ(model.snapshot().drift.allocs, -1);
    EXPECT_EQ(model.snapshot().drift.frees, 0);

    feed(model,
         {read_slot(SlotState::kAllocated, 100, 0), read_slot(SlotState::kAllocated, 110, 1),
          read_slot(SlotState::kAllocated, 120, 2), read_slot(SlotState::kAllocated, 9 * kSecond, 3), walked(8)});
    EXPECT_FALSE(model.needs_walk());
    read_twice(model, 11 * kSecond + 50 * kMs, 11, 7);
    EXPECT_EQ(model.agreement(), Agreement::kEqual);
    EXPECT_TRUE(model.snapshot().drift.any()) << "it stays visible in the refresh that found it";
    EXPECT_FALSE(model.snapshot().drift.settled);
    EXPECT_EQ(model.snapshot().losses.resyncs, 1U);

    refresh(model, 12 * kSecond, {.allocs = 11, .frees = 7});
    EXPECT_FALSE(model.snapshot().drift.any());
    EXPECT_TRUE(model.snapshot().drift.settled);
    EXPECT_EQ(model.snapshot().anomalies.drift_events, 1U);
}

TEST(Reconcile, AMissingFreeIsADriftAtTheNextReading) {
    PoolModel model;
    start(model);
    refresh(model, 10 * kSecond, {.allocs = 10, .frees = 8});
    EXPECT_EQ(model.agreement(), Agreement::kDrift);
    EXPECT_EQ(model.snapshot().drift.frees, -1);
    EXPECT_TRUE(model.needs_walk());
}

TEST(Reconcile, MoreAllocationsThanTheKernelCountedIsADriftAtOnce) {
    PoolModel model;
    start(model);
    feed(model, {alloc(10 * kSecond, 3)});
    model.tick(11 * kSecond);
    feed(model, {counters(11 * kSecond, 10, 7)});
    EXPECT_EQ(model.agreement(), Agreement::kDrift);
    EXPECT_EQ(model.snapshot().drift.allocs, 1);
}

TEST(Reconcile, AFreeThatTheKernelNeverCountsIsADrift) {
    PoolModel model;
    start(model);
    feed(model, {free_of(100, 0, 10 * kSecond)});
    refresh(model, 11 * kSecond, kStart);
    EXPECT_EQ(model.agreement(), Agreement::kPossible);
    refresh(model, 12 * kSecond, kStart);
    refresh(model, 13 * kSecond, kStart);
    EXPECT_EQ(model.agreement(), Agreement::kDrift);
    EXPECT_EQ(model.snapshot().drift.allocated, -1);
    EXPECT_EQ(model.snapshot().drift.frees, 1);
}

TEST(Reconcile, AZombieThatWasMissedAsksForAWalk) {
    PoolModel model;
    start(model);
    const Kernel kernel{.allocs = 10, .frees = 7, .zombies = 1};
    refresh(model, 10 * kSecond, kernel);
    refresh(model, 11 * kSecond, kernel);
    EXPECT_TRUE(model.needs_walk());
    EXPECT_FALSE(model.snapshot().drift.any());
}

TEST(Reconcile, ZombiesThatAWalkCannotTellAreStillOccupied) {
    PoolModel model;
    feed(model,
         {read_slot(SlotState::kAllocated, 100, 0), read_slot(SlotState::kFreed, 110, 1, kNoCache, 200), walked(8)});
    read_twice(model, kSecond, 10, 8, 1); // 2 allocated, one of them a zombie
    EXPECT_EQ(model.agreement(), Agreement::kEqual);
    EXPECT_EQ(model.snapshot().pool.allocated, 2U);
    EXPECT_EQ(model.snapshot().pool.zombies, 1U);
}

TEST(Reconcile, ALossIsNoDriftAndIsMendedByAWalk) {
    PoolModel model;
    start(model);
    feed(model, {lost(5)});
    EXPECT_TRUE(model.needs_walk());
    EXPECT_EQ(model.agreement(), Agreement::kUnknown);
    refresh(model, 10 * kSecond, {.allocs = 13, .frees = 9});
    EXPECT_FALSE(model.snapshot().drift.any());
    EXPECT_FALSE(model.snapshot().drift.allocated.has_value());

    feed(model, {read_slot(SlotState::kAllocated, 100, 0), read_slot(SlotState::kFreed, 110, 1, kDentry, 200),
                 read_slot(SlotState::kAllocated, 120, 2), read_slot(SlotState::kAllocated, 9 * kSecond, 3),
                 read_slot(SlotState::kAllocated, 9 * kSecond + 1, 4), walked(8)});
    EXPECT_FALSE(model.needs_walk());
    read_twice(model, 10 * kSecond + 50 * kMs, 13, 9);
    EXPECT_EQ(model.agreement(), Agreement::kEqual);
    expect_no_drift(model);
    EXPECT_EQ(model.snapshot().pool.allocated, 4U);
    EXPECT_EQ(model.snapshot().losses.of(LossCause::kRingFull), 5U);
    EXPECT_EQ(model.snapshot().losses.total(), 5U);
    EXPECT_EQ(model.snapshot().losses.resyncs, 1U);
}

TEST(Reconcile, ALossThatIsSeenLateTakesTheDriftBack) {
    PoolModel model;
    start(model);
    refresh(model, 10 * kSecond, {.allocs = 10, .frees = 8});
    ASSERT_EQ(model.agreement(), Agreement::kDrift);
    feed(model, {lost(1, LossCause::kRecursion)});
    EXPECT_FALSE(model.snapshot().drift.any());
    EXPECT_EQ(model.snapshot().anomalies.drift_events, 0U);
    EXPECT_TRUE(model.needs_walk());
}

TEST(Reconcile, CausesOfLoss) {
    for (const LossCause cause :
         {LossCause::kRingFull, LossCause::kRecursion, LossCause::kProbeMissed, LossCause::kUndecodable}) {
        PoolModel model;
        start(model);
        feed(model, {lost(2, cause)});
        EXPECT_TRUE(model.needs_walk()) << to_string(cause);
        EXPECT_EQ(model.agreement(), Agreement::kUnknown) << to_string(cause);
    }
    PoolModel model;
    start(model);
    feed(model, {lost(2, LossCause::kReportsFull)});
    EXPECT_FALSE(model.needs_walk());
    EXPECT_EQ(model.agreement(), Agreement::kEqual);
    EXPECT_EQ(model.snapshot().losses.of(LossCause::kReportsFull), 2U);
    feed(model, {lost(1, LossCause::kWalk)});
    EXPECT_TRUE(model.needs_walk());
    EXPECT_EQ(model.agreement(), Agreement::kEqual) << "what was merged before is still right";
}

TEST(Reconcile, WithoutACompleteDrainNothingIsMissing) {
    PoolModel model;
    start(model);
    model.drained(false);
    for (KernelNs second = 10; second < 20; ++second) {
        refresh(model, second * kSecond, {.allocs = 1000, .frees = 990});
        EXPECT_FALSE(model.snapshot().drift.any());
    }
    // But more allocations than the kernel has counted are still too many.
    feed(model, {alloc(20 * kSecond, 3)});
    refresh(model, 20 * kSecond, kStart);
    EXPECT_EQ(model.agreement(), Agreement::kDrift);
}

TEST(Reconcile, DisabledAndEnabledWhileRunning) {
    PoolModel model;
    start(model);
    CountersEvent off = std::get<CountersEvent>(counters(10 * kSecond, 10, 7));
    off.enabled = false;
    model.tick(10 * kSecond);
    feed(model, {interval(0), off});
    Snapshot s = model.snapshot();
    EXPECT_FALSE(s.enabled);
    EXPECT_EQ(s.pool.allocated, 3U);
    EXPECT_EQ(s.rates.intended, 0.0);
    EXPECT_EQ(s.rates.actual, 0.0);
    EXPECT_FALSE(model.needs_walk());

    model.tick(11 * kSecond); // objects are still freed while it is off
    off.time = 11 * kSecond;
    off.frees = 8;
    off.allocated = 2;
    feed(model, {free_of(100, 0, 10 * kSecond + 5), off});
    EXPECT_EQ(model.agreement(), Agreement::kEqual);

    feed(model, {interval(100), alloc(11 * kSecond + 1, 5)});
    refresh(model, 12 * kSecond, {.allocs = 11, .frees = 8});
    s = model.snapshot();
    EXPECT_TRUE(s.enabled);
    EXPECT_EQ(model.agreement(), Agreement::kEqual);
    EXPECT_EQ(s.pool.allocated, 3U);
    EXPECT_DOUBLE_EQ(s.rates.actual.value_or(-1), 1.0);
    EXPECT_DOUBLE_EQ(s.rates.intended.value_or(-1), 10.0);
    expect_no_drift(model);
}

TEST(Reconcile, WhatWasUnderWayWhenTheToolAttachedIsNoDrift) {
    PoolModel model;
    feed(model, {read_slot(SlotState::kAllocated, 100, 0), walked(8)});
    const Kernel kernel{.allocs = 10, .frees = 10}; // its free began before the tool, and ended after the walk
    refresh(model, kSecond, kernel);
    refresh(model, 2 * kSecond, kernel);
    refresh(model, 3 * kSecond, kernel);
    EXPECT_TRUE(model.needs_walk());
    EXPECT_FALSE(model.snapshot().drift.any());
    feed(model, {read_slot(SlotState::kFreed, 100, 0, kDentry, 200), walked(8)});
    refresh(model, 4 * kSecond, kernel);
    EXPECT_EQ(model.agreement(), Agreement::kEqual);
    expect_no_drift(model);
}

TEST(Reconcile, AZombieThatLookedLikeAFreeIsFoundByAWalk) {
    for (const std::uint64_t firm_after : {2U, 9U}) {
        PoolModel model({.sees_zombies = false});
        feed(model, {read_slot(SlotState::kAllocated, 100, 0), read_slot(SlotState::kAllocated, 110, 1),
                     read_slot(SlotState::kAllocated, 120, 2), walked(8)});
        KernelNs second = 0;
        while (++second <= firm_after) {
            refresh(model, second * kSecond, kStart);
        }
        feed(model, {free_of(100, 0, second * kSecond - kMs)});
        Kernel kernel{.allocs = 10, .frees = 7, .zombies = 1}; // which counts no free of it
        for (; second <= 20 && !model.needs_walk(); ++second) {
            model.tick(second * kSecond);
            // An object of the tool's own comes and goes at each reading, and hides that a free is too many.
            const Event read = counters(second * kSecond, ++kernel.allocs, ++kernel.frees, kernel.zombies);
            feed(model, {read, alloc(second, 5), free_of(second, 5, second), read});
        }
        EXPECT_TRUE(model.needs_walk());
        SlotEvent read = std::get<SlotEvent>(read_slot(SlotState::kZombie, 100, 0, kNoCache));
        read.time = 21 * kSecond;
        feed(model,
             {read, read_slot(SlotState::kAllocated, 110, 1), read_slot(SlotState::kAllocated, 120, 2), walked(8)});
        for (second = 22; second <= 26; ++second) {
            refresh(model, second * kSecond, kernel);
        }
        EXPECT_EQ(model.agreement(), Agreement::kEqual);
        EXPECT_EQ(model.snapshot().pool.zombies, 1U);
    }
}

TEST(Reconcile, OffByItselfOnlyWhereTheBackendCanTell) {
    PoolModel model;
    CountersEvent off = std::get<CountersEvent>(counters(kSecond, 10, 7));
    off.enabled = false;
    feed(model, {interval(0), off});
    EXPECT_FALSE(model.snapshot().disabled_itself.has_value());
    SettingsEvent warned = std::get<SettingsEvent>(interval(0));
    warned.disabled_by_warn = true;
    feed(model, {warned});
    EXPECT_EQ(model.snapshot().disabled_itself, true);
    warned.disabled_by_warn = false;
    feed(model, {warned});
    EXPECT_EQ(model.snapshot().disabled_itself, false);
}

TEST(Reconcile, EnabledLate) {
    PoolModel model;
    feed(model, {interval(0), walked(0)});
    EXPECT_FALSE(model.has_pool());
    EXPECT_FALSE(model.needs_walk());
    feed(model, {interval(100)});
    EXPECT_TRUE(model.needs_walk());
    feed(model, {walked(255)});
    EXPECT_TRUE(model.has_pool());
    EXPECT_FALSE(model.needs_walk());
}

TEST(Reconcile, AnAllocationWithoutAPoolAsksForAWalk) {
    PoolModel model;
    feed(model, {walked(0), alloc(100, 3)});
    EXPECT_TRUE(model.needs_walk());
    feed(model, {walked(8)});
    EXPECT_EQ(model.snapshot().pool.allocated, 1U);
}

TEST(Reconcile, PollComparesTheWalkOnly) {
    PoolModel model(ModelOptions{.complete_stream = false});
    const auto walk = [&] { feed(model, {read_slot(SlotState::kAllocated, 100, 0), walked(8)}); };
    const auto look = [&](KernelNs now, std::uint64_t before, std::uint64_t after) {
        feed(model, {counters(now, before, 9)});
        walk();
        feed(model, {counters(now + kMs, after, 9)});
    };
    model.tick(kSecond);
    look(kSecond, 10, 10);
    EXPECT_EQ(model.agreement(), Agreement::kEqual);
    EXPECT_EQ(model.snapshot().drift.allocated, 0);
    EXPECT_FALSE(model.snapshot().drift.allocs.has_value());
    EXPECT_FALSE(model.snapshot().drift.frees.has_value());
    look(kSecond + 10 * kMs, 10, 11); // it went on while it was walked
    EXPECT_EQ(model.agreement(), Agreement::kPossible);
    EXPECT_FALSE(model.snapshot().drift.any());

    for (KernelNs second = 2; second <= 4; ++second) {
        model.tick(second * kSecond);
        for (KernelNs i = 0; i < 8; ++i) {
            look(second * kSecond + i * 10 * kMs, 12, 12);
        }
    }
    EXPECT_EQ(model.agreement(), Agreement::kDrift);
    EXPECT_EQ(model.snapshot().drift.allocated, -2);
}

TEST(Reconcile, WithoutCountersNothingIsCompared) {
    PoolModel model(ModelOptions{.has_counters = false});
    feed(model, {walked(8), alloc(100, 0)});
    EXPECT_EQ(model.agreement(), Agreement::kUnknown);
    EXPECT_FALSE(model.snapshot().drift.allocated.has_value());
    EXPECT_EQ(use_of(model.snapshot(), kDentry).allocs, 1U);
}

} // namespace
} // namespace kfence
