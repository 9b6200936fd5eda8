// SPDX-License-Identifier: Apache-2.0
// From CLOCK_MONOTONIC to the kernel's local_clock(). The two run at slightly different speeds and have an
// offset, and no system call reads local_clock(). What can be had is pairs: a moment of local_clock() that
// lies a little before a moment of CLOCK_MONOTONIC. The largest difference of the last pairs is the best
// estimate, because every delay makes it smaller.
#pragma once

#include <cstdint>
#include <optional>

#include "event/ids.h"

namespace kfence {

class ClockOffset {
public:
    /// `local_ns` was read at most a moment before `mono_ns`.
    void add(KernelNs local_ns, std::uint64_t mono_ns) noexcept;

    /// CLOCK_MONOTONIC as local_clock(); as it is while no pair was seen.
    [[nodiscard]] KernelNs to_kernel(std::uint64_t mono_ns) const noexcept;

    [[nodiscard]] bool known() const noexcept { return current_.has_value() || previous_.has_value(); }

private:
    // Ten seconds of pairs, and the ten seconds before them: long enough to meet a pair without a delay,
    // short enough for the drift between the clocks (below 500 ppm, so 5 ms).
    static constexpr std::uint64_t kWindowNs = 10'000'000'000;

    std::optional<std::int64_t> current_;
    std::optional<std::int64_t> previous_;
    std::uint64_t window_start_ = 0;
};

/// The kernel's clock for whoever asks what time it is: never goes back, whatever the estimate of the offset does.
class SteadyClock {
public:
    [[nodiscard]] KernelNs reach(const ClockOffset& offset, std::uint64_t mono_ns) noexcept;

private:
    KernelNs latest_ = 0;
};

} // namespace kfence
