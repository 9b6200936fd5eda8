// SPDX-License-Identifier: Apache-2.0
#include "kernel/scan.h"

#include <charconv>
#include <limits>

namespace kfence {
namespace {

template <typename Number> std::optional<Number> take_number(std::string_view& text, int base) noexcept {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc()) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

} // namespace

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) noexcept {
    const auto value = take_unsigned(text);
    return text.empty() ? value : std::nullopt;
}

bool skip_prefix(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix)) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

std::optional<std::uint64_t> take_unsigned(std::string_view& text) noexcept {
    return take_number<std::uint64_t>(text, 10);
}

std::optional<std::int64_t> take_signed(std::string_view& text) noexcept {
    return take_number<std::int64_t>(text, 10);
}

std::optional<std::uint64_t> take_hex(std::string_view& text) noexcept {
    return take_number<std::uint64_t>(text, 16);
}

std::optional<std::uint64_t> take_seconds(std::string_view& text) noexcept {
    constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
    std::string_view rest = text;
    const auto seconds = take_unsigned(rest);
    if (!seconds || *seconds >= std::numeric_limits<std::uint64_t>::max() / kNsPerSecond - 1 ||
        !skip_prefix(rest, ".")) {
        return std::nullopt;
    }
    const std::size_t before = rest.size();
    const auto micros = take_unsigned(rest);
    if (!micros || before - rest.size() != 6) {
        return std::nullopt;
    }
    text = rest;
    return *seconds * kNsPerSecond + *micros * 1000;
}

std::string_view take_until(std::string_view& text, char separator) noexcept {
    const auto end = text.find(separator);
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return taken;
}

} // namespace kfence
