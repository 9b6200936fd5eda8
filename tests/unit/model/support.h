// SPDX-License-Identifier: Apache-2.0
// Short ways to write events with literal times.
#pragma once

#include <initializer_list>
#include <vector>

#include "model/pool_model.h"

namespace kfence::test {

inline constexpr KernelNs kMs = 1'000'000;
inline constexpr KernelNs kSecond = 1'000'000'000;
inline constexpr CacheId kDentry{1};
inline constexpr CacheId kInode{2};

inline Event alloc(KernelNs time, Slot slot, CacheId cache = kDentry, StackId stack = StackId{1}) {
    return AllocEvent{.time = time, .slot = slot, .size = 64, .cache = cache, .stack = stack, .task = {}};
}
inline Event free_of(KernelNs allocated_at, Slot slot, KernelNs time) {
    return FreeEvent{.time = time,
                     .allocated_at = allocated_at,
                     .slot = slot,
                     .stack = StackId{2},
                     .task = {},
                     .rcu_deferred = false};
}
inline Event rcu_freeing(KernelNs allocated_at, Slot slot, KernelNs time) {
    return RcuFreeingEvent{.time = time, .allocated_at = allocated_at, .slot = slot, .stack = StackId{2}, .task = {}};
}
inline Event zombie(KernelNs allocated_at, Slot slot, KernelNs time) {
    return ZombieEvent{.time = time, .allocated_at = allocated_at, .slot = slot};
}
inline Event read_slot(SlotState state, KernelNs allocated_at, Slot slot, CacheId cache = kDentry,
                       KernelNs freed_at = 0) {
    return SlotEvent{.time = 0,
                     .slot = slot,
                     .state = state,
                     .size = 64,
                     .cache = cache,
                     .allocated_at = allocated_at,
                     .freed_at = freed_at,
                     .alloc_stack = StackId{1},
                     .free_stack = freed_at > 0 ? StackId{2} : kNoStack,
                     .task = {}};
}
inline Event walked(std::uint32_t objects, KernelNs time = 0) {
    return WalkEvent{.time = time, .objects = objects};
}
inline Event lost(std::uint64_t count, LossCause cause = LossCause::kRingFull) {
    return LossEvent{.time = 0, .cause = cause, .count = count};
}
inline Event counters(KernelNs time, std::uint64_t allocs, std::uint64_t frees, std::uint64_t zombies = 0) {
    return CountersEvent{.time = time,
                         .enabled = true,
                         .allocated = allocs - frees,
                         .allocs = allocs,
                         .frees = frees,
                         .zombies = zombies,
                         .bugs = 0,
                         .skip_incompatible = 0,
                         .skip_capacity = 0,
                         .skip_covered = 0};
}
inline Event interval(std::uint64_t ms, std::uint64_t burst = 0) {
    return SettingsEvent{
        .time = 0, .sample_interval_ms = ms, .skip_covered_thresh = 75, .burst = burst, .deferrable = false};
}

inline void feed(PoolModel& model, std::initializer_list<Event> events) {
    const std::vector<Event> batch(events);
    model.apply(batch);
}

/// Two equal readings: the first one starts the baseline, the second one compares.
inline void read_twice(PoolModel& model, KernelNs time, std::uint64_t allocs, std::uint64_t frees,
                       std::uint64_t zombies = 0) {
    feed(model, {counters(time, allocs, frees, zombies), counters(time + kMs, allocs, frees, zombies)});
}

inline Snapshot with_objects(const PoolModel& model) {
    return model.snapshot({.max_stacks = 64, .objects = true});
}

/// The entry of a cache; an empty one when it has none.
inline CacheUse use_of(const Snapshot& snapshot, CacheId cache) {
    for (const CacheUse& use : snapshot.caches) {
        if (use.cache == cache) {
            return use;
        }
    }
    return {};
}

} // namespace kfence::test
