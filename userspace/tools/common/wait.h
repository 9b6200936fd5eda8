// SPDX-License-Identifier: Apache-2.0
// Waiting for the next thing to do, and not more often than needed.
#pragma once

#include <chrono>

#include "base/result.h"

namespace kfence {

using Clock = std::chrono::steady_clock;

/// -1: not waited for.
struct WaitSet {
    int signals = -1;
    int keyboard = -1;
    int source = -1;
    int reader = -1; ///< stdout, for the moment when nobody reads it any more
};

struct Ready {
    bool signals = false;
    bool keyboard = false;
    bool source = false;
    bool reader_gone = false;
};

/// Returns when something is ready, and at the latest at `deadline`.
[[nodiscard]] Result<Ready> wait_until(const WaitSet& set, Clock::time_point deadline);

/// Decides when the source may be looked at again. Events are few and the kernel's buffer is large, so to wake
/// for each of them would cost more than all the rest; but when a look had much to deliver, the next one comes
/// sooner.
class PumpPacer {
public:
    static constexpr std::chrono::milliseconds kCalm{250};
    static constexpr std::chrono::milliseconds kFlood{2};
    /// A look that took longer than this found a flood.
    static constexpr std::chrono::milliseconds kLong{2};

    [[nodiscard]] Clock::time_point next() const noexcept { return next_; }
    /// A look took from `begin` to `end`.
    void pumped(Clock::time_point begin, Clock::time_point end) noexcept {
        const auto slower = std::chrono::duration_cast<std::chrono::milliseconds>(pause_ * 2);
        pause_ = end - begin > kLong ? std::max(kFlood, pause_ / 8) : std::min(kCalm, slower);
        next_ = end + pause_;
    }

private:
    std::chrono::milliseconds pause_ = kCalm;
    Clock::time_point next_;
};

} // namespace kfence
