// SPDX-License-Identifier: Apache-2.0
// Walks and events in the orders in which they can come.
#include <gtest/gtest.h>

#include "support.h"

namespace kfence {
namespace {

using test::Folder;
using test::kSecond;
using test::only;

Event alloc(KernelNs time, Slot slot, Names& names) {
    return AllocEvent{.time = time, .slot = slot, .size = 8, .cache = names.cache("c"), .stack = kNoStack, .task = {}};
}

Event end_of(KernelNs allocated_at, Slot slot, KernelNs time) {
    return FreeEvent{.time = time, .allocated_at = allocated_at, .slot = slot, .task = {}};
}

Event found(SlotState state, KernelNs allocated_at, Slot slot, Names& names, KernelNs freed_at = 0) {
    SlotEvent event;
    event.slot = slot;
    event.state = state;
    event.size = 8;
    event.cache = names.cache("c");
    event.allocated_at = allocated_at;
    event.freed_at = freed_at;
    return event;
}

class Shadow : public testing::Test {
protected:
    std::vector<TraceRecord> record(const std::vector<Event>& events) {
        {
            TraceWriter writer = test::writer(folder_.file("a"));
            EXPECT_TRUE(writer.write(events, names_));
            EXPECT_TRUE(writer.commit());
        }
        return test::read_all(folder_.file("a"), read_names_);
    }

    /// Rows of the view that has each object once.
    std::int64_t objects() {
        auto file = TraceFile::open(folder_.file("a"));
        EXPECT_TRUE(file);
        return file->database().integer("SELECT count(*) FROM objects_seen").value();
    }

    Folder folder_;
    Names names_;
    Names read_names_;
};

TEST_F(Shadow, AWalkThatFindsNothingNewIsOneRow) {
    const auto rows = record({alloc(1 * kSecond, 4, names_), found(SlotState::kAllocated, 1 * kSecond, 4, names_),
                              WalkEvent{.time = 2 * kSecond, .objects = 255}});
    EXPECT_EQ(rows.size(), 2U);
    EXPECT_EQ(only<SlotEvent>(rows).size(), 0U);
}

TEST_F(Shadow, AWalkMayBeFasterThanTheEvent) {
    const auto rows =
        record({found(SlotState::kAllocated, 1 * kSecond, 4, names_), WalkEvent{.time = 2 * kSecond, .objects = 255},
                alloc(1 * kSecond, 4, names_), end_of(1 * kSecond, 4, 3 * kSecond)});
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].object, rows[2].object);
    EXPECT_EQ(rows[2].object, rows[3].object);
    EXPECT_EQ(objects(), 1);
}

TEST_F(Shadow, AWalkMaySeeALaterObjectOfTheSlot) {
    const auto rows =
        record({found(SlotState::kAllocated, 5 * kSecond, 4, names_), // the third object
                WalkEvent{.time = 6 * kSecond, .objects = 255}, alloc(1 * kSecond, 4, names_),
                end_of(1 * kSecond, 4, 2 * kSecond), alloc(3 * kSecond, 4, names_), end_of(3 * kSecond, 4, 4 * kSecond),
                alloc(5 * kSecond, 4, names_), end_of(5 * kSecond, 4, 7 * kSecond)});
    ASSERT_EQ(rows.size(), 8U);
    EXPECT_EQ(rows[3].object, rows[2].object);
    EXPECT_EQ(rows[5].object, rows[4].object);
    EXPECT_EQ(rows[6].object, rows[0].object);
    EXPECT_EQ(rows[7].object, rows[0].object);
    EXPECT_EQ(objects(), 3);
    const auto frees = only<FreeEvent>(rows);
    EXPECT_EQ(frees[0].allocated_at, 1 * kSecond);
    EXPECT_EQ(frees[1].allocated_at, 3 * kSecond);
    EXPECT_EQ(frees[2].allocated_at, 5 * kSecond);
}

TEST_F(Shadow, AnEndWhoseBeginningWasLostHasAnObject) {
    const auto rows = record({end_of(1 * kSecond, 4, 2 * kSecond), alloc(3 * kSecond, 4, names_)});
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].origin, SlotOrigin::kEnd);
    EXPECT_EQ(rows[1].object, rows[0].object);
    EXPECT_EQ(only<FreeEvent>(rows)[0].allocated_at, 1 * kSecond);
    EXPECT_EQ(objects(), 2);
}

TEST_F(Shadow, TheReaderKnowsWhatTheWalkLeftOut) {
    {
        TraceWriter writer = test::writer(folder_.file("a"));
        ASSERT_TRUE(writer.write(std::vector<Event>{alloc(1 * kSecond, 4, names_), alloc(2 * kSecond, 9, names_),
                                                    end_of(1 * kSecond, 4, 3 * kSecond),
                                                    found(SlotState::kFreed, 1 * kSecond, 4, names_, 3 * kSecond),
                                                    found(SlotState::kAllocated, 2 * kSecond, 9, names_),
                                                    WalkEvent{.time = 4 * kSecond, .objects = 255}},
                                 names_));
        ASSERT_TRUE(writer.commit());
    }
    auto file = TraceFile::open(folder_.file("a"));
    ASSERT_TRUE(file);
    auto cursor = TraceCursor::create(*file, read_names_);
    ASSERT_TRUE(cursor);
    TraceRecord record;
    std::size_t rows = 0;
    for (; *cursor->next(record); ++rows) {
    }
    EXPECT_EQ(rows, 4U);
    const SlotRow* freed = cursor->shadow(1).find(4);
    ASSERT_NE(freed, nullptr);
    EXPECT_EQ(freed->state, SlotState::kFreed);
    EXPECT_EQ(freed->freed_at, 3 * kSecond);
    EXPECT_EQ(cursor->slot_event(*cursor->shadow(1).find(9), 5).value().allocated_at, 2 * kSecond);
}

} // namespace
} // namespace kfence
