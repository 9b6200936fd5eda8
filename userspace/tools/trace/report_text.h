// SPDX-License-Identifier: Apache-2.0
// A summary as one screen of text.
#pragma once

#include <string>

#include "tools/trace/report_lines.h"
#include "tools/trace/summary.h"
#include "tools/trace/summary_stacks.h"

namespace kfence {

struct ReportNotes {
    bool is_complete = true;        ///< the recording came to its end
    bool is_being_recorded = false; ///< it goes on
    std::string selection;          ///< selection_words()
};

[[nodiscard]] std::string render_report(const Summary& summary, const SummaryNames& names, const ReportNotes& notes,
                                        const TextShape& shape);

} // namespace kfence
