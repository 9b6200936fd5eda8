// SPDX-License-Identifier: Apache-2.0
// Reading fields off the front of a text, without copying it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kfence {

/// Without blanks and line ends at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// The whole text as a decimal number that fits.
[[nodiscard]] std::optional<std::uint64_t> parse_unsigned(std::string_view text) noexcept;

/// Drops `prefix` from the front of `text`; false, and no change, when it is not there.
[[nodiscard]] bool skip_prefix(std::string_view& text, std::string_view prefix) noexcept;

/// Takes a decimal number off the front; nullopt, and no change, when there is none or it does not fit.
[[nodiscard]] std::optional<std::uint64_t> take_unsigned(std::string_view& text) noexcept;
[[nodiscard]] std::optional<std::int64_t> take_signed(std::string_view& text) noexcept;

/// Takes a hexadecimal number without 0x off the front.
[[nodiscard]] std::optional<std::uint64_t> take_hex(std::string_view& text) noexcept;

/// Takes "seconds.microseconds" off the front, as nanoseconds.
[[nodiscard]] std::optional<std::uint64_t> take_seconds(std::string_view& text) noexcept;

/// Takes everything before `separator` off the front, and the separator; the rest when there is none.
std::string_view take_until(std::string_view& text, char separator) noexcept;

} // namespace kfence
