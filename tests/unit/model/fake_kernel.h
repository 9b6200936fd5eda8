// SPDX-License-Identifier: Apache-2.0
// A KFENCE pool as the kernel runs it, in the steps that a reader can see apart: the state in the metadata, the
// counters and the events change at different moments of one allocation or free (mm/kfence/core.c, 6.12).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <vector>

#include "event/event.h"

namespace kfence::test {

struct FakeKernelOptions {
    std::uint32_t objects = 64;
    double allocs_per_s = 50;
    std::uint64_t mean_lifetime_ns = 400'000'000;
    double rcu_share = 0.1;          ///< of the frees
    double zombie_share = 0.0;       ///< of the ends
    double double_free_share = 0.02; ///< frees whose event comes twice
    double preempted_share = 0.001;  ///< steps that take up to 60 ms instead of microseconds
    std::size_t ring = 0;            ///< room for this many events; 0: no limit
};

class FakeKernel {
public:
    FakeKernel(const FakeKernelOptions& options, std::uint64_t seed);

    /// Lets the time pass, and what is due happen.
    void advance(std::uint64_t ns);
    void stop_allocating() { options_.allocs_per_s = 0; }
    void set_rate(double allocs_per_s) { options_.allocs_per_s = allocs_per_s; }
    void set_ring(std::size_t room) { options_.ring = room; }
    /// The next event for which `which` is true never reaches the ring, and nobody counts it.
    void drop_next(std::function<bool(const Event&)> which) { drop_ = std::move(which); }
    [[nodiscard]] bool dropped() const { return !drop_; }

    [[nodiscard]] KernelNs now() const { return now_; }
    bool drain(EventBatch& out, std::size_t max_events);
    /// The lines of the file are read one after the other, while the kernel goes on.
    void read_counters(EventBatch& out);
    void read_losses(EventBatch& out);
    /// The slots are read one after the other, while the kernel goes on.
    void walk(EventBatch& out);

    struct Truth {
        SlotState state = SlotState::kUnused;
        KernelNs allocated_at = 0;
        CacheId cache = kNoCache;
        StackId stack = kNoStack;
    };
    [[nodiscard]] std::vector<Truth> truth() const;
    [[nodiscard]] std::uint64_t allocs() const { return allocs_; }

private:
    struct Meta {
        SlotState state = SlotState::kUnused; ///< kFreed for zombies, as in the kernel
        bool on_freelist = true;
        KernelNs allocated_at = 0;
        KernelNs freed_at = 0;
        CacheId cache = kNoCache;
        std::uint32_t size = 0;
        StackId alloc_stack = kNoStack;
        StackId free_stack = kNoStack;
        bool zombie = false;
    };

    void after(std::uint64_t ns, std::function<void()> what);
    void soon(std::function<void()> what); ///< the next step of an operation
    void emit(Event event);
    void arrive();
    void start_alloc();
    void end_object(Slot slot);
    void start_free(Slot slot, bool deferred);
    void start_zombie(Slot slot);
    double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
    std::uint64_t between(std::uint64_t low, std::uint64_t high) {
        return std::uniform_int_distribution<std::uint64_t>(low, high)(random_);
    }

    FakeKernelOptions options_;
    std::mt19937_64 random_;
    KernelNs now_ = 1'000'000'000;
    KernelNs next_arrival_ = 0;
    std::multimap<KernelNs, std::function<void()>> due_;
    std::vector<Meta> slots_;
    std::deque<Slot> freelist_;
    std::deque<Event> ring_;
    std::uint64_t lost_ = 0;
    std::function<bool(const Event&)> drop_;
    std::uint64_t allocated_ = 0;
    std::uint64_t allocs_ = 0;
    std::uint64_t frees_ = 0;
    std::uint64_t zombies_ = 0;
    std::uint64_t skip_capacity_ = 0;
};

} // namespace kfence::test
