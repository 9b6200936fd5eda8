// SPDX-License-Identifier: Apache-2.0
// Pieces of a summary in words, as report and diff write them.
#pragma once

#include <optional>
#include <string>

#include "tools/trace/summary.h"
#include "tools/trace/summary_stacks.h"

namespace kfence {

/// "100 ms", "off", "-".
[[nodiscard]] std::string interval_words(const SettingsEvent* settings);
/// "interval 100 ms, burst 0, covered > 75 %": what is known.
[[nodiscard]] std::string settings_words(const SettingsEvent& settings);
/// "24.1 %", "-".
[[nodiscard]] std::string share_words(std::optional<double> share);
/// "f < g < h": as many functions as a reader may want.
[[nodiscard]] std::string stack_words(const SummaryNames& names, StackId stack);
/// "objects of caches that match kmalloc, allocated in /a.slice or below"; empty for all objects.
[[nodiscard]] std::string selection_words(const std::string& cache_filter, const std::string& cgroup);
/// What follows it.
inline constexpr const char* kSelected = "in the tables and in what was found; the rest is of all objects";
/// "41 ms", "41 ms to 3 s".
[[nodiscard]] std::string range_words(const Range& range);

} // namespace kfence
