// SPDX-License-Identifier: Apache-2.0
// A comparison for people and for programs.
#pragma once

#include <string>

#include "tools/trace/diff_compare.h"
#include "tools/trace/report_lines.h"

namespace kfence {

/// Borrowed for one call.
struct DiffInput {
    const Summary& a;
    const Summary& b;
    const SummaryDiff& diff;
    const SummaryNames& names;
    std::string selection; ///< selection_words()
};

/// Each part shows what differs as it is printed, or says "no difference".
[[nodiscard]] std::string render_diff(const DiffInput& input, const TextShape& shape);

/// One object on one line, with its newline. Fields: diff --help.
[[nodiscard]] std::string render_diff_json(const DiffInput& input);

} // namespace kfence
