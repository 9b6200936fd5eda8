// SPDX-License-Identifier: Apache-2.0
// kfence-top's screen.
#pragma once

#include "view/screen.h"
#include "view/view_input.h"

namespace kfence {

/// Below this size only the few lines that matter most are drawn.
inline constexpr int kMinWidth = 80;
inline constexpr int kMinHeight = 24;

/// The whole screen: the overview, or the help when `options.help` is set. Any size is fine.
[[nodiscard]] Screen render_overview(const ViewInput& input, const ViewOptions& options);

/// Rows of the cache table that are visible at this size: a page for scrolling. At least 1.
[[nodiscard]] std::size_t cache_rows(int width, int height) noexcept;

} // namespace kfence
