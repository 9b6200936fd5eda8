// SPDX-License-Identifier: Apache-2.0
// The terminal as it was, also when the process dies of a signal that nobody handles.
#pragma once

#include <string_view>

namespace kfence {

/// From now on a signal whose default action ends the process first writes `sequence` to stdout and gives the
/// terminal at stdin its present modes back. `sequence` longer than a kilobyte is not used.
void arm_fatal_restore(std::string_view sequence) noexcept;
/// Gives those signals back what they did before.
void disarm_fatal_restore() noexcept;

} // namespace kfence
