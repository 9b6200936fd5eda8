// SPDX-License-Identifier: Apache-2.0
// kfence-top's screen at any place, and what the keys need to know of it.
#pragma once

#include <cstddef>
#include <optional>

#include "view/place.h"
#include "view/screen.h"
#include "view/view_input.h"

namespace kfence {

/// The whole screen at `options.place`, or the help. Any size is fine.
[[nodiscard]] Screen render_view(const ViewInput& input, const ViewOptions& options);

/// What there is to move in.
struct Extent {
    std::size_t rows = 0; ///< of a list, or lines of a text
    std::size_t page = 1; ///< of them that are visible
    bool cursor = false;  ///< one of the rows is chosen; otherwise the text scrolls
};
[[nodiscard]] Extent extent_of(const ViewInput& input, const ViewOptions& options);

/// Where Enter leads from the row that is chosen; nullopt where there is nothing deeper.
[[nodiscard]] std::optional<Place> deeper_place(const ViewInput& input, const ViewOptions& options);

} // namespace kfence
