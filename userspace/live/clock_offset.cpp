// SPDX-License-Identifier: Apache-2.0
#include "live/clock_offset.h"

#include <algorithm>

namespace kfence {

void ClockOffset::add(KernelNs local_ns, std::uint64_t mono_ns) noexcept {
    const auto difference = static_cast<std::int64_t>(local_ns - mono_ns);
    // Records of two processors may come in the wrong order.
    if (mono_ns > window_start_ && mono_ns - window_start_ >= kWindowNs) {
        previous_ = current_;
        current_.reset();
        window_start_ = mono_ns;
    }
    current_ = std::max(difference, current_.value_or(difference));
}

KernelNs ClockOffset::to_kernel(std::uint64_t mono_ns) const noexcept {
    if (!known()) {
        return mono_ns;
    }
    const std::int64_t offset = std::max(current_.value_or(*(current_ ? current_ : previous_)),
                                         previous_.value_or(*(current_ ? current_ : previous_)));
    return mono_ns + static_cast<std::uint64_t>(offset);
}

KernelNs SteadyClock::reach(const ClockOffset& offset, std::uint64_t mono_ns) noexcept {
    const KernelNs now = offset.to_kernel(mono_ns);
    if (!offset.known()) {
        return now; // may be hours ahead, and could not be taken back
    }
    latest_ = std::max(latest_, now);
    return latest_;
}

} // namespace kfence
