// SPDX-License-Identifier: Apache-2.0
// The model against a kernel that goes on while it is read: never a drift that is none, never one that is hidden,
// and the same pool in the end.
#include <gtest/gtest.h>

#include "fake_kernel.h"
#include "model/pool_model.h"

namespace kfence {
namespace {

using test::FakeKernel;
using test::FakeKernelOptions;

constexpr std::uint64_t kSecond = 1'000'000'000;

/// What a session does, without its sleeps.
class Reader {
public:
    explicit Reader(FakeKernel& kernel) : kernel_(kernel) {
        drain();
        model_.tick(kernel_.now());
        resync();
    }

    void refresh() {
        drain();
        model_.tick(kernel_.now());
        state();
        compare();
        if (model_.agreement() == Agreement::kDrift) {
            state();
        }
        if (model_.needs_walk()) {
            resync();
        }
    }

    void walk() {
        kernel_.walk(batch_);
        apply();
    }

    void set_budget(std::size_t events) { budget_ = events; }
    [[nodiscard]] const PoolModel& model() const { return model_; }
    [[nodiscard]] Snapshot snapshot() const { return model_.snapshot({.max_stacks = 8, .objects = true}); }

private:
    void apply() {
        model_.apply(batch_);
        batch_.clear();
    }
    void drain() {
        const bool complete = kernel_.drain(batch_, budget_);
        apply();
        model_.drained(complete);
    }
    void state() {
        kernel_.read_losses(batch_);
        apply();
    }
    void compare() {
        for (int attempt = 0; attempt < 8; ++attempt) {
            if (attempt > 0) {
                kernel_.advance(200'000);
                drain();
            }
            kernel_.read_counters(batch_);
            apply();
            if (model_.agreement() != Agreement::kPossible) {
                return;
            }
        }
    }
    void resync() {
        drain();
        walk();
        drain();
        compare();
    }

    FakeKernel& kernel_;
    PoolModel model_;
    EventBatch batch_;
    std::size_t budget_ = 200'000;
};

void expect_truth(const FakeKernel& kernel, const Snapshot& snapshot) {
    const auto truth = kernel.truth();
    std::uint32_t occupied = 0;
    std::size_t next = 0;
    ASSERT_EQ(snapshot.pool.objects, truth.size());
    for (Slot slot = 0; slot < truth.size(); ++slot) {
        if (truth[slot].state == SlotState::kUnused) {
            continue;
        }
        ASSERT_LT(next, snapshot.objects.size());
        const ObjectUse& object = snapshot.objects[next++];
        ASSERT_EQ(object.slot, slot);
        EXPECT_EQ(object.state, truth[slot].state) << "slot " << slot;
        EXPECT_EQ(object.allocated_at, truth[slot].allocated_at) << "slot " << slot;
        EXPECT_EQ(object.cache, truth[slot].cache) << "slot " << slot;
        EXPECT_EQ(object.alloc_stack, truth[slot].stack) << "slot " << slot;
        occupied += truth[slot].state == SlotState::kFreed ? 0 : 1;
    }
    EXPECT_EQ(next, snapshot.objects.size());
    EXPECT_EQ(snapshot.pool.allocated, occupied);
}

void settle(FakeKernel& kernel, Reader& reader) {
    kernel.stop_allocating();
    kernel.set_ring(0);
    reader.set_budget(10'000'000);
    for (int i = 0; i < 3; ++i) {
        kernel.advance(kSecond);
        reader.refresh();
    }
}

struct Load {
    const char* name;
    FakeKernelOptions kernel;
    int refreshes;
    std::size_t budget;
};

std::ostream& operator<<(std::ostream& out, const Load& load) {
    return out << load.name;
}

class NoFalseDrift : public testing::TestWithParam<std::tuple<Load, std::uint64_t>> {};

TEST_P(NoFalseDrift, AndTheTruthInTheEnd) {
    const auto& [load, seed] = GetParam();
    FakeKernel kernel(load.kernel, seed);
    kernel.advance(2 * kSecond); // objects older than the reader
    EventBatch before;
    kernel.drain(before, 1'000'000);
    kernel.read_losses(before);
    Reader reader(kernel);
    reader.set_budget(load.budget);
    std::mt19937_64 random(seed + 1);
    std::uint64_t settled = 0;
    for (int i = 0; i < load.refreshes; ++i) {
        kernel.advance(kSecond / 2 + random() % kSecond);
        if (random() % 10 == 0) {
            reader.walk();
        }
        reader.refresh();
        const Snapshot s = reader.snapshot();
        ASSERT_FALSE(s.drift.any()) << "refresh " << i << ": " << s.drift.allocated.value_or(0) << " "
                                    << s.drift.allocs.value_or(0) << " " << s.drift.frees.value_or(0);
        ASSERT_EQ(s.anomalies.drift_events, 0U) << "refresh " << i;
        settled += s.drift.settled ? 1 : 0;
    }
    if (load.kernel.allocs_per_s < 1000 && load.kernel.preempted_share < 0.01) {
        EXPECT_GT(settled, static_cast<std::uint64_t>(load.refreshes) * 8 / 10);
        EXPECT_LE(reader.snapshot().anomalies.missed_frees, 1U); // under way when the reader attached
    }
    if (load.kernel.ring > 0) {
        EXPECT_GT(reader.snapshot().losses.of(LossCause::kRingFull), 0U);
        EXPECT_GT(reader.snapshot().losses.resyncs, 0U);
    }
    settle(kernel, reader);
    EXPECT_EQ(reader.model().agreement(), Agreement::kEqual);
    EXPECT_TRUE(reader.snapshot().drift.settled);
    EXPECT_EQ(reader.snapshot().anomalies.drift_events, 0U);
    expect_truth(kernel, reader.snapshot());
}

const Load kLoads[] = {
    {"quiet", {.objects = 255, .allocs_per_s = 2}, 400, 200'000},
    {"usual", {.objects = 255, .allocs_per_s = 50, .zombie_share = 0.0005}, 400, 200'000},
    {"busy", {.objects = 255, .allocs_per_s = 600, .mean_lifetime_ns = 100'000'000}, 200, 200'000},
    {"starved", {.objects = 16, .allocs_per_s = 500, .mean_lifetime_ns = 50'000'000}, 200, 200'000},
    {"flood", {.objects = 255, .allocs_per_s = 40'000, .mean_lifetime_ns = 3'000'000}, 4, 200'000},
    {"flood behind", {.objects = 255, .allocs_per_s = 40'000, .mean_lifetime_ns = 3'000'000}, 4, 5'000},
    {"small ring", {.objects = 255, .allocs_per_s = 1'000, .mean_lifetime_ns = 20'000'000, .ring = 600}, 100, 200'000},
    {"stuck tasks", {.objects = 64, .allocs_per_s = 100, .preempted_share = 0.05}, 300, 200'000},
};

INSTANTIATE_TEST_SUITE_P(Loads, NoFalseDrift, testing::Combine(testing::ValuesIn(kLoads), testing::Values(1U, 2U, 3U)));

enum class Dropped { kAlloc, kFree };

class HiddenLoss : public testing::TestWithParam<std::tuple<Dropped, double, std::uint64_t>> {};

TEST_P(HiddenLoss, IsFoundAndMended) {
    const auto& [dropped, rate, seed] = GetParam();
    FakeKernel kernel({.objects = 255, .allocs_per_s = rate, .double_free_share = 0}, seed);
    kernel.advance(2 * kSecond);
    EventBatch before;
    kernel.drain(before, 1'000'000);
    Reader reader(kernel);
    for (int i = 0; i < 30; ++i) {
        kernel.advance(kSecond);
        reader.refresh();
        ASSERT_FALSE(reader.snapshot().drift.any());
    }
    const bool alloc = dropped == Dropped::kAlloc;
    kernel.drop_next([alloc](const Event& e) {
        return alloc ? std::holds_alternative<AllocEvent>(e) : std::holds_alternative<FreeEvent>(e);
    });
    // An object that is lost and ends within its refresh leaves the pool right: the totals tell.
    int refreshes = 0;
    while (refreshes < 40 && reader.snapshot().anomalies.drift_events == 0) {
        kernel.advance(kSecond);
        reader.refresh();
        ++refreshes;
        if (reader.snapshot().anomalies.drift_events > 0) {
            EXPECT_TRUE(reader.snapshot().drift.any());
        }
    }
    EXPECT_TRUE(kernel.dropped());
    EXPECT_EQ(reader.snapshot().anomalies.drift_events, 1U) << "after " << refreshes << " refreshes";
    for (int i = 0; i < 10; ++i) {
        kernel.advance(kSecond);
        reader.refresh();
        EXPECT_FALSE(reader.snapshot().drift.any()) << i;
    }
    settle(kernel, reader);
    EXPECT_EQ(reader.model().agreement(), Agreement::kEqual);
    EXPECT_EQ(reader.snapshot().anomalies.drift_events, 1U);
    expect_truth(kernel, reader.snapshot());
}

INSTANTIATE_TEST_SUITE_P(Rates, HiddenLoss,
                         testing::Combine(testing::Values(Dropped::kAlloc, Dropped::kFree),
                                          testing::Values(1.0, 10.0, 60.0), testing::Values(11U, 12U, 13U)));

} // namespace
} // namespace kfence
