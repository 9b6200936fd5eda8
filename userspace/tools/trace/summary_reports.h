// SPDX-License-Identifier: Apache-2.0
// What KFENCE found, grouped: the same bug, found many times, is one line.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/trace/summary.h"

namespace kfence {

/// "KFENCE: use-after-free read in f", without offsets.
[[nodiscard]] std::string report_title(const Names& names, const ReportEvent& report);

class ReportBook {
public:
    explicit ReportBook(const Window& window) noexcept : window_(window) {}

    void take(const ReportEvent& event, const Names& names, bool selected);
    /// Fills in reports and reports_seen.
    void finish(Summary& out) const;

private:
    Window window_;
    std::map<std::string, ReportSummary> groups_;
    std::uint64_t seen_ = 0;
};

} // namespace kfence
