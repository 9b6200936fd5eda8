// SPDX-License-Identifier: Apache-2.0
// Whether the kernel counted what the file has.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "store/trace_cursor.h"

namespace kfence {

/// Of one machine. Readings that were settled are compared with each other: what the kernel counted in between must be
/// the number of rows in between. Not across a loss.
///
/// A bug is counted by the kernel a moment before or after its report, so the bugs are compared over all readings
/// between two losses: a report that was under way at one of them was not at the next.
class CounterCheck {
public:
    /// What is wrong, if anything.
    [[nodiscard]] std::optional<std::string> check(const TraceRecord& record);
    /// At the end.
    [[nodiscard]] std::optional<std::string> check_bugs() const;

    /// How often two readings were compared.
    [[nodiscard]] std::uint64_t compared() const noexcept { return compared_; }

private:
    /// Bugs that the kernel counted beyond the reports that the file has.
    struct Bugs {
        std::array<std::int64_t, 2> first{};
        std::array<std::int64_t, 2> last{};
        std::uint64_t readings = 0;
        std::int64_t reports = 0;
    };

    [[nodiscard]] std::optional<std::string> compare(const CountersEvent& now) const;
    void take_bugs(const CountersEvent& now);

    std::uint64_t allocs_ = 0; ///< since the reading before
    std::uint64_t frees_ = 0;  ///< since the reading before
    std::optional<CountersEvent> before_;
    Bugs bugs_; ///< since the last loss
    std::uint64_t compared_ = 0;
};

} // namespace kfence
