// SPDX-License-Identifier: Apache-2.0
#include "fake_kernel.h"

#include <cmath>
#include <utility>

namespace kfence::test {

FakeKernel::FakeKernel(const FakeKernelOptions& options, std::uint64_t seed)
    : options_(options), random_(seed), slots_(options.objects) {
    for (Slot slot = 0; slot < options.objects; ++slot) {
        freelist_.push_back(slot);
    }
    next_arrival_ = now_;
}

void FakeKernel::after(std::uint64_t ns, std::function<void()> what) {
    due_.emplace(now_ + ns, std::move(what));
}

void FakeKernel::soon(std::function<void()> what) {
    const bool preempted = chance() < options_.preempted_share;
    after(preempted ? between(1'000'000, 60'000'000) : between(500, 20'000), std::move(what));
}

void FakeKernel::advance(std::uint64_t ns) {
    const KernelNs end = now_ + ns;
    while (true) {
        const bool arrival =
            options_.allocs_per_s > 0 && next_arrival_ <= end && (due_.empty() || next_arrival_ <= due_.begin()->first);
        if (arrival) {
            now_ = std::max(now_, next_arrival_);
            arrive();
        } else if (!due_.empty() && due_.begin()->first <= end) {
            now_ = std::max(now_, due_.begin()->first);
            const auto what = std::move(due_.begin()->second);
            due_.erase(due_.begin());
            what();
        } else {
            break;
        }
    }
    now_ = end;
}

void FakeKernel::emit(Event event) {
    if (drop_ && drop_(event)) {
        drop_ = nullptr;
    } else if (options_.ring > 0 && ring_.size() >= options_.ring) {
        ++lost_;
    } else {
        ring_.push_back(std::move(event));
    }
}

void FakeKernel::arrive() {
    const double gap = std::exponential_distribution<double>(options_.allocs_per_s)(random_);
    next_arrival_ = now_ + 1 + static_cast<std::uint64_t>(gap * 1e9);
    start_alloc();
}

void FakeKernel::start_alloc() {
    if (freelist_.empty()) {
        ++skip_capacity_;
        return;
    }
    const Slot slot = freelist_.front();
    freelist_.pop_front();
    Meta& meta = slots_[slot];
    meta = Meta{};
    meta.on_freelist = false;
    meta.state = SlotState::kAllocated;
    meta.allocated_at = now_;
    meta.cache = static_cast<CacheId>(between(1, 12));
    meta.alloc_stack = static_cast<StackId>(between(1, 40));
    meta.size = static_cast<std::uint32_t>(between(8, 512));
    AllocEvent event{.time = meta.allocated_at,
                     .slot = slot,
                     .size = meta.size,
                     .cache = meta.cache,
                     .stack = meta.alloc_stack,
                     .task = {}};
    soon([this, slot, event] {
        ++allocated_;
        ++allocs_;
        soon([this, slot, event] {
            emit(event);
            const double life = std::exponential_distribution<double>(1.0)(random_);
            after(static_cast<std::uint64_t>(life * static_cast<double>(options_.mean_lifetime_ns)),
                  [this, slot] { end_object(slot); });
        });
    });
}

void FakeKernel::end_object(Slot slot) {
    Meta& meta = slots_[slot];
    if (chance() < options_.zombie_share) {
        start_zombie(slot);
    } else if (chance() < options_.rcu_share) {
        meta.state = SlotState::kRcuFreeing;
        emit(RcuFreeingEvent{
            .time = now_, .allocated_at = meta.allocated_at, .slot = slot, .stack = StackId{7}, .task = {}});
        after(between(1'000'000, 30'000'000), [this, slot] { start_free(slot, true); });
    } else {
        start_free(slot, false);
    }
}

void FakeKernel::start_free(Slot slot, bool deferred) {
    const FreeEvent event{.time = now_,
                          .allocated_at = slots_[slot].allocated_at,
                          .slot = slot,
                          .stack = StackId{8},
                          .task = {},
                          .rcu_deferred = deferred};
    emit(event);
    if (chance() < options_.double_free_share) {
        emit(event); // two frees raced; the kernel reports the second one and frees nothing
    }
    soon([this, slot] {
        slots_[slot].state = SlotState::kFreed;
        slots_[slot].freed_at = now_;
        slots_[slot].free_stack = StackId{8};
        soon([this, slot] {
            slots_[slot].on_freelist = true;
            freelist_.push_back(slot);
            soon([this] {
                --allocated_;
                ++frees_;
            });
        });
    });
}

void FakeKernel::start_zombie(Slot slot) {
    emit(ZombieEvent{.time = now_, .allocated_at = slots_[slot].allocated_at, .slot = slot});
    soon([this, slot] {
        slots_[slot].state = SlotState::kFreed;
        slots_[slot].freed_at = now_;
        slots_[slot].cache = kNoCache;
        slots_[slot].zombie = true;
        soon([this] { ++zombies_; });
    });
}

bool FakeKernel::drain(EventBatch& out, std::size_t max_events) {
    while (!ring_.empty() && max_events-- > 0) {
        out.push_back(std::move(ring_.front()));
        ring_.pop_front();
    }
    return ring_.empty();
}

void FakeKernel::read_counters(EventBatch& out) {
    CountersEvent event;
    advance(between(1'000, 50'000));
    event.enabled = true;
    event.allocated = allocated_;
    advance(between(100, 5'000));
    event.allocs = allocs_;
    advance(between(100, 5'000));
    event.frees = frees_;
    advance(between(100, 5'000));
    event.zombies = zombies_;
    event.skip_incompatible = 0;
    event.skip_capacity = skip_capacity_;
    event.skip_covered = 0;
    event.time = now_;
    out.emplace_back(event);
}

void FakeKernel::read_losses(EventBatch& out) {
    if (lost_ > 0) {
        out.emplace_back(LossEvent{.time = now_, .cause = LossCause::kRingFull, .count = lost_});
        lost_ = 0;
    }
}

void FakeKernel::walk(EventBatch& out) {
    for (Slot slot = 0; slot < slots_.size(); ++slot) {
        advance(between(100, 10'000));
        const Meta& meta = slots_[slot];
        if (meta.state == SlotState::kUnused) {
            continue;
        }
        // A zombie can only be told from a free slot by not being on the freelist.
        const bool off_list = meta.state == SlotState::kFreed && !meta.on_freelist;
        out.emplace_back(SlotEvent{.time = now_,
                                   .slot = slot,
                                   .state = off_list ? SlotState::kZombie : meta.state,
                                   .size = meta.size,
                                   .cache = meta.cache,
                                   .allocated_at = meta.allocated_at,
                                   .freed_at = meta.freed_at,
                                   .alloc_stack = meta.alloc_stack,
                                   .free_stack = meta.free_stack,
                                   .task = {}});
    }
    out.emplace_back(WalkEvent{.time = now_, .objects = static_cast<std::uint32_t>(slots_.size())});
}

std::vector<FakeKernel::Truth> FakeKernel::truth() const {
    std::vector<Truth> truths;
    for (const Meta& meta : slots_) {
        truths.push_back({.state = meta.zombie ? SlotState::kZombie : meta.state,
                          .allocated_at = meta.allocated_at,
                          .cache = meta.cache,
                          .stack = meta.alloc_stack});
    }
    return truths;
}

} // namespace kfence::test
