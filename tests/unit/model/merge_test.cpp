// SPDX-License-Identifier: Apache-2.0
// Walks may be read at any moment and merged at any later one: every such order ends in the same pool. The
// stream of one slot is in order; a walk that was read before some of its events may be delivered anywhere.
#include <algorithm>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "support.h"

namespace kfence {
namespace {

using namespace test;

/// A history of one slot, with what a walk reads after each number of its events.
struct Story {
    const char* name;
    std::vector<Event> stream;
    std::vector<Event> readings; ///< [i]: the slot as it stands when the first i events have taken effect
};

const Event kUnusedSlot = read_slot(SlotState::kUnused, 0, 0);

const std::vector<Story>& stories() {
    static const std::vector<Story> all{
        {"two lives",
         {alloc(100, 0), free_of(100, 0, 200), alloc(300, 0, kInode), free_of(300, 0, 400)},
         {kUnusedSlot, read_slot(SlotState::kAllocated, 100, 0), read_slot(SlotState::kFreed, 100, 0, kDentry, 200),
          read_slot(SlotState::kAllocated, 300, 0, kInode), read_slot(SlotState::kFreed, 300, 0, kInode, 400)}},
        {"rcu",
         {alloc(100, 0), rcu_freeing(100, 0, 150), free_of(100, 0, 200), alloc(300, 0)},
         {kUnusedSlot, read_slot(SlotState::kAllocated, 100, 0),
          read_slot(SlotState::kRcuFreeing, 100, 0, kDentry, 150), read_slot(SlotState::kFreed, 100, 0, kDentry, 200),
          read_slot(SlotState::kAllocated, 300, 0)}},
        {"zombie",
         {alloc(100, 0), free_of(100, 0, 200), alloc(300, 0, kInode), zombie(300, 0, 400)},
         {kUnusedSlot, read_slot(SlotState::kAllocated, 100, 0), read_slot(SlotState::kFreed, 100, 0, kDentry, 200),
          read_slot(SlotState::kAllocated, 300, 0, kInode), read_slot(SlotState::kZombie, 300, 0, kNoCache, 400)}},
        {"still live",
         {alloc(100, 0), free_of(100, 0, 200), alloc(300, 0, kInode)},
         {kUnusedSlot, read_slot(SlotState::kAllocated, 100, 0), read_slot(SlotState::kFreed, 100, 0, kDentry, 200),
          read_slot(SlotState::kAllocated, 300, 0, kInode)}},
    };
    return all;
}

/// One walk: what it read, and how many events of the stream were applied before it.
struct Walk {
    std::size_t read_after = 0;
    std::size_t merged_after = 0;
};

struct Outcome {
    Snapshot snapshot;
    bool needs_walk = false;
};

Outcome play(const Story& story, const std::vector<Walk>& walks) {
    PoolModel model;
    feed(model, {walked(1)});
    for (std::size_t i = 0; i <= story.stream.size(); ++i) {
        for (const Walk& walk : walks) {
            if (walk.merged_after == i) {
                feed(model, {story.readings[walk.read_after], walked(1)});
            }
        }
        if (i < story.stream.size()) {
            model.apply(std::span(&story.stream[i], 1));
        }
    }
    return {.snapshot = with_objects(model), .needs_walk = model.needs_walk()};
}

void expect_same(const Outcome& got, const Outcome& wanted, const std::string& where) {
    SCOPED_TRACE(where);
    ASSERT_EQ(got.snapshot.objects.size(), wanted.snapshot.objects.size());
    const ObjectUse& a = got.snapshot.objects[0];
    const ObjectUse& b = wanted.snapshot.objects[0];
    EXPECT_EQ(a.state, b.state);
    EXPECT_EQ(a.allocated_at, b.allocated_at);
    EXPECT_EQ(a.freed_at, b.freed_at);
    EXPECT_EQ(a.cache, b.cache);
    EXPECT_EQ(a.size, b.size);
    EXPECT_EQ(a.alloc_stack, b.alloc_stack);
    if (a.state != SlotState::kZombie) { // only a walk knows who destroyed the cache
        EXPECT_EQ(a.free_stack, b.free_stack);
    }
    EXPECT_EQ(got.snapshot.pool.allocated, wanted.snapshot.pool.allocated);
    EXPECT_EQ(got.snapshot.pool.zombies, wanted.snapshot.pool.zombies);
    EXPECT_EQ(got.snapshot.pool.rcu_freeing, wanted.snapshot.pool.rcu_freeing);
    for (const CacheId cache : {kNoCache, kDentry, kInode}) {
        EXPECT_EQ(use_of(got.snapshot, cache).allocated, use_of(wanted.snapshot, cache).allocated);
        EXPECT_EQ(use_of(got.snapshot, cache).allocs, use_of(wanted.snapshot, cache).allocs);
        EXPECT_EQ(use_of(got.snapshot, cache).frees, use_of(wanted.snapshot, cache).frees);
    }
    EXPECT_EQ(got.snapshot.anomalies.missed_frees, 0U);
    EXPECT_EQ(got.snapshot.anomalies.ignored_frees, 0U);
    EXPECT_FALSE(got.needs_walk);
}

std::string describe(const Story& story, const std::vector<Walk>& walks) {
    std::string text = story.name;
    for (const Walk& walk : walks) {
        text +=
            " read after " + std::to_string(walk.read_after) + ", merged after " + std::to_string(walk.merged_after);
    }
    return text;
}

std::vector<Walk> all_walks(const Story& story) {
    std::vector<Walk> walks;
    for (std::size_t read = 0; read < story.readings.size(); ++read) {
        for (std::size_t merged = 0; merged <= story.stream.size(); ++merged) {
            walks.push_back({.read_after = read, .merged_after = merged});
        }
    }
    return walks;
}

TEST(Merge, OneWalkInEveryOrder) {
    for (const Story& story : stories()) {
        const Outcome wanted = play(story, {});
        for (const Walk& walk : all_walks(story)) {
            expect_same(play(story, {walk}), wanted, describe(story, {walk}));
        }
    }
}

TEST(Merge, TwoWalksInEveryOrder) {
    for (const Story& story : stories()) {
        const Outcome wanted = play(story, {});
        for (const Walk& first : all_walks(story)) {
            for (const Walk& second : all_walks(story)) {
                // Walks are read and merged one after the other.
                if (second.read_after < first.read_after || second.merged_after < first.merged_after) {
                    continue;
                }
                // Nothing of the slot between two walks, and the later one has not seen it used: impossible.
                const bool vanished = second.read_after == 0 && first.merged_after > 0;
                if (!vanished) {
                    expect_same(play(story, {first, second}), wanted, describe(story, {first, second}));
                }
            }
        }
    }
}

} // namespace
} // namespace kfence
