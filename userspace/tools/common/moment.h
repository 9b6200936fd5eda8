// SPDX-License-Identifier: Apache-2.0
// A moment of a recording, as people write it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace kfence {

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

/// Unix time, ns. `begin` and `end` are those of the recording; what lies outside of it becomes one of them.
[[nodiscard]] std::int64_t resolve_moment(const Moment& moment, std::int64_t begin, std::int64_t end) noexcept;

} // namespace kfence
