// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/merge.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../store/support.h"
#include "tools/trace/verify.h"

namespace kfence {
namespace {

using test::Folder;
using test::kSecond;
using test::only;
using testing::HasSubstr;

/// The small story on a machine whose clock starts at `unix_s`.
void make(const std::string& path, const std::string& host, std::int64_t unix_s, bool ended = true) {
    auto writer = TraceWriter::create(
        path, [](std::uint64_t id) { return Cgroup{.kernel_id = id, .path = "/" + std::to_string(id)}; });
    ASSERT_TRUE(writer) << writer.error().message;
    MachineInfo machine = test::machine(host);
    machine.started.unix_ns = unix_s * 1'000'000'000;
    ASSERT_TRUE(writer->add_machine(machine));
    Names names;
    ASSERT_TRUE(writer->write(test::small_story(names), names));
    std::vector<std::optional<ClockAnchor>> ends;
    if (ended) {
        ends.emplace_back(ClockAnchor{.kernel = 110 * kSecond, .unix_ns = 1});
    }
    ASSERT_TRUE(writer->finish(ends));
}

TEST(Merge, TwoMachinesInTheOrderOfWallTime) {
    const Folder folder;
    make(folder.file("a"), "late", 1002);
    make(folder.file("b"), "early", 1000, false);
    const auto merged = merge_traces(folder.file("out"), {folder.file("a"), folder.file("b")}, {});
    ASSERT_TRUE(merged) << merged.error().message;
    EXPECT_EQ(merged->machines, 2U);
    EXPECT_EQ(merged->events, 10U);
    EXPECT_EQ(merged->lost, 18U);

    auto file = TraceFile::open(folder.file("out"));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(verify_trace(*file).problem_count, 0U);
    EXPECT_EQ(file->machines()[0].source.host, "late");
    EXPECT_TRUE(file->machines()[0].ended.has_value());
    EXPECT_FALSE(file->machines()[1].ended.has_value());

    Names names;
    const auto rows = test::read_all(folder.file("out"), names);
    std::int64_t last = 0;
    std::vector<std::int64_t> machines;
    for (const TraceRecord& row : rows) {
        const KernelNs time = std::visit([](const auto& e) { return e.time; }, row.event);
        EXPECT_GE(file->unix_time(row.machine, time), last);
        last = file->unix_time(row.machine, time);
        machines.push_back(row.machine);
    }
    EXPECT_EQ(machines.front(), 2);
    EXPECT_EQ(machines.back(), 1);
    // Objects of the two machines are not taken for each other.
    const auto frees = only<FreeEvent>(rows);
    ASSERT_EQ(frees.size(), 4U);
    EXPECT_EQ(frees[0].allocated_at, 101 * kSecond);
    EXPECT_EQ(names.cache_name(only<AllocEvent>(rows)[0].cache), "dentry");
}

TEST(Merge, CgroupsAreThoseOfTheirFile) {
    const Folder folder;
    make(folder.file("a"), "x", 1000);
    make(folder.file("b"), "y", 1000);
    ASSERT_TRUE(merge_traces(folder.file("out"), {folder.file("a"), folder.file("b")}, {}));
    auto file = TraceFile::open(folder.file("out"));
    ASSERT_TRUE(file);
    EXPECT_EQ(file->database().integer("SELECT count(*) FROM cgroups WHERE path = '/77' AND kernel_id = 77").value(),
              2);
}

TEST(Merge, OneMachineOfAMergedFile) {
    const Folder folder;
    make(folder.file("a"), "x", 1000);
    make(folder.file("b"), "y", 1000);
    ASSERT_TRUE(merge_traces(folder.file("out"), {folder.file("a"), folder.file("b")}, {}));
    Names names;
    for (const TraceRecord& row : test::read_all(folder.file("out"), names, 2)) {
        EXPECT_EQ(row.machine, 2);
    }
    EXPECT_EQ(test::read_all(folder.file("out"), names, 2).size(), 9U);
}

TEST(Merge, AnInputThatIsNoneLeavesNothingBehind) {
    const Folder folder;
    make(folder.file("a"), "x", 1000);
    const auto merged = merge_traces(folder.file("out"), {folder.file("a"), folder.file("none")}, {});
    ASSERT_FALSE(merged);
    EXPECT_THAT(merged.error().message, HasSubstr("none"));
    EXPECT_FALSE(std::filesystem::exists(folder.file("out")));
}

TEST(Merge, GivenUpItLeavesNothingBehind) {
    const Folder folder;
    const std::string input = TEST_SOURCE_DIR "/data/small.kfence";
    const auto merged = merge_traces(folder.file("out"), {input, input, input}, [](std::uint64_t) { return false; });
    ASSERT_FALSE(merged);
    EXPECT_THAT(merged.error().message, HasSubstr("interrupted"));
    EXPECT_TRUE(std::filesystem::is_empty(folder.file("")));
}

TEST(Merge, AnOutputThatExistsIsNotTouched) {
    const Folder folder;
    make(folder.file("a"), "x", 1000);
    const auto merged = merge_traces(folder.file("a"), {folder.file("a")}, {});
    ASSERT_FALSE(merged);
    EXPECT_EQ(merged.error().kind, ErrorKind::kUsage);
    Names names;
    EXPECT_EQ(test::read_all(folder.file("a"), names).size(), 9U);
}

} // namespace
} // namespace kfence
