// SPDX-License-Identifier: Apache-2.0
// Which object a slot holds, and what is counted on the way.
#include <gtest/gtest.h>

#include "support.h"

namespace kfence {
namespace {

using namespace test;

TEST(Slots, AllocationAndFree) {
    PoolModel model;
    feed(model, {walked(4), alloc(100, 2)});
    Snapshot s = with_objects(model);
    ASSERT_EQ(s.objects.size(), 1U);
    EXPECT_EQ(s.objects[0].slot, 2U);
    EXPECT_EQ(s.objects[0].state, SlotState::kAllocated);
    EXPECT_EQ(s.pool.allocated, 1U);
    EXPECT_EQ(s.pool.free, 3U);
    EXPECT_DOUBLE_EQ(s.pool.usage, 0.25);

    feed(model, {free_of(100, 2, 900)});
    s = with_objects(model);
    EXPECT_EQ(s.objects[0].state, SlotState::kFreed);
    EXPECT_EQ(s.objects[0].freed_at, 900U);
    EXPECT_EQ(s.objects[0].free_stack, StackId{2});
    EXPECT_EQ(s.pool.allocated, 0U);
    EXPECT_EQ(use_of(s, kDentry).allocs, 1U);
    EXPECT_EQ(use_of(s, kDentry).frees, 1U);
}

TEST(Slots, RcuDeferredFreeStaysOccupiedUntilItsEnd) {
    PoolModel model;
    feed(model, {walked(4), alloc(100, 0), rcu_freeing(100, 0, 200)});
    Snapshot s = model.snapshot();
    EXPECT_EQ(s.pool.allocated, 1U);
    EXPECT_EQ(s.pool.rcu_freeing, 1U);
    EXPECT_EQ(use_of(s, kDentry).frees, 0U);
    feed(model, {free_of(100, 0, 300)});
    s = model.snapshot();
    EXPECT_EQ(s.pool.allocated, 0U);
    EXPECT_EQ(s.pool.rcu_freeing, 0U);
    EXPECT_EQ(use_of(s, kDentry).frees, 1U);
}

TEST(Slots, ADestroyedCacheLeavesZombiesForGood) {
    PoolModel model;
    feed(model, {walked(4), alloc(100, 0), alloc(110, 1), zombie(100, 0, 500)});
    Snapshot s = with_objects(model);
    EXPECT_EQ(s.pool.allocated, 2U);
    EXPECT_EQ(s.pool.zombies, 1U);
    EXPECT_EQ(s.objects[0].state, SlotState::kZombie);
    EXPECT_EQ(s.objects[0].cache, kNoCache);
    EXPECT_EQ(use_of(s, kNoCache).allocated, 1U);
    EXPECT_EQ(use_of(s, kDentry).allocated, 1U);

    feed(model, {free_of(100, 0, 600)}); // its free may follow
    s = with_objects(model);
    EXPECT_EQ(s.objects[0].state, SlotState::kZombie);
    EXPECT_EQ(s.pool.allocated, 2U);
    EXPECT_EQ(use_of(s, kDentry).frees, 0U);

    // In the metadata it is marked as freed.
    feed(model,
         {read_slot(SlotState::kFreed, 100, 0, kNoCache, 500), read_slot(SlotState::kAllocated, 110, 1), walked(4)});
    EXPECT_EQ(model.snapshot().pool.zombies, 1U);
    EXPECT_EQ(model.snapshot().pool.allocated, 2U);
}

TEST(Slots, AWalkBringsZombies) {
    PoolModel model;
    feed(model, {read_slot(SlotState::kZombie, 50, 3, kNoCache, 60), walked(4)});
    const Snapshot s = model.snapshot();
    EXPECT_EQ(s.pool.zombies, 1U);
    EXPECT_EQ(s.pool.allocated, 1U);
    EXPECT_EQ(use_of(s, kNoCache).allocated, 1U);
}

TEST(Slots, WhereZombiesLookLikeFreesAWalkTellsThem) {
    const auto read_at = [](KernelNs time) {
        SlotEvent event = std::get<SlotEvent>(read_slot(SlotState::kZombie, 100, 0, kNoCache, 200));
        event.time = time;
        return event;
    };
    for (const bool seen : {true, false}) {
        PoolModel model({.sees_zombies = seen});
        feed(model, {alloc(100, 0), free_of(100, 0, 200)});
        feed(model, {read_at(300), walked(4)});
        EXPECT_EQ(model.snapshot().pool.zombies, 0U) << "it may be on its way to the freelist";
        feed(model, {read_at(2 * kSecond), walked(4)});
        EXPECT_EQ(model.snapshot().pool.zombies, seen ? 0U : 1U);
        EXPECT_EQ(model.snapshot().pool.allocated, seen ? 0U : 1U);
    }
}

TEST(Slots, AWalkMayTakeAFreeThatIsUnderWayForAZombie) {
    PoolModel model;
    feed(model, {walked(4), alloc(100, 0), read_slot(SlotState::kZombie, 100, 0, kDentry, 200), walked(4)});
    EXPECT_EQ(model.snapshot().pool.zombies, 1U);
    feed(model, {free_of(100, 0, 190)});
    const Snapshot s = with_objects(model);
    EXPECT_EQ(s.pool.zombies, 0U);
    EXPECT_EQ(s.pool.allocated, 0U);
    EXPECT_EQ(s.objects[0].cache, kDentry);
    EXPECT_EQ(use_of(s, kDentry).frees, 1U);
}

TEST(Slots, ADoubleFreeCountsOnce) {
    PoolModel model;
    feed(model, {walked(4), alloc(100, 0), free_of(100, 0, 200), free_of(100, 0, 201)});
    const Snapshot s = model.snapshot();
    EXPECT_EQ(use_of(s, kDentry).frees, 1U);
    EXPECT_EQ(s.pool.allocated, 0U);
    EXPECT_EQ(s.anomalies.ignored_frees, 1U);
    EXPECT_FALSE(model.needs_walk());
}

TEST(Slots, AReportOfAnInvalidFreeFreesNothing) {
    PoolModel model;
    feed(model, {walked(4), alloc(100, 0),
                 ReportEvent{.time = 200,
                             .type = ReportType::kInvalidFree,
                             .access = Access::kNone,
                             .slot = 0,
                             .cache = kDentry,
                             .size = 64,
                             .offset = 8,
                             .allocated_at = 100,
                             .freed_at = 0,
                             .access_stack = StackId{3},
                             .alloc_stack = StackId{1},
                             .free_stack = kNoStack,
                             .task = {},
                             .alloc_task = {},
                             .free_task = {}}});
    const Snapshot s = model.snapshot();
    EXPECT_EQ(s.pool.allocated, 1U);
    EXPECT_EQ(use_of(s, kDentry).frees, 0U);
    ASSERT_EQ(s.reports.size(), 1U);
    EXPECT_EQ(s.reports[0].object_age_ns, 100U);
    EXPECT_EQ(s.reports_total, 1U);
}

TEST(Slots, AMissedFreeAsksForAWalk) {
    PoolModel model;
    feed(model, {walked(4), alloc(100, 0, kDentry), alloc(300, 0, kInode)});
    const Snapshot s = with_objects(model);
    EXPECT_EQ(s.anomalies.missed_frees, 1U);
    EXPECT_EQ(s.pool.allocated, 1U);
    EXPECT_EQ(s.objects[0].cache, kInode);
    EXPECT_EQ(use_of(s, kDentry).allocated, 0U);
    EXPECT_TRUE(model.needs_walk());
    feed(model, {read_slot(SlotState::kAllocated, 300, 0, kInode), walked(4)});
    EXPECT_FALSE(model.needs_walk());
}

TEST(Slots, AFreeOfAnObjectNeverSeenCountsOnce) {
    PoolModel model;
    feed(model, {walked(4), free_of(100, 0, 200), free_of(100, 0, 200)});
    EXPECT_EQ(model.snapshot().pool.allocated, 0U);
    EXPECT_EQ(model.snapshot().anomalies.ignored_frees, 1U);
    feed(model, {alloc(300, 0)});
    EXPECT_EQ(model.snapshot().pool.allocated, 1U);
    EXPECT_EQ(model.snapshot().anomalies.missed_frees, 0U);
}

TEST(Slots, AWalkNeverCountsAllocationsOrFrees) {
    PoolModel model;
    feed(model, {walked(4), alloc(100, 0), read_slot(SlotState::kFreed, 100, 0, kDentry, 150),
                 read_slot(SlotState::kAllocated, 120, 1), walked(4)});
    Snapshot s = model.snapshot();
    EXPECT_EQ(s.pool.allocated, 1U);
    EXPECT_EQ(use_of(s, kDentry).allocs, 1U);
    EXPECT_EQ(use_of(s, kDentry).frees, 0U);
    feed(model, {free_of(100, 0, 150), alloc(120, 1)}); // what the walk was ahead of
    s = model.snapshot();
    EXPECT_EQ(s.pool.allocated, 1U);
    EXPECT_EQ(use_of(s, kDentry).allocs, 2U);
    EXPECT_EQ(use_of(s, kDentry).frees, 1U);
    EXPECT_EQ(s.anomalies.ignored_frees, 0U);
    EXPECT_EQ(s.anomalies.missed_frees, 0U);
}

TEST(Slots, AWalkThatIsSeveralObjectsAhead) {
    PoolModel model;
    feed(model, {walked(2), alloc(100, 0), read_slot(SlotState::kAllocated, 500, 0, kInode), walked(2)});
    feed(model,
         {free_of(100, 0, 200), alloc(300, 0), free_of(300, 0, 400), free_of(300, 0, 400), alloc(500, 0, kInode)});
    const Snapshot s = with_objects(model);
    EXPECT_EQ(s.objects[0].allocated_at, 500U);
    EXPECT_EQ(s.pool.allocated, 1U);
    EXPECT_EQ(use_of(s, kDentry).allocs, 2U);
    EXPECT_EQ(use_of(s, kDentry).frees, 2U);
    EXPECT_EQ(use_of(s, kInode).allocs, 1U);
    EXPECT_EQ(s.anomalies.missed_frees, 0U);
    EXPECT_EQ(s.anomalies.ignored_frees, 1U);
}

TEST(Slots, AStaleWalkChangesNothing) {
    PoolModel model;
    feed(model, {walked(2), alloc(100, 0), free_of(100, 0, 200), alloc(300, 0), alloc(310, 1), free_of(310, 1, 320)});
    feed(model, {read_slot(SlotState::kAllocated, 100, 0), read_slot(SlotState::kAllocated, 310, 1), walked(2)});
    const Snapshot s = with_objects(model);
    EXPECT_EQ(s.objects[0].allocated_at, 300U);
    EXPECT_EQ(s.objects[1].state, SlotState::kFreed);
    EXPECT_EQ(s.pool.allocated, 1U);
}

TEST(Slots, OfABusySlotAWalkSaysOnlyThatItIsThere) {
    PoolModel model;
    feed(model, {read_slot(SlotState::kAllocated, 100, 0), walked(4)});
    feed(model, {read_slot(SlotState::kBusy, 0, 0), walked(4)});
    EXPECT_TRUE(model.needs_walk()) << "it could not be read";
    EXPECT_EQ(use_of(model.snapshot(), kDentry).allocated, 1U);
    EXPECT_EQ(with_objects(model).objects.at(0).allocated_at, 100U);
    feed(model, {read_slot(SlotState::kAllocated, 100, 0), walked(4)});
    EXPECT_FALSE(model.needs_walk());
}

TEST(Slots, TheEventKnowsTheCacheBetterThanAWalk) {
    PoolModel model;
    feed(model, {read_slot(SlotState::kAllocated, 100, 0, kInode), walked(4), alloc(100, 0, kDentry)});
    EXPECT_EQ(use_of(model.snapshot(), kDentry).allocated, 1U);
    EXPECT_EQ(use_of(model.snapshot(), kInode).allocated, 0U);
}

TEST(Slots, WhatOnlyAWalkCalledFreedMayLive) {
    PoolModel model;
    feed(model, {alloc(100, 0), read_slot(SlotState::kFreed, 100, 0, kDentry, 200), walked(4)});
    EXPECT_EQ(model.snapshot().pool.allocated, 0U);
    feed(model, {read_slot(SlotState::kAllocated, 100, 0), walked(4)});
    EXPECT_EQ(model.snapshot().pool.allocated, 1U);
    feed(model, {free_of(100, 0, 300)});
    EXPECT_EQ(model.snapshot().pool.allocated, 0U);
    EXPECT_EQ(use_of(model.snapshot(), kDentry).frees, 1U);
    EXPECT_EQ(model.snapshot().anomalies.ignored_frees, 0U);
}

TEST(Slots, SlotsThatAWalkDoesNotMentionAreUnused) {
    PoolModel model;
    feed(model, {walked(4), alloc(100, 0), alloc(110, 1), walked(4)});
    EXPECT_EQ(model.snapshot().pool.allocated, 2U); // their events came after the walk before
    feed(model, {read_slot(SlotState::kAllocated, 110, 1), walked(4)});
    const Snapshot s = with_objects(model);
    ASSERT_EQ(s.objects.size(), 1U);
    EXPECT_EQ(s.objects[0].slot, 1U);
    EXPECT_EQ(s.pool.allocated, 1U);
}

TEST(Slots, ImpossibleSlotsAreIgnored) {
    PoolModel model;
    feed(model, {walked(4), alloc(100, 4), alloc(100, kNoSlot), free_of(100, 70000, 200), zombie(100, 99999, 200),
                 rcu_freeing(100, kNoSlot, 200), read_slot(SlotState::kAllocated, 100, kNoSlot)});
    EXPECT_EQ(model.snapshot().pool.allocated, 0U);
}

TEST(Slots, TheFirstWalkSizesThePool) {
    PoolModel model;
    EXPECT_FALSE(model.has_pool());
    feed(model, {walked(255)});
    EXPECT_TRUE(model.has_pool());
    EXPECT_EQ(model.snapshot().pool.free, 255U);
}

TEST(Slots, ObservedQuarantineIsTheMedianOfReuses) {
    PoolModel model;
    feed(model, {walked(4)});
    EXPECT_FALSE(model.snapshot().quarantine_observed_s.has_value());
    KernelNs now = kSecond;
    for (const std::uint64_t seconds : {1U, 2U, 10U}) {
        feed(model, {alloc(now, 0), free_of(now, 0, now + kSecond)});
        now += kSecond + seconds * kSecond;
    }
    feed(model, {alloc(now, 0)});
    EXPECT_DOUBLE_EQ(model.snapshot().quarantine_observed_s.value_or(0), 2.0);
}

} // namespace
} // namespace kfence
