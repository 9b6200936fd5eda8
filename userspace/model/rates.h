// SPDX-License-Identifier: Apache-2.0
// Rates per second between two refreshes: from the kernel's counters where there are any, else from events.
#pragma once

#include <cstdint>
#include <optional>

#include "event/event.h"
#include "model/snapshot.h"

namespace kfence {

class RateWindow {
public:
    /// A refresh begins: the window starts where the refresh before ended. False: it follows so closely that it
    /// belongs to the refresh before.
    bool tick(KernelNs now, std::uint64_t allocs_seen, std::uint64_t frees_seen) noexcept;
    void counters(const CountersEvent& event) noexcept { latest_ = event; }

    /// The three rates and the skips. `intended` needs only the settings. As long as no counters came, what can be
    /// told from events is.
    [[nodiscard]] Rates rates(const Settings& settings, bool has_counters) const noexcept;

    /// Length of the window in seconds; 0 while there is none.
    [[nodiscard]] double seconds() const noexcept;

private:
    struct Mark {
        KernelNs time = 0;
        std::uint64_t allocs = 0;
        std::uint64_t frees = 0;
    };

    std::optional<Mark> start_;
    std::optional<Mark> end_;
    std::optional<CountersEvent> before_; ///< the last counters of the refresh before
    std::optional<CountersEvent> latest_;
};

/// Seconds until a slot that is freed now is used again, with so many free slots; nullopt while nothing is allocated,
/// or while no slot is known.
[[nodiscard]] std::optional<double> quarantine(std::uint32_t free_slots, const Rates& rates) noexcept;

} // namespace kfence
