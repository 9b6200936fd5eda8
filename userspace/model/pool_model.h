// SPDX-License-Identifier: Apache-2.0
// PoolModel: a pure state machine from events and ticks to snapshots. It reads no clock and no file; time
// comes with the events and with tick().
//
// Identity: an object is (slot, allocated_at). Events of one slot arrive in order; SlotEvents of a walk may
// arrive before or after the events that they overlap with, and are merged by that identity:
//   - a walk that says "allocated X" is stale once the free of X, or an allocation later than X, was seen;
//   - a walk that says "freed X" ends X, and the FreeEvent of X that comes later counts once;
//   - an AllocEvent for an object that a walk brought already completes it and counts once.
//
// Reconciliation: each CountersEvent is compared with the model. Allocations are counted by the kernel before
// their event, frees after it, so a reading that was made while something was under way may differ by it. A
// difference is a drift when what was under way cannot explain it. See docs/model.md.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "event/event.h"
#include "model/snapshot.h"

namespace kfence {

struct ModelOptions {
    bool complete_stream = true; ///< false: only walks and counters come (the poll backend); no drift of totals
    bool has_counters = true;
    bool sees_zombies = true; ///< false: the FreeEvent of an object may be that of a zombie
    /// True: with drained(true) nothing is under way either, so that a difference is a drift at once (a recording,
    /// which notes the readings that all events before them agreed with).
    bool exact_readings = false;
    std::size_t max_reports = 256;
    std::size_t history_points = 720;
    std::uint64_t history_span_ns = 3600ULL * 1000000000ULL;
};

/// The outcome of comparing one CountersEvent with the model.
enum class Agreement {
    kUnknown,  ///< no counters yet, or no baseline yet
    kEqual,    ///< every figure is equal
    kPossible, ///< different, and what is under way may explain it: read again
    kDrift,    ///< different, and nothing explains it
};

class PoolModel {
public:
    explicit PoolModel(ModelOptions options = {});
    ~PoolModel();
    PoolModel(PoolModel&&) noexcept;
    PoolModel& operator=(PoolModel&&) noexcept;
    PoolModel(const PoolModel&) = delete;
    PoolModel& operator=(const PoolModel&) = delete;

    void apply(std::span<const Event> events);

    /// A refresh begins at `now`: rates are computed over the time since the last tick.
    void tick(KernelNs now);

    /// Says whether everything that had arrived was applied before the CountersEvents that come next (drain()
    /// returned true). Stays until it is said again; true at the start.
    void drained(bool complete) noexcept;

    /// How the last CountersEvent compares with the model as it is now.
    [[nodiscard]] Agreement agreement() const noexcept;

    /// True after a loss, a drift or events that contradict each other, and while KFENCE is on but the last walk
    /// found no pool: the source should walk() and the model will start from that. Cleared by the next WalkEvent.
    [[nodiscard]] bool needs_walk() const noexcept;

    /// True once a WalkEvent told the size of the pool. False: no walk came, or KFENCE was never enabled.
    [[nodiscard]] bool has_pool() const noexcept;

    [[nodiscard]] Snapshot snapshot(const SnapshotOptions& options = {}) const;

    /// Whether a slot (live or free) or a report still refers to this stack. Quick when asked for many stacks
    /// with no apply() in between.
    [[nodiscard]] bool uses_stack(StackId stack) const noexcept;

    /// Moves the counts of the caches that no slot and no report refers to, that are not skipped and had no allocation
    /// lately, to `other`. Returns them: their ids may stand for other caches from now on.
    [[nodiscard]] std::vector<CacheId> fold_idle_caches(CacheId other);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace kfence
