// SPDX-License-Identifier: Apache-2.0
// The time of a source that has one of its own: a recording, which goes on when it is told to, and may start again.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "event/ids.h"

namespace kfence {

class Timeline {
public:
    Timeline() = default;
    Timeline(const Timeline&) = delete;
    Timeline& operator=(const Timeline&) = delete;
    virtual ~Timeline() = default;

    /// Moments that can be shown: those at which the kernel's counters were recorded, about one per second. At least
    /// one.
    [[nodiscard]] virtual KernelNs begin() const noexcept = 0;
    [[nodiscard]] virtual KernelNs end() const noexcept = 0;
    [[nodiscard]] virtual KernelNs position() const noexcept = 0;
    /// The last of these moments that is not after `time`, and the next and the previous one; the ends at the ends.
    [[nodiscard]] virtual KernelNs at(KernelNs time) const noexcept = 0;
    [[nodiscard]] virtual KernelNs after(KernelNs time) const noexcept = 0;
    [[nodiscard]] virtual KernelNs before(KernelNs time) const noexcept = 0;

    /// What happened up to at(time) comes with the next drains. Never back: for that, rewind() first.
    virtual void advance_to(KernelNs time) noexcept = 0;
    /// True when all of that came.
    [[nodiscard]] virtual bool arrived() const noexcept = 0;
    /// Starts again at the beginning, for a model that knows nothing.
    virtual Result<void> rewind() = 0;

    /// The first moment that shows the next report after `time`, and the last report before it; nullopt: there is none.
    [[nodiscard]] virtual std::optional<KernelNs> next_report(KernelNs time) const = 0;
    [[nodiscard]] virtual std::optional<KernelNs> previous_report(KernelNs time) const = 0;

    /// Wall time of a moment, Unix time in ns.
    [[nodiscard]] virtual std::int64_t unix_time(KernelNs time) const noexcept = 0;
};

} // namespace kfence
