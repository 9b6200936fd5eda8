// SPDX-License-Identifier: Apache-2.0
// What a PoolModel holds. pool_model.cpp changes it, build_snapshot.cpp reads it.
#pragma once

#include <deque>
#include <optional>

#include "model/caches.h"
#include "model/coverage.h"
#include "model/history.h"
#include "model/holders.h"
#include "model/pool_model.h"
#include "model/rates.h"
#include "model/reconcile.h"
#include "model/slots.h"

namespace kfence {

struct PoolModel::State {
    explicit State(const ModelOptions& model_options)
        : options(model_options), slots(caches, model_options.sees_zombies),
          reconciler(model_options.complete_stream, model_options.sees_zombies, model_options.exact_readings),
          history(model_options.history_points, model_options.history_span_ns) {}
    State(const State&) = delete; // `slots` refers to `caches`
    State& operator=(const State&) = delete;

    void apply(const AllocEvent& event);
    void apply(const FreeEvent& event) { slots.apply(event); }
    void apply(const RcuFreeingEvent& event) { slots.apply(event); }
    void apply(const ZombieEvent& event) { slots.apply(event); }
    void apply(const SkipEvent& event);
    void apply(const ReportEvent& event);
    void apply(const SlotEvent& event) { slots.apply(event); }
    void apply(const WalkEvent& event);
    void apply(const CountersEvent& event);
    void apply(const SettingsEvent& event);
    void apply(const CacheSkipEvent& event) { caches.at(event.cache).skipped = event.skip; }
    void apply(const LossEvent& event);

    [[nodiscard]] ModelFigures figures() const noexcept;
    [[nodiscard]] bool needs_walk() const noexcept;
    /// Occupied slots as the kernel counts them.
    [[nodiscard]] std::uint32_t allocated() const noexcept { return slots.occupied() + reconciler.hidden_zombies(); }

    ModelOptions options;
    CacheTable caches;
    SlotTable slots;
    Reconciler reconciler;
    RateWindow rates;
    History history;
    StackCoverage coverage;
    Settings settings;
    std::optional<bool> disabled_itself;
    std::optional<CountersEvent> counters;
    Losses losses;
    std::array<std::uint64_t, kSkipReasonCount> skips_seen{};
    std::deque<ReportSeen> reports; ///< newest first
    std::uint64_t reports_seen = 0;
    KernelNs now = 0;
    bool walked = false;       ///< a WalkEvent came
    bool walk_missing = false; ///< since a loss, or since a walk that failed
    bool drained = true;

    StackSet used_stacks;           ///< as of the last question; see PoolModel::uses_stack
    bool used_stacks_valid = false; ///< nothing was applied since
};

} // namespace kfence
