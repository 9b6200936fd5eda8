// SPDX-License-Identifier: Apache-2.0
// Text that comes from the kernel or from a file is hostile until it went through here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kfence {

/// Valid UTF-8 without control characters: C0, DEL, C1, line and paragraph separators and the bidirectional
/// overrides become "\xNN" or "\u{NNNN}" escapes, invalid bytes become "\xNN". Printable text is returned
/// unchanged; a backslash stays a backslash.
[[nodiscard]] std::string sanitize(std::string_view hostile);

/// True when sanitize() would return `text` unchanged.
[[nodiscard]] bool is_clean(std::string_view text) noexcept;

/// The text of a fixed-size, NUL-padded field (a comm, a cache name): up to the first NUL or `size` bytes.
[[nodiscard]] std::string_view fixed_field(const char* data, std::size_t size) noexcept;

} // namespace kfence
