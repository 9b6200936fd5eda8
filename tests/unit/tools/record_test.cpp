// SPDX-License-Identifier: Apache-2.0
// Recordings of a kernel that goes on while it is read.
#include <filesystem>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../store/support.h"
#include "kernel_source.h"
#include "tools/common/session.h"
#include "tools/trace/record_file.h"
#include "tools/trace/tee_source.h"
#include "tools/trace/verify.h"

namespace kfence {
namespace {

using test::FakeKernel;
using test::FakeKernelOptions;
using test::KernelSource;
using testing::HasSubstr;

constexpr std::uint64_t kSecond = 1'000'000'000;

/// What kfence-trace record does, without its clock and its signals.
class Recording {
public:
    Recording(const FakeKernelOptions& options, std::uint64_t seed, std::optional<std::uint64_t> ring_ns = std::nullopt)
        : kernel(options, seed) {
        RecordFileOptions file{.path = folder.file("a.kfence"),
                               .machine = test::machine(),
                               .cgroups = {},
                               .ring_ns = ring_ns,
                               .on_report = ring_ns.has_value()};
        file.machine.started.kernel = kernel.now();
        sink = std::move(RecordFile::create(file).value());
        auto from = std::make_unique<KernelSource>(kernel, kSecond);
        source = from.get();
        session = std::make_unique<Session>(std::make_unique<TeeSource>(std::move(from), *sink));
        EXPECT_TRUE(session->start());
        sample();
    }

    void sample() {
        const auto drifts = session->model().snapshot({.max_stacks = 0, .objects = false}).anomalies.drift_events;
        EXPECT_TRUE(sink->sample({.kernel = kernel.now(), .unix_ns = 1},
                                 session->model().agreement() == Agreement::kEqual, drifts));
        EXPECT_TRUE(sink->commit());
    }

    void run(int refreshes) {
        for (int i = 0; i < refreshes; ++i) {
            EXPECT_TRUE(session->refresh());
            sample();
        }
    }

    Verdict finish() {
        EXPECT_TRUE(sink->finish({.kernel = kernel.now(), .unix_ns = 1}));
        auto file = TraceFile::open(folder.file("a.kfence"));
        EXPECT_TRUE(file);
        return verify_trace(*file);
    }

    [[nodiscard]] bool has(const std::string& name) const { return std::filesystem::exists(folder.file(name)); }

    test::Folder folder;
    FakeKernel kernel;
    KernelSource* source = nullptr;
    std::unique_ptr<RecordFile> sink;
    std::unique_ptr<Session> session;
};

std::string first_problem(const Verdict& verdict) {
    return verdict.problems.empty() ? "" : verdict.problems.front();
}

class Seeds : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Record, Seeds, testing::Range<std::uint64_t>(1, 9));

TEST_P(Seeds, WhatIsRecordedIsWhatTheKernelCounted) {
    Recording recording({.zombie_share = 0.01, .double_free_share = 0}, GetParam());
    recording.run(60);
    const Verdict verdict = recording.finish();
    EXPECT_EQ(first_problem(verdict), "");
    EXPECT_GT(verdict.readings, 30U);
    EXPECT_GT(verdict.allocs, 1000U);
    EXPECT_EQ(verdict.lost(), 0U);
}

TEST_P(Seeds, AfterACountedLossTheRestIsStillRight) {
    Recording recording({.double_free_share = 0}, GetParam());
    recording.run(20);
    recording.kernel.set_ring(10);
    recording.run(5);
    recording.kernel.set_ring(0);
    recording.run(30);
    const Verdict verdict = recording.finish();
    EXPECT_EQ(first_problem(verdict), "");
    EXPECT_GT(verdict.lost(), 0U);
    EXPECT_GT(verdict.readings, 20U);
}

TEST_P(Seeds, ALossThatNobodyCountedIsFound) {
    Recording recording({.double_free_share = 0}, GetParam());
    recording.run(20);
    recording.kernel.drop_next([](const Event& event) { return std::holds_alternative<AllocEvent>(event); });
    recording.run(30);
    EXPECT_TRUE(recording.kernel.dropped());
    const Verdict verdict = recording.finish();
    ASSERT_GT(verdict.problem_count, 0U);
    EXPECT_THAT(first_problem(verdict), HasSubstr("the kernel counted"));
}

TEST(RecordRing, KeepsItsMinutesAndStaysWhole) {
    Recording recording({.double_free_share = 0}, 3, 60 * kSecond);
    recording.run(400);
    const Verdict verdict = recording.finish();
    EXPECT_EQ(first_problem(verdict), "");
    EXPECT_GT(verdict.allocs, 50U * 55);
    EXPECT_LT(verdict.allocs, 50U * 150);
}

ReportEvent bug(KernelNs time, Names& names, const std::string& function) {
    ReportEvent report;
    report.time = time;
    report.type = ReportType::kUseAfterFree;
    report.access = Access::kRead;
    report.access_stack = names.stack(std::vector<std::string>{function + "+0x1/0x2"});
    return report;
}

TEST(RecordRing, SavesACopyShortlyAfterABug) {
    Recording recording({.double_free_share = 0}, 3, 60 * kSecond);
    recording.run(10);
    recording.source->extra.emplace_back(bug(recording.kernel.now(), recording.source->names(), "f"));
    recording.run(1);
    EXPECT_FALSE(recording.has("a.kfence.report-1"));
    recording.run(3);
    ASSERT_TRUE(recording.has("a.kfence.report-1"));
    Names names;
    const auto rows = test::read_all(recording.folder.file("a.kfence.report-1"), names);
    EXPECT_EQ(test::only<ReportEvent>(rows).size(), 1U);
    recording.source->extra.emplace_back(bug(recording.kernel.now(), recording.source->names(), "g"));
    recording.run(1);
    static_cast<void>(recording.finish()); // the end does not wait
    EXPECT_TRUE(recording.has("a.kfence.report-2"));
    EXPECT_EQ(recording.sink->copies(), 2U);
}

TEST(RecordRing, CopiesAreBoundedAndTheLastOnesAreForNewBugs) {
    Recording recording({.allocs_per_s = 1}, 3, 60 * kSecond);
    Names& names = recording.source->names();
    for (std::size_t i = 0; i < kMostCopies; ++i) {
        recording.source->extra.emplace_back(bug(recording.kernel.now(), names, "same"));
        recording.run(4);
    }
    EXPECT_EQ(recording.sink->copies(), kMostCopies / 2);
    recording.source->extra.emplace_back(bug(recording.kernel.now(), names, "another"));
    recording.run(4);
    EXPECT_EQ(recording.sink->copies(), kMostCopies / 2 + 1);
}

} // namespace
} // namespace kfence
