// SPDX-License-Identifier: Apache-2.0
// What KFENCE was asked to sample, and what it did: settings, the kernel's counters, and events where these are
// missing.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tools/trace/summary.h"

namespace kfence {

/// Allocations per second that the settings ask for; nullopt when they do not say.
[[nodiscard]] std::optional<double> intended_rate(const SettingsEvent& settings) noexcept;

class RateBook {
public:
    explicit RateBook(const Window& window) noexcept : window_(window) {}

    void take(const SettingsEvent& event);
    void take(const CountersEvent& event);
    void take(const SkipEvent& event);
    void take(const AllocEvent& event) noexcept { allocs_ += window_.contains(event.time) ? 1 : 0; }
    void take(const FreeEvent& event) noexcept { frees_ += window_.contains(event.time) ? 1 : 0; }

    /// Fills in settings, rates and bugs. `complete_stream`: events were seen one by one.
    void finish(Summary& out, bool complete_stream) const;

private:
    [[nodiscard]] std::optional<double> intended(KernelNs from, KernelNs to) const;
    [[nodiscard]] RateSummary counted() const;
    [[nodiscard]] RateSummary seen(bool complete_stream) const;

    Window window_;
    std::vector<SettingsEvent> settings_; ///< what changed something, up to the end of the window
    std::optional<CountersEvent> first_;
    std::optional<CountersEvent> last_;
    std::array<std::uint64_t, kSkipReasonCount> skips_{};
    std::uint64_t allocs_ = 0;
    std::uint64_t frees_ = 0;
};

} // namespace kfence
