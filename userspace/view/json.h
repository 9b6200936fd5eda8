// SPDX-License-Identifier: Apache-2.0
// A refresh as one JSON object.
#pragma once

#include <string>

#include "view/view_input.h"

namespace kfence {

/// One object on one line, without the newline; valid UTF-8. What is not known is null, never 0. The caches
/// are those that `order` selects. Fields: docs/man/kfence-top.1.
[[nodiscard]] std::string render_json(const ViewInput& input, const CacheOrder& order);

} // namespace kfence
