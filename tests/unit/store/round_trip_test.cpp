// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/database.h"
#include "store/recording_lock.h"
#include "support.h"

namespace kfence {
namespace {

using test::Folder;
using test::kSecond;
using test::only;

TEST(RoundTrip, EventsComeBackAsTheyWere) {
    const Folder folder;
    const std::string path = folder.file("a.kfence");
    Names names;
    const std::vector<Event> story = test::small_story(names);
    {
        TraceWriter writer = test::writer(path);
        ASSERT_TRUE(writer.write(story, names));
        ASSERT_TRUE(writer.finish(std::array{std::optional(ClockAnchor{.kernel = 110 * kSecond, .unix_ns = 5})}));
        EXPECT_EQ(writer.totals().allocs, 2U);
        EXPECT_EQ(writer.totals().frees, 2U);
        EXPECT_EQ(writer.totals().lost, 9U);
    }
    Names read_names;
    const auto records = test::read_all(path, read_names);
    ASSERT_EQ(records.size(), story.size());

    const auto allocs = only<AllocEvent>(records);
    ASSERT_EQ(allocs.size(), 2U);
    EXPECT_EQ(allocs[0].time, 101 * kSecond);
    EXPECT_EQ(allocs[0].slot, 3U);
    EXPECT_EQ(allocs[0].size, 64U);
    EXPECT_EQ(read_names.cache_name(allocs[0].cache), "dentry");
    const Stack& stack = read_names.stack_of(allocs[0].stack);
    ASSERT_EQ(stack.frames.size(), 2U);
    EXPECT_EQ(read_names.frame(stack, 1), "d_alloc+0x1/0x2");
    EXPECT_EQ(allocs[0].task.pid, 12);
    EXPECT_EQ(allocs[0].task.tgid, 11);
    EXPECT_EQ(allocs[0].task.cpu, 1);
    EXPECT_EQ(allocs[0].task.pid_ns, 4026531836U);
    EXPECT_STREQ(allocs[0].task.comm.data(), "find");

    const auto frees = only<FreeEvent>(records);
    ASSERT_EQ(frees.size(), 2U);
    EXPECT_EQ(frees[0].allocated_at, 101 * kSecond);
    EXPECT_FALSE(frees[0].rcu_deferred);
    EXPECT_EQ(frees[1].allocated_at, 7 * kSecond);
    EXPECT_TRUE(frees[1].rcu_deferred);

    EXPECT_EQ(only<SlotEvent>(records).at(0).allocated_at, 7 * kSecond);
    EXPECT_EQ(only<WalkEvent>(records).at(0).objects, 255U);
    EXPECT_EQ(only<SettingsEvent>(records).at(0).sample_interval_ms, 100U);
    EXPECT_EQ(only<SettingsEvent>(records).at(0).disabled_by_warn, std::nullopt);
    EXPECT_EQ(only<SkipEvent>(records).at(0).reason, SkipReason::kCovered);
    EXPECT_EQ(only<SkipEvent>(records).at(0).count, 2U);
    EXPECT_EQ(only<LossEvent>(records).at(0).cause, LossCause::kRecursion);
}

TEST(RoundTrip, TheAllocatorsFramesStayApart) {
    const Folder folder;
    Names names;
    AllocEvent alloc;
    alloc.time = 101 * kSecond;
    alloc.slot = 3;
    alloc.stack = names.stack(std::vector<std::string>{"kmem_cache_alloc+0x1/0x2", "f+0x1/0x2"}, 1);
    {
        TraceWriter writer = test::writer(folder.file("a"));
        ASSERT_TRUE(writer.write(std::vector<Event>{alloc}, names));
        ASSERT_TRUE(writer.commit());
    }
    Names read_names;
    const auto read = only<AllocEvent>(test::read_all(folder.file("a"), read_names));
    ASSERT_EQ(read.size(), 1U);
    EXPECT_EQ(read_names.stack_of(read[0].stack).skip, 1U);
}

/// What the table frame_addresses of a recording has, one row after another.
std::vector<std::string> addresses_of(const std::string& path) {
    std::vector<std::string> out;
    auto database = Database::open(path, OpenMode::kRead);
    EXPECT_TRUE(database);
    auto rows = database->prepare("SELECT f.text || ' ' || printf('%x', a.address) FROM frame_addresses a"
                                  " JOIN frames f ON f.id = a.frame ORDER BY a.frame, a.address");
    if (!rows) {
        return {"no such table"};
    }
    while (rows->step().value_or(false)) {
        out.emplace_back(rows->text(0));
    }
    return out;
}

TEST(RoundTrip, AddressesOfFramesOnlyWhereAskedFor) {
    constexpr std::uint64_t kF = 0xffffffff81000010;
    constexpr std::uint64_t kG = 0xffffffffc0000020;
    constexpr std::uint64_t kMoved = 0xffffffffc0990020; // the module was loaded again
    const Names::Resolver resolve = [](std::uint64_t address) {
        return address == kF ? "f+0x10/0x20" : "g+0x20/0x30 [m]";
    };
    const Folder folder;
    for (const bool asked : {true, false}) {
        Names names;
        TraceWriter writer = test::writer(folder.file(asked ? "with" : "without"), {.raw_addresses = asked});
        for (const auto& addresses : {std::vector{kF, kG}, std::vector{kF, kMoved}}) {
            AllocEvent alloc;
            alloc.time = 101 * kSecond;
            alloc.slot = 3;
            alloc.stack = names.stack(addresses, resolve);
            ASSERT_TRUE(writer.write(std::vector<Event>{alloc}, names));
        }
        ASSERT_TRUE(writer.commit());
    }
    EXPECT_THAT(addresses_of(folder.file("with")),
                testing::ElementsAre("f+0x10/0x20 ffffffff81000010", "g+0x20/0x30 [m] ffffffffc0000020",
                                     "g+0x20/0x30 [m] ffffffffc0990020"));
    EXPECT_THAT(addresses_of(folder.file("without")), testing::ElementsAre("no such table"));
    Names read_names;
    EXPECT_EQ(only<AllocEvent>(test::read_all(folder.file("with"), read_names)).size(), 2U);
}

TEST(RoundTrip, OneNumberForAllRowsOfAnObject) {
    const Folder folder;
    Names names;
    {
        TraceWriter writer = test::writer(folder.file("a"));
        ASSERT_TRUE(writer.write(test::small_story(names), names));
        ASSERT_TRUE(writer.commit());
    }
    Names read_names;
    const auto records = test::read_all(folder.file("a"), read_names);
    ASSERT_EQ(records.size(), 9U);
    EXPECT_NE(records[0].object, 0);
    EXPECT_EQ(records[7].object, records[0].object); // slot 5
    EXPECT_NE(records[3].object, 0);
    EXPECT_EQ(records[5].object, records[3].object); // slot 3
    EXPECT_NE(records[4].object, records[3].object);
}

TEST(RoundTrip, AReportKeepsAllItsParts) {
    const Folder folder;
    Names names;
    const StackId access = names.stack(std::vector<std::string>{"f+0x1/0x2 [m]"});
    const StackId alloc = names.stack(std::vector<std::string>{"g+0x1/0x2"});
    ReportEvent report;
    report.time = 9 * kSecond;
    report.type = ReportType::kUseAfterFree;
    report.access = Access::kWrite;
    report.slot = 17;
    report.cache = names.cache("kmalloc-64");
    report.size = 60;
    report.offset = -4;
    report.allocated_at = 5 * kSecond;
    report.freed_at = 6 * kSecond;
    report.access_stack = access;
    report.alloc_stack = alloc;
    report.free_stack = access;
    report.task = {.pid = 1, .tgid = 1, .cpu = 3};
    report.alloc_task = {.pid = 2, .cpu = 0};
    report.free_task = {.pid = 4, .cpu = 2};
    ReportEvent bare;
    bare.time = 10 * kSecond;
    {
        TraceWriter writer = test::writer(folder.file("a"));
        ASSERT_TRUE(writer.write(std::vector<Event>{report, bare}, names));
        ASSERT_TRUE(writer.commit());
    }
    Names read_names;
    const auto read = only<ReportEvent>(test::read_all(folder.file("a"), read_names));
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[0].type, ReportType::kUseAfterFree);
    EXPECT_EQ(read[0].access, Access::kWrite);
    EXPECT_EQ(read[0].slot, 17U);
    EXPECT_EQ(read[0].offset, -4);
    EXPECT_EQ(read[0].freed_at, 6 * kSecond);
    EXPECT_EQ(read[0].access_stack, read[0].free_stack);
    EXPECT_EQ(read_names.frame(read_names.stack_of(read[0].alloc_stack), 0), "g+0x1/0x2");
    EXPECT_EQ(read[0].task.cpu, 3);
    EXPECT_EQ(read[0].alloc_task.pid, 2);
    EXPECT_EQ(read[0].free_task.cpu, 2);
    EXPECT_EQ(read[1].slot, kNoSlot);
    EXPECT_EQ(read[1].access_stack, kNoStack);
}

TEST(RoundTrip, CountersBecomeASample) {
    const Folder folder;
    Names names;
    {
        TraceWriter writer = test::writer(folder.file("a"));
        const std::vector<Event> counters = {CountersEvent{.time = 4 * kSecond,
                                                           .enabled = true,
                                                           .allocated = 3,
                                                           .allocs = 10,
                                                           .frees = 7,
                                                           .skip_incompatible = std::nullopt,
                                                           .skip_capacity = 5,
                                                           .skip_covered = 0}};
        ASSERT_TRUE(writer.write(counters, names));
        ASSERT_TRUE(writer.sample(99, true));
        ASSERT_TRUE(writer.commit());
    }
    Names read_names;
    const auto records = test::read_all(folder.file("a"), read_names);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_TRUE(records[0].settled);
    EXPECT_EQ(records[0].unix_ns, 99);
    const auto& read = std::get<CountersEvent>(records[0].event);
    EXPECT_TRUE(read.enabled);
    EXPECT_EQ(read.allocs, 10U);
    EXPECT_EQ(read.skip_incompatible, std::nullopt);
    EXPECT_EQ(read.skip_capacity, 5U);
    EXPECT_EQ(read.skip_covered, 0U);
}

TEST(RoundTrip, TheCgroupIsResolvedWhenItIsMet) {
    const Folder folder;
    Names names;
    {
        TraceWriter writer = test::writer(folder.file("a"));
        ASSERT_TRUE(writer.write(test::small_story(names), names));
        ASSERT_TRUE(writer.commit());
    }
    auto file = TraceFile::open(folder.file("a"));
    ASSERT_TRUE(file) << file.error().message;
    Names read_names;
    auto cursor = TraceCursor::create(*file, read_names);
    ASSERT_TRUE(cursor);
    TraceRecord record;
    while (*cursor->next(record)) {
        if (const auto* alloc = std::get_if<AllocEvent>(&record.event)) {
            EXPECT_EQ(cursor->cgroup_path(alloc->task.cgroup).value(), "/a.slice");
        }
    }
    EXPECT_EQ(cursor->cgroup_path(0).value(), "");
}

TEST(RoundTrip, WhatTheFileSaysOfItsMachine) {
    const Folder folder;
    Names names;
    const std::string path = folder.file("a");
    {
        TraceWriter writer = test::writer(path);
        ASSERT_TRUE(writer.commit());
        auto open = TraceFile::open(path);
        ASSERT_TRUE(open) << open.error().message;
        EXPECT_FALSE(open->is_complete());
        ASSERT_TRUE(writer.finish(std::array{std::optional(ClockAnchor{.kernel = 200 * kSecond, .unix_ns = 5})}));
    }
    auto file = TraceFile::open(path);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_TRUE(file->is_complete());
    ASSERT_EQ(file->machines().size(), 1U);
    const MachineInfo& machine = file->machines()[0];
    EXPECT_EQ(machine.source.host, "web-17");
    EXPECT_EQ(machine.source.blind, (std::vector<std::string>{"reasons", "stacks"}));
    EXPECT_EQ(machine.config, "CONFIG_KFENCE=y");
    EXPECT_EQ(machine.ended->kernel, 200 * kSecond);
    EXPECT_EQ(file->unix_time(1, 101 * kSecond), 1'700'000'001'000'000'000);
    EXPECT_EQ(file->unix_time(1, 99 * kSecond), 1'699'999'999'000'000'000);
    EXPECT_EQ(file->machine("").value(), 0);
    EXPECT_EQ(file->machine("1").value(), 1);
    EXPECT_EQ(file->machine("web-17").value(), 1);
    EXPECT_EQ(file->machine("2").error().kind, ErrorKind::kUsage);
}

TEST(RoundTrip, AFileThatExistsIsNotTouched) {
    const Folder folder;
    Names names;
    const std::string path = folder.file("a");
    {
        TraceWriter writer = test::writer(path);
        const auto second = TraceWriter::create(path, {});
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, ErrorKind::kUsage);
        EXPECT_NE(second.error().message.find("being recorded"), std::string::npos);
        ASSERT_TRUE(writer.write(test::small_story(names), names));
        ASSERT_TRUE(writer.commit());
    }
    const auto again = TraceWriter::create(path, {});
    ASSERT_FALSE(again);
    EXPECT_NE(again.error().message.find("exists"), std::string::npos);
    Names read_names;
    EXPECT_EQ(test::read_all(path, read_names).size(), 9U);
}

} // namespace
} // namespace kfence
