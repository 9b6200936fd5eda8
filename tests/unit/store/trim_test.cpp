// SPDX-License-Identifier: Apache-2.0
// A file that keeps the last minutes, and copies of it.
#include <gtest/gtest.h>

#include "support.h"

namespace kfence {
namespace {

using test::Folder;
using test::kSecond;
using test::only;

/// One object per second that lives for two, and one that was there before and stays.
class Ring : public testing::Test {
protected:
    Ring() : writer_(test::writer(folder_.file("a"), {.keyframe_ns = 10 * kSecond})) {
        SlotEvent old;
        old.slot = 0;
        old.state = SlotState::kAllocated;
        old.cache = names_.cache("old");
        old.allocated_at = 1 * kSecond;
        old.alloc_stack = names_.stack(std::vector<std::string>{"old+0x1/0x2"});
        write({old, WalkEvent{.time = 100 * kSecond, .objects = 255}});
    }

    void write(const std::vector<Event>& events) { ASSERT_TRUE(writer_.write(events, names_)); }

    void run(KernelNs from, KernelNs until) {
        for (KernelNs s = from; s < until; ++s) {
            const KernelNs t = s * kSecond;
            const auto slot = static_cast<Slot>(1 + s % 5);
            AllocEvent alloc;
            alloc.time = t;
            alloc.slot = slot;
            alloc.cache = names_.cache("short");
            alloc.stack = names_.stack(std::vector<std::string>{"s" + std::to_string(s) + "+0x1/0x2"});
            write({alloc});
            if (s >= from + 2) {
                FreeEvent end;
                end.time = t + 1;
                end.allocated_at = (s - 2) * kSecond;
                end.slot = static_cast<Slot>(1 + (s - 2) % 5);
                write({end});
            }
            CountersEvent counters;
            counters.time = t + 2;
            counters.enabled = true;
            write({counters});
            ASSERT_TRUE(writer_.sample(0, true));
        }
        ASSERT_TRUE(writer_.commit());
    }

    Folder folder_;
    Names names_;
    TraceWriter writer_;
};

TEST_F(Ring, KeepsWhatWasAskedForAndTheObjectsThatLive) {
    run(101, 1000);
    ASSERT_TRUE(writer_.trim(900 * kSecond));
    ASSERT_TRUE(writer_.commit());
    Names read_names;
    const auto rows = test::read_all(folder_.file("a"), read_names);
    const auto allocs = only<AllocEvent>(rows);
    ASSERT_FALSE(allocs.empty());
    EXPECT_LE(allocs.front().time, 901 * kSecond);
    EXPECT_GE(allocs.front().time, 780 * kSecond);
    EXPECT_EQ(allocs.back().time, 999 * kSecond);
    bool old_is_there = false;
    for (const auto& slot : only<SlotEvent>(rows)) {
        old_is_there = old_is_there || (slot.slot == 0 && slot.allocated_at == 1 * kSecond);
    }
    EXPECT_TRUE(old_is_there);
    // Stacks of what was removed went with it.
    auto file = TraceFile::open(folder_.file("a"));
    ASSERT_TRUE(file);
    EXPECT_LE(file->database().integer("SELECT count(*) FROM stacks").value(), 230);
    EXPECT_EQ(file->database()
                  .integer("SELECT count(*) FROM events WHERE kind <> 0 AND object NOT IN"
                           " (SELECT object FROM objects_seen)")
                  .value(),
              0);
}

TEST_F(Ring, AFileThatIsTrimmedDoesNotGrow) {
    run(101, 1000);
    ASSERT_TRUE(writer_.trim(900 * kSecond));
    ASSERT_TRUE(writer_.commit());
    auto pages = [&] {
        auto file = TraceFile::open(folder_.file("a"));
        return file->database().integer("PRAGMA page_count").value();
    };
    run(1002, 1300);
    ASSERT_TRUE(writer_.trim(1200 * kSecond));
    ASSERT_TRUE(writer_.commit());
    const auto before = pages();
    for (KernelNs s = 1302; s < 4000; s += 100) {
        run(s, s + 98);
        ASSERT_TRUE(writer_.trim((s - 100) * kSecond));
        ASSERT_TRUE(writer_.commit());
    }
    EXPECT_LE(pages(), before * 3 / 2);
}

TEST_F(Ring, StacksAreStoredAgainAfterTheyWereRemoved) {
    run(101, 400);
    ASSERT_TRUE(writer_.trim(390 * kSecond));
    run(402, 410); // no stack of before
    AllocEvent alloc;
    alloc.time = 411 * kSecond;
    alloc.slot = 77;
    alloc.stack = names_.stack(std::vector<std::string>{"s150+0x1/0x2"});
    write({alloc});
    ASSERT_TRUE(writer_.commit());
    Names read_names;
    const auto allocs = only<AllocEvent>(test::read_all(folder_.file("a"), read_names));
    EXPECT_EQ(read_names.frame(read_names.stack_of(allocs.back().stack), 0), "s150+0x1/0x2");
}

TEST_F(Ring, ACopyIsARecordingOfItsOwn) {
    run(101, 150);
    ASSERT_TRUE(writer_.copy_to(folder_.file("copy"), {.kernel = 150 * kSecond, .unix_ns = 7}));
    run(152, 160);
    Names read_names;
    const auto allocs = only<AllocEvent>(test::read_all(folder_.file("copy"), read_names));
    ASSERT_EQ(allocs.size(), 49U);
    EXPECT_EQ(allocs.back().time, 149 * kSecond);
    const auto file = TraceFile::open(folder_.file("copy"));
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->is_complete());
    EXPECT_EQ(file->machines()[0].ended->unix_ns, 7);
}

} // namespace
} // namespace kfence
