// SPDX-License-Identifier: Apache-2.0
// Compares the kernel's counters with the model. The rules, and why they are safe and complete, are in
// docs/model.md ("Reconciliation").
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "event/event.h"
#include "model/pool_model.h"
#include "model/snapshot.h"

namespace kfence {

/// The model's side of a comparison.
struct ModelFigures {
    std::uint64_t allocs = 0; ///< AllocEvents counted since the tool started
    std::uint64_t frees = 0;  ///< FreeEvents counted since the tool started
    std::uint32_t occupied = 0;
    std::uint32_t zombies = 0;
};

class Reconciler {
public:
    /// As in ModelOptions.
    Reconciler(bool complete_stream, bool sees_zombies, bool exact_readings) noexcept
        : complete_stream_(complete_stream), sees_zombies_(sees_zombies), exact_readings_(exact_readings),
          aftermath_(complete_stream && !exact_readings) {}

    /// A refresh begins.
    void tick(KernelNs now, const ModelFigures& model) noexcept;
    /// The model was just merged with a complete walk.
    void walked() noexcept;
    /// Events are missing: what was counted before says nothing any more, until the next walk.
    void lost() noexcept;
    /// Counters arrived. `drained`: every event that had arrived before they were read was applied.
    void compare(const CountersEvent& kernel, const ModelFigures& model, bool drained) noexcept;
    /// An allocation of this time arrived.
    void saw_alloc(KernelNs time) noexcept {
        if (time <= firm_since_) {
            loosen();
        }
    }

    [[nodiscard]] Agreement agreement() const noexcept { return agreement_; }
    [[nodiscard]] const Drift& drift() const noexcept { return drift_; }
    [[nodiscard]] std::uint64_t drift_events() const noexcept { return drift_events_; }
    /// A drift was found, and no walk came since.
    [[nodiscard]] bool wants_walk() const noexcept { return wants_walk_; }
    /// Zombies that the kernel counts and that no walk can tell from free slots.
    [[nodiscard]] std::uint32_t hidden_zombies() const noexcept { return hidden_zombies_; }

private:
    enum class Baseline : std::uint8_t { kNone, kPending, kProvisional, kFirm };
    enum Figure : std::uint8_t { kAllocated, kAllocs, kFrees, kZombies, kFigures };
    using Differences = std::array<std::int64_t, kFigures>;

    void start_baseline(const CountersEvent& kernel, const ModelFigures& model) noexcept;
    void loosen() noexcept;
    void reset_evidence() noexcept;
    void end_window() noexcept;
    bool check_bounds(const CountersEvent& kernel, const ModelFigures& model, bool drained) noexcept;
    [[nodiscard]] bool explained(std::size_t figure, std::uint64_t under_way) const noexcept;
    void compare_stream(const CountersEvent& kernel, const ModelFigures& model, bool drained) noexcept;
    void compare_walk(const CountersEvent& kernel, const ModelFigures& model) noexcept;
    void judge(const Differences& differences, std::size_t figures, std::uint64_t under_way) noexcept;
    void found_drift(const Differences& differences) noexcept;
    void show(const Differences& differences, bool settled) noexcept;
    [[nodiscard]] Differences differences(const CountersEvent& kernel, const ModelFigures& model) const noexcept;

    bool complete_stream_;
    bool sees_zombies_;
    bool exact_readings_;
    Agreement agreement_ = Agreement::kUnknown;
    Drift drift_;
    std::uint64_t drift_events_ = 0;
    bool drifted_now_ = false; ///< in this refresh
    bool wants_walk_ = false;
    bool aftermath_; ///< a loss, or what was under way when the tool attached, may still show its effect
    std::uint32_t hidden_zombies_ = 0;

    Baseline baseline_ = Baseline::kNone;
    std::int64_t base_allocs_ = 0; ///< what the kernel had counted when the model had counted none
    std::int64_t base_frees_ = 0;
    std::uint64_t calm_ = 0;  ///< windows in a row in which the baseline did not move
    bool moved_ = false;      ///< the baseline moved in this window
    KernelNs firm_since_ = 0; ///< 0: not firm

    bool base_frees_open_ = false;      ///< only one reading was made with this baseline
    std::optional<CountersEvent> last_; ///< the reading before, with the same baseline
    bool walked_since_last_ = false;

    // One window is a refresh, or several when they follow closely.
    KernelNs window_start_ = 0;
    KernelNs now_ = 0;
    std::uint64_t window_flow_ = 0;             ///< events counted when the window began
    std::optional<std::uint64_t> first_flow_;   ///< events counted at the first reading of the window
    std::uint64_t usual_under_way_ = 0;         ///< events in 100 ms, as in the window before
    std::uint64_t readings_ = 0;                ///< of this window, that could be judged
    std::array<bool, kFigures> matched_{};      ///< was equal at some reading of this window
    std::array<std::uint64_t, kFigures> odd_{}; ///< windows in a row in which it never was
};

} // namespace kfence
