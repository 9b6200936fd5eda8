// SPDX-License-Identifier: Apache-2.0
// A replay shows what was seen live, at every moment, whichever way it was reached.
#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../store/support.h"
#include "kernel_source.h"
#include "store/replay_source.h"
#include "tools/common/player.h"
#include "tools/common/session.h"
#include "tools/trace/record_file.h"
#include "tools/trace/tee_source.h"

namespace kfence {
namespace {

using test::FakeKernel;
using test::KernelSource;
using testing::HasSubstr;

constexpr std::uint64_t kSecond = 1'000'000'000;

/// What a picture shows, by the names of things.
std::string describe(const Session& session, const Names& names) {
    const Snapshot s = session.model().snapshot({.max_stacks = 1000, .objects = true});
    std::string out = fmt::format("{} of {}, {} zombies, {} lost, drift {} {}\n", s.pool.allocated, s.pool.objects,
                                  s.pool.zombies, s.losses.total(), s.drift.any(), s.drift.settled);
    if (s.counters) {
        out += fmt::format("counters {} {} {}\n", s.counters->allocated, s.counters->allocs, s.counters->frees);
    }
    for (const ObjectUse& object : s.objects) {
        const Stack& stack = names.stack_of(object.alloc_stack);
        out += fmt::format("slot {} {} {} {} {} {} {}\n", object.slot, to_string(object.state),
                           names.cache_name(object.cache), object.size, object.allocated_at, object.freed_at,
                           stack.frames.empty() ? "" : names.frame(stack, 0));
    }
    std::vector<std::string> caches;
    for (const CacheUse& use : s.caches) {
        caches.push_back(
            fmt::format("cache {} {} {} {}\n", names.cache_name(use.cache), use.allocated, use.allocs, use.frees));
    }
    std::ranges::sort(caches);
    for (const std::string& cache : caches) {
        out += cache;
    }
    return out;
}

/// A recording, and what was seen while it was made, by time.
class Replay : public testing::TestWithParam<std::uint64_t> {
protected:
    void record(std::size_t ring = 0) {
        FakeKernel kernel({.zombie_share = 0.01, .double_free_share = 0}, GetParam());
        MachineInfo machine = test::machine();
        machine.started.kernel = kernel.now();
        auto sink = RecordFile::create({.path = path_, .machine = machine, .cgroups = {}, .ring_ns = std::nullopt});
        ASSERT_TRUE(sink);
        auto from = std::make_unique<KernelSource>(kernel, kSecond);
        Names& names = from->names();
        Session session(std::make_unique<TeeSource>(std::move(from), **sink));
        ASSERT_TRUE(session.start());
        for (int i = 0; i < 40; ++i) {
            const bool settled = session.model().agreement() == Agreement::kEqual;
            ASSERT_TRUE((*sink)->sample({.kernel = kernel.now(), .unix_ns = 1}, settled, 0));
            if (settled) {
                seen_[i] = describe(session, names);
            }
            kernel.set_ring(i == 15 ? ring : 0);
            ASSERT_TRUE(i == 39 || session.refresh()); // what came after the last sample would be one more moment
        }
        ASSERT_TRUE((*sink)->finish({.kernel = kernel.now(), .unix_ns = 1}));
    }

    void open() {
        auto source = ReplaySource::open(path_, {});
        ASSERT_TRUE(source) << source.error().message;
        source_ = source->get();
        session_ = std::make_unique<Session>(std::move(*source));
        ASSERT_TRUE(session_->start());
        for (KernelNs time = source_->begin();; time = source_->after(time)) {
            times_.push_back(time);
            if (time == source_->end()) {
                break;
            }
        }
    }

    /// Compares with what was seen there, if it was settled then.
    void expect_as_seen(int moment) {
        ASSERT_EQ(source_->position(), times_.at(static_cast<std::size_t>(moment)));
        if (const auto seen = seen_.find(moment); seen != seen_.end()) {
            EXPECT_EQ(describe(*session_, source_->names()), seen->second) << "moment " << moment;
        }
    }

    test::Folder folder_;
    std::string path_ = folder_.file("a");
    std::map<int, std::string> seen_;
    ReplaySource* source_ = nullptr;
    std::unique_ptr<Session> session_;
    std::vector<KernelNs> times_;
};
INSTANTIATE_TEST_SUITE_P(Seeds, Replay, testing::Range<std::uint64_t>(1, 7));

TEST_P(Replay, EachMomentIsAsItWasSeen) {
    record();
    open();
    ASSERT_EQ(times_.size(), 40U);
    EXPECT_GT(seen_.size(), 30U);
    Player player(*session_);
    for (int moment = 1; moment < 40; ++moment) {
        ASSERT_TRUE(player.go_to(times_[static_cast<std::size_t>(moment)]));
        expect_as_seen(moment);
    }
    EXPECT_TRUE(session_->finished());
}

TEST_P(Replay, BackAndForth) {
    record();
    open();
    Player player(*session_);
    for (const int moment : {39, 3, 20, 19, 21, 1, 39}) {
        ASSERT_TRUE(player.go_to(times_[static_cast<std::size_t>(moment)]));
        expect_as_seen(moment);
    }
}

TEST_P(Replay, ALossIsSeenAsItWas) {
    record(5);
    open();
    Player player(*session_);
    ASSERT_TRUE(player.go_to(source_->end()));
    EXPECT_GT(session_->model().snapshot().losses.total(), 0U);
    EXPECT_EQ(session_->model().snapshot().anomalies.drift_events, 0U);
    expect_as_seen(39);
}

TEST(ReplayFile, OfSeveralMachinesWantsOneNamed) {
    const test::Folder folder;
    {
        TraceWriter writer = test::writer(folder.file("a"));
        ASSERT_TRUE(writer.add_machine(test::machine("second")));
        ASSERT_TRUE(writer.finish({}));
    }
    const auto none = ReplaySource::open(folder.file("a"), {});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(none.error().message, HasSubstr("holds 2 machines"));
    const auto second = ReplaySource::open(folder.file("a"), "second");
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ((*second)->info().host, "second");
    EXPECT_FALSE(ReplaySource::open(folder.file("a"), "third"));
}

TEST(ReplayFile, WithoutCountersHasMomentsAllTheSame) {
    const test::Folder folder;
    Names names;
    {
        TraceWriter writer = test::writer(folder.file("a"));
        ASSERT_TRUE(writer.write(test::small_story(names), names));
        ASSERT_TRUE(writer.finish({}));
    }
    auto source = ReplaySource::open(folder.file("a"), {});
    ASSERT_TRUE(source);
    EXPECT_FALSE((*source)->info().has_counters);
    EXPECT_EQ((*source)->begin(), 100 * kSecond);
    EXPECT_EQ((*source)->end(), 105 * kSecond);
    Session session(std::move(*source));
    ASSERT_TRUE(session.start());
    Player player(session);
    ASSERT_TRUE(player.go_to(102 * kSecond));
    EXPECT_EQ(session.model().snapshot().pool.allocated, 3U);
    ASSERT_TRUE(player.go_to(105 * kSecond));
    EXPECT_EQ(session.model().snapshot().pool.allocated, 1U);
}

TEST(ReplayFile, ReportsAreFound) {
    const test::Folder folder;
    Names names;
    {
        TraceWriter writer = test::writer(folder.file("a"));
        for (KernelNs t = 10; t < 20; ++t) {
            CountersEvent counters;
            counters.time = t * kSecond;
            ReportEvent report;
            report.time = counters.time - kSecond / 2;
            std::vector<Event> events{counters};
            if (t == 13 || t == 17) {
                events.insert(events.begin(), report);
            }
            ASSERT_TRUE(writer.write(events, names));
            ASSERT_TRUE(writer.sample(0, true));
        }
        ASSERT_TRUE(writer.finish({}));
    }
    auto source = ReplaySource::open(folder.file("a"), {});
    ASSERT_TRUE(source);
    EXPECT_EQ((*source)->next_report(10 * kSecond), 13 * kSecond);
    EXPECT_EQ((*source)->next_report(13 * kSecond), 17 * kSecond);
    EXPECT_EQ((*source)->next_report(17 * kSecond), std::nullopt);
    EXPECT_EQ((*source)->previous_report(19 * kSecond), 17 * kSecond);
    EXPECT_EQ((*source)->previous_report(17 * kSecond), 13 * kSecond);
    EXPECT_EQ((*source)->previous_report(13 * kSecond), std::nullopt);
}

} // namespace
} // namespace kfence
