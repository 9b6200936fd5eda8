// SPDX-License-Identifier: Apache-2.0
// Which part of a recording is looked at: --since and --until.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/trace_file.h"

namespace kfence {

/// Times of one machine's kernel clock.
struct Window {
    KernelNs since = 0;
    KernelNs until = 0;
    [[nodiscard]] std::uint64_t length_ns() const noexcept { return until > since ? until - since : 0; }
    [[nodiscard]] double seconds() const noexcept { return static_cast<double>(length_ns()) / 1e9; }
    [[nodiscard]] bool contains(KernelNs time) const noexcept { return time >= since && time <= until; }
};

/// A moment as people write it.
struct Moment {
    enum class Kind : std::uint8_t { kAfterStart, kBeforeEnd, kDate };
    Kind kind = Kind::kDate;
    std::int64_t ns = 0; ///< a length, or Unix time
};

/// "+90s" after the start; "-10m" before the end (units ms, s, m, h, d); "2026-11-22", "2026-11-22 08:00",
/// "2026-11-22T08:00:30.5Z", "...+01:00": a date, in UTC unless it says otherwise. The error is kUsage and begins with
/// the name of the option.
[[nodiscard]] Result<Moment> parse_moment(std::string_view option, std::string_view text);

/// What parse_moment() takes, for --help.
extern const char* const kMomentHelp;

/// The part that was asked for; nullopt: from the start, to the end.
struct WindowWish {
    std::optional<Moment> since;
    std::optional<Moment> until;
};

/// From when to when each machine was recorded, by number from 1 on. A recording that was cut off ends with its last
/// row, and one that was trimmed begins with what is left.
[[nodiscard]] Result<std::vector<Window>> recorded_windows(TraceFile& file);

/// The part of `recorded` that is wished for; nullopt when the machine was not recorded then.
[[nodiscard]] std::optional<Window> choose_window(const TraceFile& file, std::int64_t machine, const Window& recorded,
                                                  const WindowWish& wish);

} // namespace kfence
