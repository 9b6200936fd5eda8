// SPDX-License-Identifier: Apache-2.0
// What is wrong, worst first, in words: the first thing that the eye meets in every view.
#pragma once

#include <string>
#include <vector>

#include "view/view_input.h"

namespace kfence {

/// "LOSS 12", "DRIFT allocs +1", "KFENCE OFF", "NOT SAMPLING", "POOL FULL". Empty when all is well.
[[nodiscard]] std::vector<std::string> alerts(const ViewInput& input);

/// "loss 0", and "drift 0": "drift -" where the backend cannot compare, "drift ~0" when events were under way
/// at each comparison and explain the difference.
[[nodiscard]] std::string describe_loss(const Losses& losses);
[[nodiscard]] std::string describe_drift(const Drift& drift);

/// "ring_full 12, walk 1"; empty without a loss.
[[nodiscard]] std::string describe_causes(const Losses& losses);

} // namespace kfence
