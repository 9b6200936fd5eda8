// SPDX-License-Identifier: Apache-2.0
// The terminal as it was, also when the process dies of a signal that nobody handles.
#pragma once

#include <array>
#include <csignal>
#include <string_view>

namespace kfence {

/// From now on a signal whose default action ends the process first writes `sequence` to stdout and gives the
/// terminal at stdin its present modes back. `sequence` longer than a kilobyte is not used.
void arm_fatal_restore(std::string_view sequence) noexcept;
/// Gives those signals back what they did before.
void disarm_fatal_restore() noexcept;

/// While it lives, those of SIGINT, SIGTERM and SIGHUP that were blocked are not: a write to a terminal may hang for
/// ever, and then they restore the terminal and end the process. One that comes while the terminal takes output is
/// kept, for whoever waits for it after the block is back. Between arm_fatal_restore() and disarm_fatal_restore().
class Interruptible {
public:
    Interruptible() noexcept;
    Interruptible(const Interruptible&) = delete;
    Interruptible& operator=(const Interruptible&) = delete;
    ~Interruptible();

private:
    static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
    sigset_t mask_{};
    std::array<struct sigaction, kSignals.size()> actions_{};
};

} // namespace kfence
