// SPDX-License-Identifier: Apache-2.0
// Summaries as JSON. Fields: report --help. What is not known is null, never 0.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "tools/trace/report_text.h"
#include "tools/trace/summary.h"
#include "tools/trace/summary_stacks.h"

namespace kfence {

/// One object on one line, with its newline; valid UTF-8.
[[nodiscard]] std::string render_report_json(const std::string& path, const std::vector<Summary>& summaries,
                                             const SummaryNames& names, const ReportNotes& notes);

/// Who was recorded, when, with which settings, and what was lost.
[[nodiscard]] nlohmann::ordered_json machine_json(const Summary& summary, const SummaryNames& names);
[[nodiscard]] nlohmann::ordered_json percentiles_json(const Percentiles& percentiles);
[[nodiscard]] nlohmann::ordered_json frames_json(const SummaryNames& names, StackId stack);
/// "null" for an empty text; always valid.
[[nodiscard]] nlohmann::ordered_json text_json(std::string_view text);
[[nodiscard]] std::string dump_line(const nlohmann::ordered_json& json);

} // namespace kfence
