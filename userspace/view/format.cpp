// SPDX-License-Identifier: Apache-2.0
#include "view/format.h"

#include <ctime>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace kfence {
namespace {

struct Unit {
    double seconds;
    const char* name;
};
constexpr Unit kUnits[] = {{0.001, "ms"}, {1, "s"}, {60, "m"}, {3600, "h"}, {86400, "d"}};
constexpr double kSmallestMs = 0.1;

/// "2.1" below ten, "2" when the decimal is zero, "41" above.
std::string short_figure(double value) {
    const double tenths = std::round(value * 10);
    if (tenths >= 100 || std::fmod(tenths, 10) == 0) {
        return fmt::format("{:.0f}", value);
    }
    return fmt::format("{:.1f}", value);
}

std::string scaled(double value) {
    if (value >= 999.5e6) {
        return fmt::format("{:.1f}G", value / 1e9);
    }
    return value >= 999.5e3 ? fmt::format("{:.1f}M", value / 1e6) : fmt::format("{:.1f}k", value / 1e3);
}

} // namespace

std::string format_duration(double seconds, Minutes minutes) {
    if (!std::isfinite(seconds) || seconds < 0) {
        return kUnknownText;
    }
    if (seconds > 0 && seconds < kSmallestMs * 0.001) {
        return "<0.1 ms";
    }
    std::size_t unit = 0;
    // A figure that would be rounded up to one of the next unit is written in that unit: 1 m, not 60 s.
    while (unit + 1 < std::size(kUnits) &&
           std::round(seconds / kUnits[unit].seconds) * kUnits[unit].seconds >= kUnits[unit + 1].seconds) {
        ++unit;
    }
    const char* name = unit == 2 && minutes == Minutes::kSentence ? "min" : kUnits[unit].name;
    return fmt::format("{} {}", short_figure(seconds / kUnits[unit].seconds), name);
}

std::string format_age(std::optional<std::uint64_t> ns, Minutes minutes) {
    return ns ? format_duration(static_cast<double>(*ns) / 1e9, minutes) : kUnknownText;
}

std::string format_rate(std::optional<double> per_second) {
    if (!per_second || !std::isfinite(*per_second)) {
        return kUnknownText;
    }
    const double value = *per_second;
    if (value < 9.995) {
        return fmt::format("{:.2f}", value);
    }
    if (value < 99.95) {
        return fmt::format("{:.1f}", value);
    }
    return value < 9999.5 ? fmt::format("{:.0f}", value) : scaled(value);
}

std::string format_per_second(std::optional<double> per_second) {
    if (!per_second || !std::isfinite(*per_second)) {
        return kUnknownText;
    }
    const double value = *per_second;
    const std::string figure = value < 999.95   ? fmt::format("{:.1f}", value)
                               : value < 9999.5 ? fmt::format("{:.0f}", value)
                                                : scaled(value);
    return figure + "/s";
}

std::string format_count(std::uint64_t count) {
    return count < 10'000'000 ? fmt::format("{}", count) : scaled(static_cast<double>(count));
}

std::string format_share(double share) {
    return fmt::format("{:.0f} %", share * 100);
}

std::string format_share_fine(double share) {
    return fmt::format("{:.1f} %", share * 100);
}

std::string format_uptime(std::uint64_t seconds) {
    const std::uint64_t days = seconds / 86400;
    const std::string clock = fmt::format("{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60);
    return days > 0 ? fmt::format("up {}d {}", days, clock) : "up " + clock;
}

std::string format_time(std::int64_t unix_ns) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    std::int64_t seconds = unix_ns / kSecond;
    std::int64_t rest = unix_ns % kSecond;
    if (rest < 0) {
        rest += kSecond;
        --seconds;
    }
    const auto when = static_cast<std::time_t>(seconds);
    std::tm parts{};
    gmtime_r(&when, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, rest / 1'000'000);
}

} // namespace kfence
