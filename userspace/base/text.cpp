// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <cstdint>
#include <cstring>
#include <iterator>

#include <fmt/format.h>

namespace kfence {
namespace {

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t bytes = 0; ///< 0: the bytes at this place are not UTF-8
};

/// The code point that starts at `at`. Strict (RFC 3629): no overlong forms, no surrogates, nothing above 10FFFF.
CodePoint decode(std::string_view text, std::size_t at) noexcept {
    const auto lead = static_cast<unsigned char>(text[at]);
    std::size_t length = 0;
    std::uint32_t value = 0;
    std::uint32_t smallest = 0;
    if (lead < 0x80) {
        return {.value = lead, .bytes = 1};
    }
    if ((lead & 0xe0U) == 0xc0) {
        length = 2;
        value = lead & 0x1fU;
        smallest = 0x80;
    } else if ((lead & 0xf0U) == 0xe0) {
        length = 3;
        value = lead & 0x0fU;
        smallest = 0x800;
    } else if ((lead & 0xf8U) == 0xf0) {
        length = 4;
        value = lead & 0x07U;
        smallest = 0x10000;
    } else {
        return {};
    }
    if (text.size() - at < length) {
        return {};
    }
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[at + i]);
        if ((next & 0xc0U) != 0x80) {
            return {};
        }
        value = (value << 6U) | (next & 0x3fU);
    }
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (value < smallest || value > 0x10ffff || surrogate) {
        return {};
    }
    return {.value = value, .bytes = length};
}

/// Characters that move the cursor, break the line or turn the direction of the text.
bool is_harmful(std::uint32_t c) noexcept {
    const bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
    const bool separator = c == 0x2028 || c == 0x2029;
    const bool direction = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return control || separator || direction;
}

/// The length of the clean text at the start of `text`.
std::size_t clean_prefix(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        const CodePoint c = decode(text, at);
        if (c.bytes == 0 || is_harmful(c.value)) {
            break;
        }
        at += c.bytes;
    }
    return at;
}

} // namespace

std::string sanitize(std::string_view hostile) {
    std::string out;
    out.reserve(hostile.size());
    while (!hostile.empty()) {
        const std::size_t clean = clean_prefix(hostile);
        out.append(hostile.substr(0, clean));
        hostile.remove_prefix(clean);
        if (hostile.empty()) {
            break;
        }
        const CodePoint c = decode(hostile, 0);
        if (c.bytes <= 1) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(hostile[0]));
            hostile.remove_prefix(1);
        } else {
            fmt::format_to(std::back_inserter(out), "\\u{{{:04x}}}", c.value);
            hostile.remove_prefix(c.bytes);
        }
    }
    return out;
}

bool is_clean(std::string_view text) noexcept {
    return clean_prefix(text) == text.size();
}

std::string_view fixed_field(const char* data, std::size_t size) noexcept {
    return {data, ::strnlen(data, size)};
}

} // namespace kfence
