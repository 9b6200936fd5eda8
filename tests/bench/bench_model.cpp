// SPDX-License-Identifier: Apache-2.0
// How fast the model takes events, and how long a snapshot of the largest pool takes.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <random>
#include <vector>

#include "model/pool_model.h"

namespace {

using namespace kfence;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kCaches = 300;
constexpr std::uint32_t kStacks = 8'000;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// A pool under load: allocations and frees of random objects, slots reused first in, first out.
class Workload {
public:
    explicit Workload(std::uint32_t objects) : allocated_at_(objects) {
        for (Slot slot = 0; slot < objects; ++slot) {
            free_.push_back(slot);
        }
    }

    EventBatch make(std::size_t count, double alloc_share) {
        EventBatch batch;
        batch.reserve(count);
        while (batch.size() < count) {
            now_ += 1 + random_() % 2000;
            const bool alloc = std::uniform_real_distribution<double>(0, 1)(random_) < alloc_share;
            if ((alloc && !free_.empty()) || live_.empty()) {
                batch.emplace_back(this->alloc());
            } else {
                batch.emplace_back(this->free());
            }
        }
        return batch;
    }

    [[nodiscard]] KernelNs now() const { return now_; }

private:
    AllocEvent alloc() {
        const Slot slot = free_.front();
        free_.pop_front();
        live_.push_back(slot);
        allocated_at_[slot] = now_;
        const auto stack = static_cast<std::uint32_t>(random_() % kStacks);
        return {.time = now_,
                .slot = slot,
                .size = 64,
                .cache = static_cast<CacheId>(1 + stack % kCaches),
                .stack = static_cast<StackId>(1 + stack),
                .task = {}};
    }

    FreeEvent free() {
        std::swap(live_[random_() % live_.size()], live_.back());
        const Slot slot = live_.back();
        live_.pop_back();
        free_.push_back(slot);
        return {.time = now_,
                .allocated_at = allocated_at_[slot],
                .slot = slot,
                .stack = StackId{kStacks + 1},
                .task = {},
                .rcu_deferred = false};
    }

    std::mt19937_64 random_{42};
    KernelNs now_ = 1'000'000'000;
    std::deque<Slot> free_;
    std::vector<Slot> live_;
    std::vector<KernelNs> allocated_at_;
};

void events_per_second(std::uint32_t objects) {
    Workload workload(objects);
    PoolModel model;
    model.apply(EventBatch{WalkEvent{.time = 0, .objects = objects}});
    constexpr std::size_t kBatch = 20'000;
    constexpr std::size_t kRounds = 200;
    double busy = 0;
    for (std::size_t i = 0; i < kRounds; ++i) {
        const EventBatch batch = workload.make(kBatch, 0.5);
        const auto begin = Clock::now();
        model.apply(batch);
        busy += seconds_since(begin);
    }
    std::printf("model, %5u objects: %.1f million events/s\n", objects, kBatch * kRounds / busy / 1e6);
}

void snapshot_time() {
    constexpr std::uint32_t kObjects = 65'535;
    Workload workload(kObjects);
    PoolModel model;
    model.apply(EventBatch{WalkEvent{.time = 0, .objects = kObjects}});
    model.apply(workload.make(kObjects, 1.0));
    model.tick(workload.now());
    double best = 1e9;
    std::size_t seen = 0;
    for (int i = 0; i < 30; ++i) {
        const auto begin = Clock::now();
        const Snapshot s = model.snapshot();
        best = std::min(best, seconds_since(begin));
        seen += s.pool.allocated + s.stacks.size();
    }
    const auto begin = Clock::now();
    seen += model.snapshot({.max_stacks = 64, .objects = true}).objects.size();
    const double with_objects = seconds_since(begin);
    std::printf("snapshot, %u live objects, %u caches, %u stacks: %.2f ms (with objects %.2f ms)%s\n", kObjects,
                kCaches, kStacks, best * 1e3, with_objects * 1e3, seen == 0 ? "?" : "");
}

} // namespace

int main() {
    std::printf("size of an event: %zu bytes\n", sizeof(Event));
    events_per_second(255);
    events_per_second(65'535);
    snapshot_time();
    return 0;
}
