// SPDX-License-Identifier: Apache-2.0
// A refresh as a block of lines for people, without a terminal.
#pragma once

#include <string>

#include "view/view_input.h"

namespace kfence {

struct TextOptions {
    int width = 110; ///< no line is wider
    bool utf8 = true;
    CacheOrder caches;
    std::size_t max_caches = 10;
};

/// The block, with a newline after each line and an empty line at its end.
[[nodiscard]] std::string render_text(const ViewInput& input, const TextOptions& options);

} // namespace kfence
