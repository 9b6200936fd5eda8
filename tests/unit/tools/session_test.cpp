// SPDX-License-Identifier: Apache-2.0
// A session over a fake kernel: when it drains, walks, reads again and gives up.
#include "tools/common/session.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "../model/fake_kernel.h"

namespace kfence {
namespace {

using test::FakeKernel;
using test::FakeKernelOptions;

constexpr std::uint64_t kSecond = 1'000'000'000;

class FakeSource : public Source {
public:
    explicit FakeSource(const FakeKernelOptions& options) : kernel(options, 1) {}

    const SourceInfo& info() const noexcept override { return source_info; }
    Names& names() noexcept override { return table; }
    int wait_fd() const noexcept override { return -1; }
    Result<bool> drain(EventBatch& out, std::size_t max_events) override {
        largest_budget = std::max(largest_budget, max_events);
        out.insert(out.end(), extra.begin(), extra.end());
        extra.clear();
        if (!source_info.complete_stream) {
            return true;
        }
        return kernel.drain(out, max_events);
    }
    Result<void> read_counters(EventBatch& out) override {
        ++counter_reads;
        kernel.read_counters(out);
        if (wrong_allocs > 0) {
            auto& counters = std::get<CountersEvent>(out.back());
            counters.allocs += wrong_allocs;
            counters.allocated += wrong_allocs;
        }
        return {};
    }
    Result<void> read_state(EventBatch& out) override {
        kernel.read_losses(out);
        out.emplace_back(SettingsEvent{.time = kernel.now(),
                                       .sample_interval_ms = pool_exists ? 100U : 0U,
                                       .skip_covered_thresh = 75,
                                       .burst = 0,
                                       .deferrable = false});
        return {};
    }
    Result<void> walk(EventBatch& out) override {
        ++walks;
        if (!walk_error.empty()) {
            return fail(ErrorKind::kFailed, walk_error);
        }
        if (!pool_exists) {
            out.emplace_back(WalkEvent{.time = kernel.now(), .objects = 0});
            return {};
        }
        kernel.walk(out);
        return {};
    }
    KernelNs now() override { return kernel.now(); }
    bool finished() const noexcept override { return ended; }

    FakeKernel kernel;
    SourceInfo source_info{
        .host = "h", .kernel = "6.12", .backend = "sim", .blind = {}, .complete_stream = true, .has_counters = true};
    Names table;
    int counter_reads = 0;
    int walks = 0;
    std::size_t largest_budget = 0;
    std::uint64_t wrong_allocs = 0;
    std::string walk_error;
    EventBatch extra; ///< delivered by the next drain
    bool pool_exists = true;
    bool ended = false;
};

struct Fixture {
    explicit Fixture(const FakeKernelOptions& options) {
        auto owned = std::make_unique<FakeSource>(options);
        source = owned.get();
        source->kernel.advance(2 * kSecond);
        EventBatch before;
        source->kernel.drain(before, 1'000'000);
        make(std::move(owned));
    }
    void make(std::unique_ptr<FakeSource> owned) { pending = std::move(owned); }
    /// The session reads the source's info when it is made.
    Session& start() {
        session = std::make_unique<Session>(std::move(pending));
        const Result<void> r = session->start();
        EXPECT_TRUE(r.has_value());
        return *session;
    }
    void refresh_after(std::uint64_t ns) {
        source->kernel.advance(ns);
        ASSERT_TRUE(session->refresh().has_value());
    }
    [[nodiscard]] Snapshot snapshot() const { return session->model().snapshot({.max_stacks = 8, .objects = true}); }

    FakeSource* source = nullptr;
    std::unique_ptr<FakeSource> pending;
    std::unique_ptr<Session> session;
};

std::uint32_t truly_allocated(const FakeKernel& kernel) {
    std::uint32_t count = 0;
    for (const FakeKernel::Truth& slot : kernel.truth()) {
        count += slot.state == SlotState::kUnused || slot.state == SlotState::kFreed ? 0 : 1;
    }
    return count;
}

TEST(Session, StartBringsTheWholePool) {
    Fixture f({.allocs_per_s = 50});
    f.source->kernel.stop_allocating();
    Session& session = f.start();
    EXPECT_EQ(session.model().agreement(), Agreement::kEqual);
    EXPECT_EQ(f.source->walks, 1);
    const Snapshot s = f.snapshot();
    EXPECT_EQ(s.pool.objects, 64U);
    EXPECT_EQ(s.pool.allocated, truly_allocated(f.source->kernel));
    EXPECT_GT(s.pool.allocated, 0U);
    EXPECT_FALSE(s.rates.actual.has_value());
    EXPECT_EQ(s.settings.sample_interval_ms, 100U);
}

TEST(Session, ARefreshHasRatesAndNoDrift) {
    Fixture f({.allocs_per_s = 50});
    f.start();
    for (int i = 0; i < 20; ++i) {
        f.refresh_after(kSecond);
        const Snapshot s = f.snapshot();
        EXPECT_TRUE(s.rates.actual.has_value());
        EXPECT_EQ(s.drift.allocated, 0);
        EXPECT_EQ(s.drift.allocs, 0);
        EXPECT_EQ(s.drift.frees, 0);
    }
    EXPECT_EQ(f.source->walks, 1) << "nothing asked for another one";
}

TEST(Session, PumpIsBounded) {
    Fixture f({.allocs_per_s = 50});
    Session& session = f.start();
    f.source->largest_budget = 0;
    ASSERT_TRUE(session.pump().has_value());
    EXPECT_GT(f.source->largest_budget, 0U);
    EXPECT_LE(f.source->largest_budget, 50'000U);
}

TEST(Session, GivesUpComparingAndFindsTheDriftLater) {
    Fixture f({.allocs_per_s = 0});
    Session& session = f.start();
    for (int i = 0; i < 6; ++i) {
        f.refresh_after(kSecond);
    }
    f.source->wrong_allocs = 1;
    f.source->counter_reads = 0;
    f.refresh_after(kSecond);
    EXPECT_EQ(session.model().agreement(), Agreement::kPossible);
    EXPECT_EQ(f.source->counter_reads, 8);
    EXPECT_FALSE(f.snapshot().drift.any());
    f.refresh_after(kSecond);
    EXPECT_TRUE(f.snapshot().drift.any());
    EXPECT_EQ(f.source->walks, 2) << "a drift is answered by a walk";
}

TEST(Session, ALossIsAnsweredByAWalk) {
    Fixture f({.allocs_per_s = 200, .mean_lifetime_ns = 50'000'000, .ring = 100});
    Session& session = f.start();
    f.refresh_after(2 * kSecond);
    Snapshot s = f.snapshot();
    EXPECT_GT(s.losses.of(LossCause::kRingFull), 0U);
    EXPECT_EQ(s.losses.resyncs, 1U);
    EXPECT_EQ(f.source->walks, 2);
    EXPECT_FALSE(s.drift.any());
    EXPECT_EQ(s.drift.allocated, 0) << "compared again after the walk";
    f.source->kernel.stop_allocating();
    f.source->kernel.set_ring(0);
    f.refresh_after(2 * kSecond);
    f.refresh_after(2 * kSecond);
    EXPECT_EQ(session.model().agreement(), Agreement::kEqual);
    EXPECT_EQ(f.snapshot().pool.allocated, truly_allocated(f.source->kernel));
}

TEST(Session, WalksAtMostOnceASecond) {
    Fixture f({.allocs_per_s = 2'000, .mean_lifetime_ns = 10'000'000, .ring = 20});
    f.start();
    for (int i = 0; i < 20; ++i) {
        f.refresh_after(kSecond / 10);
    }
    EXPECT_LE(f.source->walks, 4);
    EXPECT_GE(f.source->walks, 2);
}

TEST(Session, FindsAPoolThatComesLate) {
    Fixture f({.allocs_per_s = 50});
    f.source->pool_exists = false;
    Session& session = f.start();
    EXPECT_FALSE(session.model().has_pool());
    f.source->pool_exists = true;
    f.refresh_after(kSecond);
    f.refresh_after(kSecond);
    EXPECT_TRUE(session.model().has_pool());
    EXPECT_EQ(f.snapshot().pool.objects, 64U);
    EXPECT_FALSE(f.snapshot().drift.any());
}

TEST(Session, PollWalksOnEveryRefresh) {
    Fixture f({.allocs_per_s = 20, .zombie_share = 0.02});
    f.source->source_info.complete_stream = false;
    Session& session = f.start();
    for (int i = 0; i < 20; ++i) {
        const int walks = f.source->walks;
        f.refresh_after(kSecond);
        EXPECT_GT(f.source->walks, walks);
        EXPECT_EQ(f.snapshot().drift.allocated, 0);
        EXPECT_FALSE(f.snapshot().drift.allocs.has_value());
    }
    f.source->kernel.stop_allocating();
    f.refresh_after(kSecond);
    EXPECT_EQ(session.model().agreement(), Agreement::kEqual);
    EXPECT_EQ(f.snapshot().pool.allocated, truly_allocated(f.source->kernel));
    EXPECT_TRUE(f.snapshot().rates.actual.has_value());
}

TEST(Session, NoCountersAreReadWhereThereAreNone) {
    Fixture f({.allocs_per_s = 50});
    f.source->source_info.has_counters = false;
    Session& session = f.start();
    f.refresh_after(kSecond);
    EXPECT_EQ(f.source->counter_reads, 0);
    EXPECT_EQ(session.model().agreement(), Agreement::kUnknown);
    EXPECT_FALSE(f.snapshot().drift.allocated.has_value());
    EXPECT_TRUE(f.snapshot().rates.actual.has_value());
}

TEST(Session, AnErrorOfTheSourceComesOut) {
    Fixture f({.allocs_per_s = 50});
    f.source->walk_error = "the metadata cannot be read";
    Session session(std::move(f.pending));
    const Result<void> r = session.start();
    ASSERT_FALSE(r.has_value());
    EXPECT_EQ(r.error().message, "the metadata cannot be read");
}

TEST(Session, EndsWithItsSource) {
    Fixture f({.allocs_per_s = 0});
    Session& session = f.start();
    EXPECT_FALSE(session.finished());
    f.source->ended = true;
    EXPECT_TRUE(session.finished());
}

TEST(Session, ForgetsStacksThatNothingUses) {
    Fixture f({.allocs_per_s = 50});
    f.start();
    const auto resolve = [](std::uint64_t a) { return fmt::format("f{}+0x1/0x2", a % 100); };
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        static_cast<void>(f.source->table.stack(std::vector<std::uint64_t>{i, i + 1}, resolve));
    }
    f.refresh_after(kSecond);
    EXPECT_LT(f.source->table.stack_count(), 100U);
    EXPECT_GT(f.source->table.stack_count(), 0U) << "those of the objects in the pool";
}

TEST(Session, OneWalkMayFail) {
    Fixture f({.allocs_per_s = 2'000, .mean_lifetime_ns = 10'000'000, .ring = 20});
    f.start();
    f.source->walk_error = "the metadata cannot be read";
    f.refresh_after(kSecond); // events were lost, so it tries to walk
    EXPECT_EQ(f.source->walks, 2);
    f.source->walk_error.clear();
    f.refresh_after(kSecond);
    EXPECT_EQ(f.source->walks, 3);
    EXPECT_GT(f.snapshot().losses.resyncs, 0U);
}

TEST(Session, WalksThatFailAgainAndAgainEndIt) {
    for (const bool complete_stream : {true, false}) {
        Fixture f({.allocs_per_s = 2'000, .mean_lifetime_ns = 10'000'000, .ring = 20});
        f.source->source_info.complete_stream = complete_stream;
        Session& session = f.start();
        f.source->walk_error = "the metadata cannot be read";
        for (int i = 0; i < 4; ++i) {
            f.refresh_after(kSecond);
        }
        f.source->kernel.advance(kSecond);
        const Result<void> r = session.refresh();
        ASSERT_FALSE(r.has_value());
        EXPECT_EQ(r.error().message, "the metadata cannot be read");
    }
}

TEST(Session, FoldsCachesThatNothingUses) {
    Fixture f({.allocs_per_s = 50});
    f.start();
    for (int i = 0; i < 64; ++i) { // the ids that the fake kernel uses
        static_cast<void>(f.source->table.cache(fmt::format("cache-{}", i)));
    }
    EventBatch events;
    for (std::uint32_t i = 0; i < 2'000; ++i) {
        const CacheId cache = f.source->table.cache(fmt::format("short-lived-{}", i));
        events.emplace_back(
            SkipEvent{.time = 0, .cache = cache, .size = 8, .reason = SkipReason::kUnknown, .count = 2});
    }
    f.source->extra = std::move(events);
    f.refresh_after(kSecond);
    EXPECT_LT(f.source->table.cache_count(), 70U);
    const CacheId other = f.source->table.cache(kOtherCaches);
    std::uint64_t refused = 0;
    for (const CacheUse& use : f.snapshot().caches) {
        refused += use.cache == other ? use.refused : 0;
    }
    EXPECT_EQ(refused, 4'000U);
}

} // namespace
} // namespace kfence
