// SPDX-License-Identifier: Apache-2.0
// Whether a recording says what happened, as far as that can be told from it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/event.h"
#include "store/trace_file.h"

namespace kfence {

struct Verdict {
    std::vector<std::string> problems; ///< a sentence each; no more than kMostProblems
    std::uint64_t problem_count = 0;
    std::uint64_t rows = 0;
    std::uint64_t allocs = 0;
    std::uint64_t ends = 0;
    std::uint64_t reports = 0;
    std::uint64_t readings = 0; ///< of the kernel's counters that were compared
    std::array<std::uint64_t, kLossCauseCount> losses{};

    [[nodiscard]] std::uint64_t lost() const noexcept;
};

inline constexpr std::size_t kMostProblems = 20;

/// Reads all of it. What cannot be read is a problem, and no error.
[[nodiscard]] Verdict verify_trace(TraceFile& file);

/// For people; ends with a newline.
[[nodiscard]] std::string render_verdict(const Verdict& verdict, const TraceFile& file);

} // namespace kfence
