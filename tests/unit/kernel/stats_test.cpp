// SPDX-License-Identifier: Apache-2.0
#include "kernel/stats.h"

#include <gmock/gmock.h>

#include "fixture_root.h"

namespace kfence::test {
namespace {

using ::testing::HasSubstr;

// As Linux 6.12.117 prints it.
constexpr std::string_view kModern = "enabled: 1\ncurrently allocated: 191\ntotal allocations: 42729\n"
                                     "total frees: 42538\nzombie allocations: 2\ntotal bugs: 1\n"
                                     "skipped allocations (incompatible): 3\nskipped allocations (capacity): 4\n"
                                     "skipped allocations (covered): 5\n";
// Linux 5.12 had no skip counters.
constexpr std::string_view kOld = "enabled: 0\ncurrently allocated: 1\ntotal allocations: 2\ntotal frees: 1\n"
                                  "zombie allocations: 0\ntotal bugs: 0\n";

TEST(Stats, ReadsEveryCounter) {
    const auto stats = parse_stats(kModern);
    ASSERT_TRUE(stats) << stats.error().message;
    EXPECT_TRUE(stats->enabled);
    EXPECT_EQ(stats->allocated, 191U);
    EXPECT_EQ(stats->allocs, 42729U);
    EXPECT_EQ(stats->frees, 42538U);
    EXPECT_EQ(stats->zombies, 2U);
    EXPECT_EQ(stats->bugs, 1U);
    EXPECT_EQ(stats->skip_incompatible, 3U);
    EXPECT_EQ(stats->skip_capacity, 4U);
    EXPECT_EQ(stats->skip_covered, 5U);
}

TEST(Stats, OlderKernelsLackTheSkipLines) {
    const auto stats = parse_stats(kOld);
    ASSERT_TRUE(stats) << stats.error().message;
    EXPECT_FALSE(stats->enabled);
    EXPECT_EQ(stats->skip_incompatible, std::nullopt);
    EXPECT_EQ(stats->skip_capacity, std::nullopt);
    EXPECT_EQ(stats->skip_covered, std::nullopt);
}

TEST(Stats, APatchedKernelTellsTheQuota) {
    const auto stats = parse_stats(std::string(kModern) + "skipped allocations (quota): 7\npool objects: 255\n");
    ASSERT_TRUE(stats) << stats.error().message;
    EXPECT_EQ(stats->skip_quota, 7U);
    EXPECT_EQ(parse_stats(kModern)->skip_quota, std::nullopt);
}

TEST(Stats, LinesOfLaterKernelsAreSkipped) {
    EXPECT_EQ(parse_stats(std::string(kModern) + "skipped: allocations (quota): 7\n")->skip_covered, 5U);
}

TEST(Stats, EveryTruncationIsAnErrorOrAWholeLine) {
    for (std::size_t size = 0; size < kModern.size(); size++) {
        const auto stats = parse_stats(kModern.substr(0, size));
        const bool whole_lines = size > 0 && kModern[size - 1] == '\n';
        const bool has_needed = kModern.substr(0, size).find("total frees: 42538\n") != std::string_view::npos;
        EXPECT_EQ(stats.has_value(), whole_lines && has_needed) << size;
    }
}

TEST(Stats, WhatIsNotACountIsAnError) {
    for (const std::string_view bad : {"total frees: -1\n", "total frees: 1x\n", "total frees:\n", "no colon\n",
                                       "total frees: 99999999999999999999\n", "\n"}) {
        EXPECT_FALSE(parse_stats(std::string(kModern) + std::string(bad))) << bad;
    }
    const auto hostile = parse_stats("\x1b[2J\xff\n");
    ASSERT_FALSE(hostile);
    EXPECT_THAT(hostile.error().message, HasSubstr("\\x1b[2J\\xff"));
}

TEST(StatsReader, ReadsAgainFromTheStart) {
    const FixtureRoot root;
    root.file(kStatsPath, kModern);
    auto reader = StatsReader::open(root.root());
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->read()->allocated, 191U);
    root.file(kStatsPath, kOld);
    EXPECT_EQ(reader->read()->allocated, 1U);
}

TEST(StatsReader, AMissingFileIsUnsupported) {
    const FixtureRoot root;
    const auto reader = StatsReader::open(root.root());
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().kind, ErrorKind::kUnsupported);
    EXPECT_THAT(reader.error().message, HasSubstr("/sys/kernel/debug/kfence/stats"));
}

} // namespace
} // namespace kfence::test
