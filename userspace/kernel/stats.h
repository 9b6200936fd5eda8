// SPDX-License-Identifier: Apache-2.0
// debugfs kfence/stats: the kernel's own counters.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "event/event.h"

namespace kfence {

inline constexpr std::string_view kStatsPath = "/sys/kernel/debug/kfence/stats";

/// The text of `stats` (mm/kfence/core.c stats_show(): "enabled: 0|1", then "name: count" lines).
/// `time` of the result is 0. Lines of other kernels are skipped, and the skip counters, zombies and bugs may be
/// missing; a text without the rest, a cut line, or a figure that is not a count is an error.
Result<CountersEvent> parse_stats(std::string_view text);

/// `stats`, kept open: one pread(2) per reading.
class StatsReader {
public:
    /// kUnsupported when there is no such file; it appears when KFENCE is on for the first time.
    static Result<StatsReader> open(std::string_view root);

    Result<CountersEvent> read();

private:
    StatsReader(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    UniqueFd fd_;
    std::string path_;
};

} // namespace kfence
