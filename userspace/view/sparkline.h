// SPDX-License-Identifier: Apache-2.0
// A plot in one line of text.
#pragma once

#include <span>
#include <string>

namespace kfence {

/// A column for each level from 0 to 1; what is outside is drawn at the edge.
[[nodiscard]] std::string sparkline(std::span<const double> levels, bool utf8);

} // namespace kfence
