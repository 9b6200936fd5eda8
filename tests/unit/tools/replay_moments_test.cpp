// SPDX-License-Identifier: Apache-2.0
// The moments of a replay that are not like the others: a drift, the last of what was cut off, a report that came late,
// the end of a long jump.
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "../store/support.h"
#include "kernel_source.h"
#include "store/replay_source.h"
#include "tools/common/player.h"
#include "tools/trace/record_file.h"
#include "tools/trace/tee_source.h"

namespace kfence {
namespace {

using test::FakeKernel;
using test::KernelSource;
using test::kSecond;

class ReplayMoments : public testing::TestWithParam<std::uint64_t> {
protected:
    void write(TraceWriter& writer, std::vector<Event> events) {
        ASSERT_TRUE(writer.write(events, names_));
        if (std::holds_alternative<CountersEvent>(events.back())) {
            ASSERT_TRUE(writer.sample(0, true, drifts_));
        }
    }

    static CountersEvent counters(KernelNs second, std::uint64_t allocs) {
        CountersEvent out;
        out.time = second * kSecond;
        out.enabled = true;
        out.allocs = allocs;
        out.allocated = allocs;
        return out;
    }
    static AllocEvent alloc(KernelNs time, Slot slot) {
        AllocEvent out;
        out.time = time;
        out.slot = slot;
        return out;
    }

    void open() {
        auto source = ReplaySource::open(path_, {});
        ASSERT_TRUE(source) << source.error().message;
        source_ = source->get();
        session_ = std::make_unique<Session>(std::move(*source));
        ASSERT_TRUE(session_->start());
        player_.emplace(*session_);
    }
    Snapshot at(KernelNs time) {
        EXPECT_TRUE(player_->go_to(time));
        EXPECT_EQ(source_->position(), time);
        return session_->model().snapshot({.max_stacks = 0, .objects = false});
    }

    test::Folder folder_;
    std::string path_ = folder_.file("a");
    Names names_;
    std::uint64_t drifts_ = 0;
    ReplaySource* source_ = nullptr;
    std::unique_ptr<Session> session_;
    std::optional<Player> player_;
};
INSTANTIATE_TEST_SUITE_P(Seeds, ReplayMoments, testing::Range<std::uint64_t>(1, 9));

TEST_F(ReplayMoments, ADriftIsWhereItWas) {
    {
        TraceWriter writer = test::writer(path_);
        write(writer, {WalkEvent{.time = 10 * kSecond, .objects = 64}, counters(10, 0)});
        write(writer, {alloc(10 * kSecond + 1, 1), counters(11, 1)});
        drifts_ = 1; // the event of slot 2 was lost; the walk that this asked for found the object
        SlotEvent first{.time = 12 * kSecond, .slot = 1, .state = SlotState::kAllocated, .task = {}};
        first.allocated_at = 10 * kSecond + 1;
        SlotEvent second{.time = 12 * kSecond, .slot = 2, .state = SlotState::kAllocated, .task = {}};
        second.allocated_at = 11 * kSecond + 1;
        write(writer, {first, second, WalkEvent{.time = 12 * kSecond, .objects = 64}, counters(12, 2)});
        write(writer, {alloc(12 * kSecond + 1, 3), counters(13, 3)});
        ASSERT_TRUE(writer.finish({}));
    }
    open();
    for (const KernelNs second : {10U, 11U, 12U, 13U, 12U, 11U}) {
        const Snapshot s = at(second * kSecond);
        EXPECT_EQ(s.drift.allocs, second == 12 ? -1 : 0) << second;
        EXPECT_EQ(s.anomalies.drift_events, second >= 12 ? 1U : 0U) << second;
        EXPECT_EQ(s.pool.allocated, second - 10) << second;
    }
}

TEST_F(ReplayMoments, WhatCameAfterTheLastReadingIsTheLastMoment) {
    {
        TraceWriter writer = test::writer(path_);
        write(writer, {WalkEvent{.time = 10 * kSecond, .objects = 64}, counters(10, 0)});
        write(writer, {alloc(10 * kSecond + 1, 1), counters(11, 1)});
        ReportEvent report;
        report.time = 11 * kSecond + 500;
        write(writer, {alloc(11 * kSecond + 400, 2), report});
        ASSERT_TRUE(writer.commit()); // and then it was killed
    }
    open();
    EXPECT_EQ(source_->end(), 11 * kSecond + 500);
    EXPECT_EQ(source_->next_report(0), source_->end());
    EXPECT_TRUE(at(11 * kSecond).reports.empty());
    EXPECT_FALSE(session_->finished());
    const Snapshot last = at(source_->end());
    EXPECT_EQ(last.reports.size(), 1U);
    EXPECT_EQ(last.pool.allocated, 2U);
    EXPECT_FALSE(last.drift.any());
    EXPECT_TRUE(session_->finished());
    EXPECT_EQ(source_->before(source_->end()), 11 * kSecond);
}

TEST_F(ReplayMoments, AReportIsAtTheFirstMomentThatShowsIt) {
    {
        TraceWriter writer = test::writer(path_);
        write(writer, {WalkEvent{.time = 10 * kSecond, .objects = 64}, counters(10, 0)});
        write(writer, {counters(11, 0)});
        ReportEvent report;
        report.time = 11 * kSecond - 1; // it was delivered after the reading
        write(writer, {report, counters(12, 0)});
        write(writer, {counters(13, 0)});
        ASSERT_TRUE(writer.finish({}));
    }
    open();
    const auto found = source_->next_report(10 * kSecond);
    ASSERT_TRUE(found);
    EXPECT_EQ(at(*found).reports.size(), 1U);
    EXPECT_EQ(*found, 12 * kSecond);
    EXPECT_EQ(source_->previous_report(13 * kSecond), 12 * kSecond);
    EXPECT_EQ(source_->previous_report(12 * kSecond), std::nullopt);
}

TEST_F(ReplayMoments, RatesAfterALongJumpAreThoseOfTheMoment) {
    constexpr KernelNs kLength = 7200;
    {
        TraceWriter writer = test::writer(path_);
        write(writer, {WalkEvent{.time = 10 * kSecond, .objects = 64}, counters(10, 0)});
        for (KernelNs second = 1; second <= kLength; ++second) {
            write(writer, {counters(10 + second, second == kLength ? 500 : 0)});
        }
        ASSERT_TRUE(writer.finish({}));
    }
    open();
    EXPECT_EQ(at((10 + kLength) * kSecond).rates.actual, 500.0);
    EXPECT_EQ(at((9 + kLength) * kSecond).rates.actual, 0.0);
}

/// A kernel of which only walks and counters are seen.
class PollSource final : public Source {
public:
    explicit PollSource(FakeKernel& kernel) : kernel_(kernel), source_(kernel, kSecond), info_(source_.info()) {
        info_.complete_stream = false;
    }
    [[nodiscard]] const SourceInfo& info() const noexcept override { return info_; }
    [[nodiscard]] Names& names() noexcept override { return source_.names(); }
    [[nodiscard]] int wait_fd() const noexcept override { return -1; }
    Result<bool> drain(EventBatch& /*out*/, std::size_t /*max_events*/) override { return true; }
    Result<void> read_counters(EventBatch& out) override { return source_.read_counters(out); }
    Result<void> read_state(EventBatch& out) override { return source_.read_state(out); }
    Result<void> walk(EventBatch& out) override { return source_.walk(out); }
    [[nodiscard]] KernelNs now() override { return kernel_.now(); }

private:
    FakeKernel& kernel_;
    KernelSource source_;
    SourceInfo info_;
};

TEST_P(ReplayMoments, OfWalksAloneAreAsTheyWere) {
    FakeKernel kernel({.allocs_per_s = 100, .mean_lifetime_ns = 100'000'000, .double_free_share = 0}, GetParam());
    auto source = std::make_unique<PollSource>(kernel);
    MachineInfo machine = test::machine();
    machine.source = source->info();
    auto sink = RecordFile::create({.path = path_, .machine = machine, .cgroups = {}, .ring_ns = std::nullopt});
    ASSERT_TRUE(sink);
    Session live(std::make_unique<TeeSource>(std::move(source), **sink));
    ASSERT_TRUE(live.start());
    std::vector<std::uint32_t> allocated;
    for (int i = 0; i < 40; ++i) {
        ASSERT_TRUE(live.refresh());
        const Snapshot s = live.model().snapshot({.max_stacks = 0, .objects = false});
        ASSERT_EQ(s.anomalies.drift_events, 0U);
        allocated.push_back(s.pool.allocated);
        const bool settled = live.model().agreement() == Agreement::kEqual;
        ASSERT_TRUE((*sink)->sample({.kernel = kernel.now(), .unix_ns = 1}, settled, 0));
    }
    ASSERT_TRUE((*sink)->finish({.kernel = kernel.now(), .unix_ns = 1}));
    open();
    KernelNs time = source_->begin();
    for (std::size_t i = 1; i < allocated.size(); ++i) {
        time = source_->after(time);
        const Snapshot s = at(time);
        EXPECT_EQ(s.pool.allocated, allocated[i]) << "moment " << i;
        EXPECT_EQ(s.anomalies.drift_events, 0U) << "moment " << i;
    }
}

/// What was live at each moment: is there a drift, and how many were there so far.
using Drifts = std::vector<std::pair<bool, std::uint64_t>>;

Drifts record_with_a_hole(const std::string& path, std::uint64_t seed) {
    FakeKernel kernel({.double_free_share = 0}, seed);
    MachineInfo machine = test::machine();
    machine.started.kernel = kernel.now();
    auto sink = RecordFile::create({.path = path, .machine = machine, .cgroups = {}, .ring_ns = std::nullopt});
    EXPECT_TRUE(sink);
    Session session(std::make_unique<TeeSource>(std::make_unique<KernelSource>(kernel, kSecond), **sink));
    EXPECT_TRUE(session.start());
    Drifts out;
    for (int i = 0; i < 60; ++i) {
        const Snapshot s = session.model().snapshot({.max_stacks = 0, .objects = false});
        const bool settled = session.model().agreement() == Agreement::kEqual;
        EXPECT_TRUE((*sink)->sample({.kernel = kernel.now(), .unix_ns = 1}, settled, s.anomalies.drift_events));
        out.emplace_back(s.drift.any(), s.anomalies.drift_events);
        if (i == 20) {
            kernel.drop_next([](const Event& event) { return std::holds_alternative<AllocEvent>(event); });
        }
        EXPECT_TRUE(session.refresh());
    }
    EXPECT_TRUE((*sink)->finish({.kernel = kernel.now(), .unix_ns = 1}));
    return out;
}

TEST_P(ReplayMoments, ADriftThatWasSeenLiveIsSeenThere) {
    const Drifts live = record_with_a_hole(path_, GetParam());
    ASSERT_GT(live.back().second, 0U);
    open();
    KernelNs time = source_->begin();
    for (std::size_t i = 1; i < live.size(); ++i) {
        time = source_->after(time);
        const Snapshot s = at(time);
        EXPECT_EQ(s.drift.any(), live[i].first) << "moment " << i;
        EXPECT_EQ(s.anomalies.drift_events, live[i].second) << "moment " << i;
    }
}

} // namespace
} // namespace kfence
