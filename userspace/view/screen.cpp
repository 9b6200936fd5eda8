// SPDX-License-Identifier: Apache-2.0
#include "view/screen.h"

#include <algorithm>

#include "view/width.h"

namespace kfence {

Screen::Screen(int width, int height, bool utf8)
    : width_(std::max(width, 0)), height_(std::max(height, 0)), utf8_(utf8),
      cells_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_)) {}

int Screen::put(int x, int y, std::string_view text, Style style, int max_width) {
    const int end = std::min(width_, x + std::min(max_width, kToEdge));
    if (y < 0 || y >= height_ || x < 0) {
        return x;
    }
    while (!text.empty()) {
        Grapheme g = take_grapheme(text);
        if (g.width == 0) {
            continue;
        }
        if (!utf8_ && g.text.size() != 1) {
            g = {"?", 1};
        }
        if (x + g.width > end) {
            break;
        }
        set(x, y, std::move(g.text), g.width, style);
        x += g.width;
    }
    return x;
}

void Screen::put_right(int end, int y, std::string_view text, Style style) {
    put(std::max(0, end - display_width(text)), y, text, style);
}

void Screen::paint(int x, int y, int width, Style style) {
    if (y < 0 || y >= height_) {
        return;
    }
    for (int i = std::max(x, 0); i < std::min(x + width, width_); ++i) {
        cells_[index(i, y)].style = style;
    }
}

void Screen::set(int x, int y, std::string text, int columns, Style style) {
    for (int i = 0; i < columns; ++i) {
        unpair(x + i, y);
        cells_[index(x + i, y)] = {std::string(), style};
    }
    cells_[index(x, y)].text = std::move(text);
}

/// Blanks the other half of a wide character, of which one half is about to be overwritten.
void Screen::unpair(int x, int y) {
    if (cells_[index(x, y)].text.empty() && x > 0) {
        cells_[index(x - 1, y)].text = " ";
    }
    if (x + 1 < width_ && cells_[index(x + 1, y)].text.empty()) {
        cells_[index(x + 1, y)].text = " ";
    }
}

std::string Screen::row(int y) const {
    std::string out;
    for (int x = 0; x < width_; ++x) {
        out += at(x, y).text;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
}

std::string Screen::text() const {
    std::string out;
    for (int y = 0; y < height_; ++y) {
        out += row(y);
        out += '\n';
    }
    return out;
}

bool Screen::same_row(const Screen& other, int y) const {
    if (other.width_ != width_ || y >= other.height_ || y >= height_) {
        return false;
    }
    const auto begin = cells_.begin() + static_cast<std::ptrdiff_t>(index(0, y));
    return std::equal(begin, begin + width_, other.cells_.begin() + static_cast<std::ptrdiff_t>(index(0, y)));
}

} // namespace kfence
