// SPDX-License-Identifier: Apache-2.0
// Who held the pool, for how long, and whether it was full.
#include "trace_story.h"

namespace kfence {
namespace {

using test::at;
using test::TraceStory;

class TracePool : public TraceStory {};

TEST_F(TracePool, SlotTimeOfASmallStory) {
    write(test::small_story(written_));
    const Summary s = summary();
    EXPECT_EQ(s.pool.objects, 255U);
    EXPECT_EQ(s.pool.at_end, 1U);
    ASSERT_EQ(s.caches.size(), 1U);
    const CacheSummary& dentry = s.caches[0];
    EXPECT_DOUBLE_EQ(dentry.slot_seconds, 5 + 2 + 8); // slot 5 up to 105, slot 3 from 101 to 103, slot 4 from 102 on
    EXPECT_DOUBLE_EQ(dentry.share.value_or(0), 15.0 / 2550);
    EXPECT_NEAR(s.pool.mean, 1.5, 1e-9);
    EXPECT_EQ(dentry.allocs, 2U);
    EXPECT_EQ(dentry.frees, 2U);
    EXPECT_EQ(dentry.refused, 2U);
    EXPECT_EQ(dentry.live, 1U);
    EXPECT_EQ(dentry.ages.p50, 8 * test::kSecond);
    EXPECT_EQ(dentry.lifetimes.p50, 2 * test::kSecond);
    EXPECT_EQ(dentry.lifetimes.p99, 98 * test::kSecond);
    EXPECT_EQ(s.losses.of(LossCause::kRecursion), 9U);
    EXPECT_EQ(s.missed_ends, 0U);
    EXPECT_FALSE(s.pool.full_at);
    ASSERT_EQ(s.stacks.size(), 1U);
    EXPECT_DOUBLE_EQ(s.stacks[0].slot_seconds, 15);
    EXPECT_EQ(s.stacks[0].live, 1U);
    EXPECT_EQ(s.stacks[0].oldest_ns, 8 * test::kSecond);
}

TEST_F(TracePool, WhatWasBeforeThePartIsFollowed) {
    write(test::small_story(written_));
    const Summary s = summary(part(2.5, 4));
    const CacheSummary& dentry = s.caches.at(0);
    EXPECT_DOUBLE_EQ(dentry.slot_seconds, 1.5 + 0.5 + 1.5);
    EXPECT_EQ(dentry.allocs, 0U);
    EXPECT_EQ(dentry.frees, 1U);
    EXPECT_EQ(dentry.live, 2U);
    EXPECT_EQ(dentry.ages.p99, 97 * test::kSecond);
    EXPECT_EQ(s.pool.at_end, 2U);
    EXPECT_EQ(s.losses.total(), 0U);
}

TEST_F(TracePool, OccupancyOverTime) {
    write({pool(10), alloc(105, 0), alloc(107.5, 1), end(107.5, 1, 110)});
    const Summary s = summary();
    ASSERT_EQ(s.pool.occupancy.size(), 240U);
    EXPECT_DOUBLE_EQ(s.pool.occupancy[0], 0);
    EXPECT_NEAR(s.pool.occupancy[119], 0, 1e-6);
    EXPECT_NEAR(s.pool.occupancy[120], 1, 1e-6);
    EXPECT_NEAR(s.pool.occupancy[239], 2, 1e-6);
    EXPECT_NEAR(s.pool.mean, 0.75, 1e-9);
}

TEST_F(TracePool, FullAndSince) {
    write({pool(2), alloc(101, 0, "dentry"), alloc(104, 1, "inode"), end(104, 1, 106), alloc(107, 1, "kmalloc-8")});
    const Summary s = summary();
    EXPECT_EQ(s.pool.full_at, at(104));
    EXPECT_EQ(s.pool.full_since, at(104)) << "one slot that waits for the next sample is no end of it";
    EXPECT_DOUBLE_EQ(s.pool.full_share, 0.5);
    ASSERT_EQ(s.pool.held.size(), 2U);
    EXPECT_EQ(s.pool.held[0].slots, 1U);
    EXPECT_FALSE(s.pool.full_in_s);
}

TEST_F(TracePool, FullForAMoment) {
    write({pool(3), alloc(101, 0), alloc(102, 1), alloc(103, 2), end(101, 0, 104), end(102, 1, 105)});
    const Summary s = summary();
    EXPECT_EQ(s.pool.full_at, at(103));
    EXPECT_FALSE(s.pool.full_since);
    EXPECT_DOUBLE_EQ(s.pool.full_share, 0.1);
}

TEST_F(TracePool, FullBeforeThePart) {
    write({pool(1), alloc(101, 0), end(101, 0, 109)});
    const Summary s = summary(part(5, 10));
    EXPECT_EQ(s.pool.full_at, at(105));
    ASSERT_EQ(s.pool.held.size(), 1U);
    EXPECT_DOUBLE_EQ(s.pool.full_share, 0.8);
}

TEST_F(TracePool, Forecast) {
    end_ = 200;
    write({pool(200)});
    for (Slot slot = 0; slot < 100; ++slot) { // one a second
        write({alloc(100 + slot, slot)});
    }
    const Summary s = summary();
    ASSERT_TRUE(s.pool.full_in_s);
    EXPECT_NEAR(*s.pool.full_in_s, 100, 3);
    EXPECT_FALSE(summary(part(0, 5)).pool.full_in_s) << "too short to tell";
}

TEST_F(TracePool, NoForecastForWhatDoesNotGrow) {
    end_ = 200;
    write({pool(200)});
    for (int i = 0; i < 100; ++i) {
        write({alloc(100 + i, 0), end(100 + i, 0, 100.5 + i)});
    }
    EXPECT_FALSE(summary().pool.full_in_s);
}

TEST_F(TracePool, QuarantineIsFromTheFreeToTheNextAllocation) {
    write({pool(10), alloc(101, 3), end(101, 3, 102), alloc(105, 3), alloc(106, 4)});
    const Summary s = summary();
    EXPECT_EQ(s.quarantine.count, 1U);
    EXPECT_EQ(s.quarantine.p50, 3 * test::kSecond);
}

TEST_F(TracePool, AnEndThatWasNotSeen) {
    write({pool(10), alloc(101, 3, "dentry"), alloc(105, 3, "inode")});
    const Summary s = summary();
    EXPECT_EQ(s.missed_ends, 1U);
    EXPECT_EQ(s.pool.at_end, 1U);
    ASSERT_NE(cache(s, "dentry"), nullptr);
    EXPECT_DOUBLE_EQ(cache(s, "dentry")->slot_seconds, 4) << "it cannot have held the slot longer";
    EXPECT_EQ(cache(s, "dentry")->frees, 0U);
    EXPECT_DOUBLE_EQ(cache(s, "inode")->slot_seconds, 5);
    EXPECT_EQ(s.quarantine.count, 0U);
}

TEST_F(TracePool, AnEndThatAWalkFound) {
    const AllocEvent first = alloc(101, 3);
    write({pool(10), first,
           SlotEvent{.time = at(108),
                     .slot = 3,
                     .state = SlotState::kFreed,
                     .size = 8,
                     .cache = first.cache,
                     .allocated_at = at(101),
                     .freed_at = at(103),
                     .alloc_stack = first.stack,
                     .free_stack = kNoStack,
                     .task = {}},
           pool(10, 108)});
    const Summary s = summary();
    EXPECT_EQ(s.missed_ends, 0U);
    EXPECT_EQ(s.pool.at_end, 0U);
    EXPECT_DOUBLE_EQ(s.caches.at(0).slot_seconds, 2);
    EXPECT_EQ(s.caches.at(0).lifetimes.p50, 2 * test::kSecond);
}

TEST_F(TracePool, AWalkThatWasFasterThanTheEvent) {
    const AllocEvent first = alloc(101, 3, "dentry", "f", 77);
    write({SlotEvent{.time = at(102),
                     .slot = 3,
                     .state = SlotState::kAllocated,
                     .size = 8,
                     .cache = first.cache,
                     .allocated_at = at(101),
                     .freed_at = 0,
                     .alloc_stack = first.stack,
                     .free_stack = kNoStack,
                     .task = {}},
           pool(10, 102), first, end(101, 3, 104)});
    SummaryWish wish;
    wish.selection.cgroup = "/a.slice";
    const Summary s = summary(wish);
    EXPECT_DOUBLE_EQ(s.caches.at(0).slot_seconds, 3) << "its cgroup comes with the event";
    EXPECT_EQ(s.caches.at(0).allocs, 1U);
}

TEST_F(TracePool, OnlyTheEndIsKnown) {
    write({pool(10), end(90, 4, 105)});
    const Summary s = summary();
    ASSERT_NE(cache(s, "<unknown>"), nullptr);
    EXPECT_DOUBLE_EQ(cache(s, "<unknown>")->slot_seconds, 5);
    EXPECT_EQ(cache(s, "<unknown>")->lifetimes.p50, 15 * test::kSecond);
    EXPECT_EQ(s.pool.at_end, 0U);
}

TEST_F(TracePool, AZombieStays) {
    write(
        {pool(10), alloc(101, 3), ZombieEvent{.time = at(103), .allocated_at = at(101), .slot = 3}, end(101, 3, 104)});
    const Summary s = summary();
    EXPECT_EQ(s.pool.zombies, 1U);
    EXPECT_EQ(s.pool.at_end, 1U);
    EXPECT_DOUBLE_EQ(s.caches.at(0).slot_seconds, 9);
    EXPECT_EQ(s.caches.at(0).frees, 1U);
}

TEST_F(TracePool, SelectionByCacheAndCgroup) {
    write(
        {pool(10), alloc(101, 0, "dentry", "f", 77), alloc(102, 1, "dentry", "f", 5), alloc(103, 2, "inode", "g", 77)});
    SummaryWish wish;
    wish.selection.cgroup = "/a.slice/";
    Summary s = summary(wish);
    EXPECT_DOUBLE_EQ(cache(s, "dentry")->slot_seconds, 9);
    EXPECT_DOUBLE_EQ(cache(s, "inode")->slot_seconds, 7);
    EXPECT_EQ(s.pool.at_end, 3U) << "the pool is of all";
    wish.selection.caches = Filter("^den");
    s = summary(wish);
    EXPECT_EQ(s.caches.size(), 1U);
    EXPECT_EQ(s.stacks.size(), 1U);
    wish.selection = {.caches = {}, .cgroup = "/a"};
    EXPECT_TRUE(summary(wish).caches.empty());
}

TEST(IsWithin, WholeNames) {
    EXPECT_TRUE(is_within("/a", "/a"));
    EXPECT_TRUE(is_within("/a/b", "/a/"));
    EXPECT_TRUE(is_within("/a", "/"));
    EXPECT_FALSE(is_within("/ab", "/a"));
    EXPECT_FALSE(is_within("/", "/a"));
}

} // namespace
} // namespace kfence
