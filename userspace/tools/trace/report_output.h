// SPDX-License-Identifier: Apache-2.0
// Where report and diff write to: the shape of the text, and the way out.
#pragma once

#include <string_view>

#include "base/result.h"
#include "tools/trace/report_lines.h"

namespace kfence {

/// As wide as the terminal, or as COLUMNS says, or 110; the characters of the locale.
[[nodiscard]] TextShape output_shape();

/// Writes to stdout. Returns exit code 0, also when the reader had enough.
[[nodiscard]] Result<int> write_output(std::string_view text);

} // namespace kfence
