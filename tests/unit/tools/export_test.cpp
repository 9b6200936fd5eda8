// SPDX-License-Identifier: Apache-2.0
// The tables of an export, from literal events to literal rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "export_support.h"

namespace kfence {
namespace {

using test::alloc;
using test::Cells;
using test::column;
using test::end_of;
using test::exported;
using test::Folder;
using test::found;
using test::kSecond;
using test::parse_csv;
using test::parse_lines;
using test::Story;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

class ExportTest : public testing::Test {
protected:
    /// Slot 5 from second 7 to 105, slot 3 from 101 to 103, slot 4 from 102 on; the recording ends at 110.
    void small_story() {
        story_.write(test::small_story(story_.names()));
        story_.end(110);
    }
    [[nodiscard]] std::vector<Cells> csv(ExportTable table, const ExportOptions& options = {}) const {
        return parse_csv(exported(story_.path(), table, ExportFormat::kCsv, options));
    }
    [[nodiscard]] std::string text(ExportTable table, ExportFormat format, const ExportOptions& options = {}) const {
        return exported(story_.path(), table, format, options);
    }

    Folder folder_;
    Story story_{folder_.file("a")};
};

TEST_F(ExportTest, AgesAreCountedPerBucketUnderTheContractsHeader) {
    small_story();
    const std::string all = text(ExportTable::kAges, ExportFormat::kCsv);
    EXPECT_EQ(all.substr(0, 26), "cache,le_seconds,count\r\nde");
    EXPECT_THAT(all, HasSubstr("dentry,4.294967296,0\r\ndentry,8.589934592,1\r\ndentry,17.179869184,0\r\n"));
    EXPECT_THAT(all, testing::EndsWith("dentry,Inf,0\r\n"));
}

TEST_F(ExportTest, TheCountsOfAllAgesAreTheLiveObjects) {
    const CacheId caches[] = {story_.names().cache("a"), story_.names().cache("b"), kNoCache};
    for (Slot slot = 0; slot < 90; ++slot) {
        story_.write({alloc(100 + slot, slot, caches[slot % 3])});
    }
    for (Slot slot = 0; slot < 90; slot += 5) {
        story_.write({end_of(100 + slot, slot, 200)});
    }
    story_.end(300);
    std::uint64_t sum = 0;
    for (const std::string& count : column(csv(ExportTable::kAges), "count")) {
        sum += std::stoull(count);
    }
    EXPECT_EQ(sum, 72U);
    EXPECT_EQ(csv(ExportTable::kObjects).size(), 1 + 72U);
}

TEST_F(ExportTest, ObjectsAreThoseInThePoolAtTheEnd) {
    small_story();
    const auto rows = csv(ExportTable::kObjects);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_THAT(rows[1],
                ElementsAre("4", "allocated", "dentry", "60", "102.000000000", "2023-11-14T22:13:22.000000000Z",
                            "8.000000000", "12", "11", "find", "1", "/a.slice", "4026531836", testing::_,
                            testing::MatchesRegex("s[0-9a-f]{16}"), HasSubstr("d_alloc+0x1/0x2")));
}

TEST_F(ExportTest, LifetimesAreOfWhatEndedAndOfWhatIsThere) {
    small_story();
    const auto rows = csv(ExportTable::kLifetimes);
    EXPECT_THAT(column(rows, "slot"), ElementsAre("3", "5", "4"));
    EXPECT_THAT(column(rows, "state"), ElementsAre("freed", "freed", "allocated"));
    EXPECT_THAT(column(rows, "allocated_at_s"), ElementsAre("101.000000000", "7.000000000", "102.000000000"));
    EXPECT_THAT(column(rows, "freed_at_s"), ElementsAre("103.000000000", "105.000000000", ""));
    EXPECT_THAT(column(rows, "lifetime_s"), ElementsAre("2.000000000", "98.000000000", ""));
}

TEST_F(ExportTest, AHistogramOfLifetimesCountsWhatEnded) {
    small_story();
    ExportOptions options;
    options.histogram = true;
    const std::string all = text(ExportTable::kLifetimes, ExportFormat::kCsv, options);
    EXPECT_THAT(all, AllOf(HasSubstr("dentry,2.147483648,1\r\n"), HasSubstr("dentry,137.438953472,1\r\n")));
    const auto rows = parse_lines(text(ExportTable::kLifetimes, ExportFormat::kJsonl, options));
    EXPECT_EQ(rows.back()["le_seconds"], "+Inf");
}

TEST_F(ExportTest, EventsHaveARowForAllThatHappened) {
    small_story();
    const auto rows = csv(ExportTable::kEvents);
    EXPECT_THAT(column(rows, "kind"), ElementsAre("found", "alloc", "alloc", "free", "skip", "rcu-free", "loss"));
    EXPECT_THAT(column(rows, "cache"), ElementsAre("dentry", "dentry", "dentry", "dentry", "dentry", "dentry", ""));
    EXPECT_THAT(column(rows, "lifetime_s"), ElementsAre("", "", "", "2.000000000", "", "98.000000000", ""));
    EXPECT_THAT(column(rows, "reason"), ElementsAre("", "", "", "", "covered", "", "recursion"));
    EXPECT_THAT(column(rows, "count"), ElementsAre("", "", "", "", "2", "", "9"));
}

TEST_F(ExportTest, JsonLinesHaveTheSameCellsAsCsv) {
    small_story();
    for (const ExportTable table : {ExportTable::kEvents, ExportTable::kObjects, ExportTable::kLifetimes,
                                    ExportTable::kCaches, ExportTable::kOccupancy, ExportTable::kReports}) {
        const auto rows = csv(table);
        const auto lines = parse_lines(text(table, ExportFormat::kJsonl));
        ASSERT_EQ(lines.size() + 1, rows.size()) << to_string(table);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            for (std::size_t c = 0; c < rows[0].size(); ++c) {
                ASSERT_TRUE(lines[i].contains(rows[0][c])) << rows[0][c];
                const auto& value = lines[i][rows[0][c]];
                EXPECT_EQ(value.is_null(), rows[i + 1][c].empty()) << rows[0][c];
                if (value.is_string()) {
                    EXPECT_EQ(value, rows[i + 1][c]);
                } else if (value.is_number()) {
                    EXPECT_DOUBLE_EQ(value.get<double>(), std::stod(rows[i + 1][c])) << rows[0][c];
                }
            }
        }
    }
}

TEST_F(ExportTest, CachesAreSummedUp) {
    small_story();
    const auto rows = csv(ExportTable::kCaches);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(column(rows, "allocs"), Cells{"2"});
    EXPECT_EQ(column(rows, "frees"), Cells{"2"});
    EXPECT_EQ(column(rows, "refused_covered"), Cells{"2"});
    EXPECT_EQ(column(rows, "live"), Cells{"1"});
    // 2 s, 8 s until the end, and 5 s since the beginning of the recording.
    EXPECT_EQ(column(rows, "slot_time_s"), Cells{"15.000000000"});
    EXPECT_EQ(column(rows, "slot_time_share"), Cells{"1"});
    EXPECT_EQ(column(rows, "oldest_s"), Cells{"8.000000000"});
}

TEST_F(ExportTest, StacksAreSummedUpAndFolded) {
    const CacheId cache = story_.names().cache("c");
    const StackId outer = story_.stack({"inner+0x1/0x2", "outer+0x1/0x2 [m]"});
    const StackId other = story_.stack({"other+0x1/0x2"});
    story_.write({alloc(100, 1, cache, outer), alloc(100, 2, cache, other), end_of(100, 1, 101),
                  alloc(102, 1, cache, outer), end_of(102, 1, 103)});
    story_.end(110);
    const auto rows = csv(ExportTable::kStacks);
    EXPECT_THAT(column(rows, "stack"), ElementsAre("other+0x1/0x2", "inner+0x1/0x2 < outer+0x1/0x2 [m]"));
    EXPECT_THAT(column(rows, "objects"), ElementsAre("1", "2"));
    EXPECT_THAT(column(rows, "live"), ElementsAre("1", "0"));
    EXPECT_THAT(column(rows, "slot_time_s"), ElementsAre("10.000000000", "2.000000000"));
    EXPECT_EQ(text(ExportTable::kStacks, ExportFormat::kFolded), "c;other 1\nc;outer;inner 2\n");
    ExportOptions options;
    options.weight = FoldedWeight::kSlotTime;
    EXPECT_EQ(text(ExportTable::kStacks, ExportFormat::kFolded, options), "c;other 10000\nc;outer;inner 2000\n");
}

TEST_F(ExportTest, OccupancyIsWhatTheKernelCountsAndWhatTheRowsSay) {
    const CacheId cache = story_.names().cache("c");
    story_.write({WalkEvent{.time = 100 * kSecond, .objects = 10}, alloc(101, 1, cache), alloc(101, 2, cache)});
    story_.sample(102, 2);
    story_.write({end_of(101, 1, 103)}).sample(104, 1);
    story_.end(110);
    const auto rows = csv(ExportTable::kOccupancy);
    EXPECT_THAT(column(rows, "allocated"), ElementsAre("2", "1"));
    EXPECT_THAT(column(rows, "held"), ElementsAre("2", "1"));
    EXPECT_THAT(column(rows, "usage"), ElementsAre("0.2", "0.1"));
    EXPECT_THAT(column(rows, "refused_capacity"), Each(std::string()));
}

TEST_F(ExportTest, ReportsHaveATitleAndThreeStacks) {
    ReportEvent report;
    report.time = 104 * kSecond;
    report.type = ReportType::kUseAfterFree;
    report.access = Access::kRead;
    report.slot = 7;
    report.cache = story_.names().cache("c");
    report.offset = -3;
    report.access_stack = story_.stack({"f+0x1/0x2"});
    report.alloc_stack = story_.stack({"g+0x1/0x2"});
    story_.write({report});
    story_.end(110);
    const auto rows = csv(ExportTable::kReports);
    EXPECT_EQ(column(rows, "title"), Cells{"KFENCE: use-after-free read in f+0x1"});
    EXPECT_EQ(column(rows, "offset"), Cells{"-3"});
    EXPECT_EQ(column(rows, "access_stack"), Cells{"f+0x1/0x2"});
    EXPECT_EQ(column(rows, "alloc_stack"), Cells{"g+0x1/0x2"});
    EXPECT_EQ(column(rows, "free_stack"), Cells{""});
}

TEST_F(ExportTest, AWalkThatIsFasterThanTheEventsCountsNothingTwice) {
    const CacheId cache = story_.names().cache("c");
    story_.write({found(102, 1, SlotState::kAllocated, cache, 101), alloc(101, 1, cache),
                  found(104, 1, SlotState::kFreed, cache, 101, 103), end_of(101, 1, 103)});
    story_.end(110);
    const auto rows = csv(ExportTable::kLifetimes);
    EXPECT_EQ(column(rows, "lifetime_s"), Cells{"2.000000000"});
    EXPECT_EQ(column(rows, "comm"), Cells{"find"});
    EXPECT_EQ(column(csv(ExportTable::kCaches), "allocs"), Cells{"1"});
}

TEST_F(ExportTest, AnObjectWhoseEndWasLostIsNotLive) {
    const CacheId cache = story_.names().cache("c");
    story_.write({alloc(101, 1, cache), alloc(105, 1, cache)});
    story_.end(110);
    const auto rows = csv(ExportTable::kLifetimes);
    EXPECT_THAT(column(rows, "state"), ElementsAre("freed", "allocated"));
    EXPECT_THAT(column(rows, "freed_at_s"), ElementsAre("", ""));
    EXPECT_EQ(csv(ExportTable::kObjects).size(), 2U);
    EXPECT_EQ(column(csv(ExportTable::kCaches), "slot_time_s"), Cells{"9.000000000"});
}

TEST_F(ExportTest, AWalkThatFindsALaterObjectLeavesTheEndOfTheFirstToItsEvent) {
    const CacheId cache = story_.names().cache("c");
    story_.write({alloc(101, 1, cache), found(106, 1, SlotState::kAllocated, cache, 105), end_of(101, 1, 103),
                  alloc(105, 1, cache)});
    story_.end(110);
    const auto rows = csv(ExportTable::kLifetimes);
    EXPECT_THAT(column(rows, "lifetime_s"), ElementsAre("2.000000000", ""));
    EXPECT_THAT(column(rows, "cache"), ElementsAre("c", "c"));
}

TEST_F(ExportTest, AZombieStaysInThePool) {
    const CacheId cache = story_.names().cache("c");
    ZombieEvent zombie;
    zombie.time = 102 * kSecond;
    zombie.allocated_at = 101 * kSecond;
    zombie.slot = 1;
    story_.write({alloc(101, 1, cache), zombie, end_of(101, 1, 102)});
    story_.end(110);
    const auto rows = csv(ExportTable::kObjects);
    EXPECT_EQ(column(rows, "state"), Cells{"zombie"});
    EXPECT_EQ(column(rows, "cache"), Cells{"c"});
}

TEST_F(ExportTest, OfManyMachinesEveryRowSaysWhich) {
    const CacheId cache = story_.names().cache("c");
    ASSERT_TRUE(story_.rows().add_machine(test::machine("db-1")));
    story_.write({alloc(101, 1, cache)}).write({alloc(101, 1, cache), end_of(101, 1, 102)}, 2);
    story_.end(110, 2);
    const auto rows = csv(ExportTable::kLifetimes);
    EXPECT_THAT(column(rows, "machine"), ElementsAre("db-1", "web-17"));
    EXPECT_THAT(text(ExportTable::kAges, ExportFormat::kCsv),
                testing::StartsWith("machine,cache,le_seconds,count\r\n"));
    ExportOptions options;
    options.machine = "db-1";
    EXPECT_THAT(csv(ExportTable::kObjects, options), testing::SizeIs(1));
    EXPECT_THAT(text(ExportTable::kAges, ExportFormat::kCsv, options), "cache,le_seconds,count\r\n");
}

} // namespace
} // namespace kfence
