// SPDX-License-Identifier: Apache-2.0
// Figures as people read them. Nothing here depends on the locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kfence {

/// What stands for a figure that is not known.
inline constexpr const char* kUnknownText = "-";

/// How minutes are written: in a table ("41 m") or in a sentence ("41 min").
enum class Minutes { kTable, kSentence };

/// "210 ms", "0.4 ms", "1.3 s", "41 m", "2.1 h", "3 d": two significant digits below ten, whole units above.
[[nodiscard]] std::string format_duration(double seconds, Minutes minutes = Minutes::kTable);
[[nodiscard]] std::string format_age(std::optional<std::uint64_t> ns, Minutes minutes = Minutes::kTable);

/// "0.41", "27.4", "531", "12.3k", "4.1M".
[[nodiscard]] std::string format_rate(std::optional<double> per_second);
/// One decimal at least for small figures: "10.0/s".
[[nodiscard]] std::string format_per_second(std::optional<double> per_second);

/// The figure itself up to seven digits, then "12.3M".
[[nodiscard]] std::string format_count(std::uint64_t count);

/// "24 %" from 0.24; "4.1 %" with a decimal.
[[nodiscard]] std::string format_share(double share);
[[nodiscard]] std::string format_share_fine(double share);

/// "up 3d 04:12", "up 04:12".
[[nodiscard]] std::string format_uptime(std::uint64_t seconds);

/// RFC 3339 in UTC with milliseconds: "2026-11-22T15:11:23.123Z".
[[nodiscard]] std::string format_time(std::int64_t unix_ns);

} // namespace kfence
