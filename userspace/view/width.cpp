// SPDX-License-Identifier: Apache-2.0
#include "view/width.h"

#include <clocale>
#include <cwchar>

#include <locale.h> // NOLINT(modernize-deprecated-headers): newlocale() is POSIX, not in <clocale>

#include <algorithm>
#include <cstdint>

namespace kfence {
namespace {

constexpr int kMaxMarks = 4; // ncurses keeps a base and four marks in a cell (CCHARW_MAX)
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 0; // 0: not valid UTF-8
};

struct Range {
    char32_t first;
    char32_t last;
};
// Format characters that take no column here and change how some terminals draw their neighbours.
constexpr Range kDropped[] = {{0x00AD, 0x00AD}, {0x061C, 0x061C},   {0x180E, 0x180E},  {0x200B, 0x200F},
                              {0x2028, 0x202E}, {0x2060, 0x206F},   {0xFE00, 0xFE0F},  {0xFEFF, 0xFEFF},
                              {0xFFF9, 0xFFFB}, {0x1F3FB, 0x1F3FF}, {0xE0000, 0xE0FFF}};

bool is_continuation(unsigned char byte) {
    return (byte & 0xC0U) == 0x80U;
}

CodePoint decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        return {first, 1};
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) {
        return {};
    }
    char32_t value = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(byte(i))) {
            return {};
        }
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return overlong || surrogate || value > 0x10FFFF ? CodePoint{} : CodePoint{value, length};
}

bool is_dropped(char32_t c) {
    return std::ranges::any_of(kDropped, [c](const Range& r) { return c >= r.first && c <= r.last; });
}

/// -1 for a control character, as wcwidth() has it.
int width_of(char32_t c) {
    if (c >= 0x20 && c < 0x7F) {
        return 1;
    }
    if (c < 0xA0) {
        return -1;
    }
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8 == nullptr) {
        return -1;
    }
    const locale_t before = uselocale(utf8);
    const int width = wcwidth(static_cast<wchar_t>(c));
    uselocale(before);
    return width;
}

void take_marks(std::string_view& text, std::string& into) {
    int marks = 0;
    while (!text.empty() && static_cast<unsigned char>(text.front()) >= 0x80) {
        const CodePoint c = decode(text);
        if (c.bytes == 0) {
            return;
        }
        const bool dropped = is_dropped(c.value);
        if (!dropped && width_of(c.value) != 0) {
            return;
        }
        if (!dropped && marks++ < kMaxMarks) {
            into.append(text.substr(0, c.bytes));
        }
        text.remove_prefix(c.bytes);
    }
}

} // namespace

Grapheme take_grapheme(std::string_view& text) {
    const CodePoint c = decode(text);
    if (c.bytes == 0) {
        text.remove_prefix(1);
        return {std::string(kReplacement), 1};
    }
    if (is_dropped(c.value)) {
        text.remove_prefix(c.bytes);
        return {};
    }
    Grapheme out{std::string(text.substr(0, c.bytes)), width_of(c.value)};
    if (out.width < 0) {
        out = {"?", 1};
    } else if (out.width == 0) {
        out = {" ", 1};
        take_marks(text, out.text);
        return out;
    }
    text.remove_prefix(c.bytes);
    take_marks(text, out.text);
    return out;
}

int display_width(std::string_view text) {
    int width = 0;
    while (!text.empty()) {
        width += take_grapheme(text).width;
    }
    return width;
}

std::string clip(std::string_view text, int width, bool utf8) {
    if (width <= 0) {
        return {};
    }
    if (display_width(text) <= width) {
        return std::string(text);
    }
    const std::string_view ellipsis = utf8 ? "…" : width >= 8 ? ".." : ".";
    const int room = width - display_width(ellipsis);
    std::string out;
    int used = 0;
    while (!text.empty()) {
        const Grapheme g = take_grapheme(text);
        if (used + g.width > room) {
            break;
        }
        out += g.text;
        used += g.width;
    }
    out += ellipsis;
    return out;
}

std::string to_ascii(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const Grapheme g = take_grapheme(text);
        if (g.width == 0) {
            continue;
        }
        out += g.text.size() == 1 ? g.text : "?";
    }
    return out;
}

} // namespace kfence
