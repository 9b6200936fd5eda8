// SPDX-License-Identifier: Apache-2.0
// What verify finds, each thing by itself.
#include "tools/trace/verify.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../store/support.h"

namespace kfence {
namespace {

using test::Folder;
using test::kSecond;
using testing::HasSubstr;

AllocEvent alloc(KernelNs time, Slot slot) {
    AllocEvent event;
    event.time = time * kSecond;
    event.slot = slot;
    return event;
}

FreeEvent end_of(KernelNs allocated_at, Slot slot, KernelNs time) {
    FreeEvent event;
    event.time = time * kSecond;
    event.allocated_at = allocated_at * kSecond;
    event.slot = slot;
    return event;
}

class VerifyTest : public testing::Test {
public: // for chains
    VerifyTest& write(const std::vector<Event>& events) {
        EXPECT_TRUE(writer_.write(events, names_));
        return *this;
    }

    VerifyTest& reading(KernelNs time, std::uint64_t allocs, std::uint64_t frees, std::uint64_t bugs = 0) {
        CountersEvent counters;
        counters.time = time * kSecond;
        counters.allocs = allocs;
        counters.frees = frees;
        counters.bugs = bugs;
        write({counters});
        // Each as if after a drift: otherwise the writer takes back marks that do not fit.
        EXPECT_TRUE(writer_.sample(0, true, ++drifts_));
        return *this;
    }

protected:
    VerifyTest() : writer_(test::writer(path_)) {}

    void change(const std::string& sql) {
        EXPECT_TRUE(writer_.commit());
        auto database = Database::open(path_, OpenMode::kWrite);
        ASSERT_TRUE(database);
        ASSERT_TRUE(database->execute(sql)) << sql;
    }

    /// All problems, a line each.
    std::string problems() {
        EXPECT_TRUE(writer_.commit());
        auto file = TraceFile::open(path_);
        EXPECT_TRUE(file);
        std::string out;
        for (const std::string& problem : verify_trace(*file).problems) {
            out += problem + "\n";
        }
        return out;
    }

    Folder folder_;
    std::string path_ = folder_.file("a");
    Names names_;
    TraceWriter writer_;
    std::uint64_t drifts_ = 0;
};

TEST_F(VerifyTest, AStoryWithoutFault) {
    write(test::small_story(names_));
    EXPECT_EQ(problems(), "");
}

TEST_F(VerifyTest, ASlotThatIsTakenTwice) {
    write({alloc(1, 4), alloc(2, 4)});
    EXPECT_THAT(problems(), HasSubstr("slot 4 is allocated while it holds object 1"));
}

TEST_F(VerifyTest, ALossExplainsIt) {
    write({alloc(1, 4), LossEvent{.time = 1, .cause = LossCause::kRingFull, .count = 3}, alloc(2, 4)});
    EXPECT_EQ(problems(), "");
}

TEST_F(VerifyTest, ALossThatIsSaidALittleLaterExplainsIt) {
    write({alloc(1, 4), alloc(2, 4)}).reading(3, 2, 0);
    write({LossEvent{.time = 4, .cause = LossCause::kRingFull, .count = 1}});
    EXPECT_EQ(problems(), "");
}

TEST_F(VerifyTest, ALossMuchLaterDoesNot) {
    write({alloc(1, 4), alloc(2, 4)}).reading(3, 2, 0).reading(4, 2, 0);
    write({LossEvent{.time = 4, .cause = LossCause::kRingFull, .count = 1}});
    EXPECT_THAT(problems(), HasSubstr("slot 4 is allocated while it holds object 1"));
}

TEST_F(VerifyTest, AnObjectThatEndsTwice) {
    write({alloc(1, 4), end_of(1, 4, 2), end_of(1, 4, 3)});
    EXPECT_THAT(problems(), HasSubstr("goes on after its end"));
}

TEST_F(VerifyTest, TimeThatGoesBackInASlot) {
    write({alloc(5, 4), end_of(5, 4, 3)});
    EXPECT_THAT(problems(), HasSubstr("go back in time"));
}

TEST_F(VerifyTest, AWalkThatWasFaster) {
    SlotEvent third;
    third.slot = 4;
    third.state = SlotState::kAllocated;
    third.allocated_at = 5 * kSecond;
    write({third, WalkEvent{.time = 6 * kSecond, .objects = 255}, alloc(1, 4), end_of(1, 4, 2), alloc(5, 4),
           end_of(5, 4, 7)});
    EXPECT_EQ(problems(), "");
}

TEST_F(VerifyTest, CountersThatAgree) {
    reading(1, 100, 50).write({alloc(2, 4), alloc(2, 5), end_of(2, 4, 3)}).reading(4, 102, 51);
    EXPECT_EQ(problems(), "");
}

TEST_F(VerifyTest, AnAllocationThatTheFileLacks) {
    reading(1, 100, 50).write({alloc(2, 4)}).reading(4, 102, 50);
    EXPECT_THAT(problems(), HasSubstr("the kernel counted 2 allocations, and the file has 1"));
}

TEST_F(VerifyTest, AFreeThatTheKernelDidNotCount) {
    reading(1, 100, 50).write({alloc(2, 4), end_of(2, 4, 3)}).reading(4, 101, 50);
    EXPECT_THAT(problems(), HasSubstr("the kernel counted 0 frees, and the file has 1"));
}

TEST_F(VerifyTest, CountersAcrossALossAreNotCompared) {
    reading(1, 100, 50).write({LossEvent{.time = 1, .cause = LossCause::kRingFull, .count = 3}}).reading(4, 103, 50);
    EXPECT_EQ(problems(), "");
}

TEST_F(VerifyTest, CountersThatGoBack) {
    reading(1, 100, 50).reading(4, 99, 50);
    EXPECT_THAT(problems(), HasSubstr("go back"));
}

TEST_F(VerifyTest, AReportThatTheFileLacks) {
    reading(1, 0, 0, 3).reading(2, 0, 0, 3).reading(3, 0, 0, 4).reading(4, 0, 0, 4);
    EXPECT_THAT(problems(), HasSubstr("the kernel counted 1 more bugs than the file has reports"));
}

TEST_F(VerifyTest, AReportThatCameALittleLate) {
    reading(1, 0, 0, 3).reading(2, 0, 0, 3).reading(3, 0, 0, 4);
    write({ReportEvent{}});
    reading(4, 0, 0, 4).reading(5, 0, 0, 4);
    EXPECT_EQ(problems(), "");
}

TEST_F(VerifyTest, RowsThatPointNowhere) {
    write(test::small_story(names_));
    change("DELETE FROM frames WHERE id = 1");
    EXPECT_THAT(problems(), HasSubstr("frames of stacks are missing"));
    change("UPDATE tasks SET cgroup = 77");
    EXPECT_THAT(problems(), HasSubstr("cgroups of tasks are missing"));
}

TEST_F(VerifyTest, TheSameNumberTwice) {
    write(test::small_story(names_));
    change("INSERT INTO losses VALUES (4, 1, 0, 1, 1)");
    EXPECT_THAT(problems(), HasSubstr("two rows have the seq 4"));
}

TEST_F(VerifyTest, ADamagedPage) {
    std::vector<Event> events;
    for (KernelNs t = 1; t < 4000; t += 2) {
        events.emplace_back(alloc(t, 4));
        events.emplace_back(end_of(t, 4, t + 1));
    }
    write(events);
    ASSERT_TRUE(writer_.finish({}));
    {
        std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(-8192, std::ios::end);
        file << std::string(4096, '\xff');
    }
    auto file = TraceFile::open(path_);
    ASSERT_TRUE(file);
    EXPECT_GT(verify_trace(*file).problem_count, 0U);
}

} // namespace
} // namespace kfence
