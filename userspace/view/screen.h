// SPDX-License-Identifier: Apache-2.0
// A grid of cells: what a view draws on, and what a terminal shows. Drawing outside of it is cut off.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kfence {

/// What a piece of text is, not how it looks: the terminal chooses that from its palette. Nothing is said
/// by style alone.
enum class Style : unsigned char {
    kNormal,
    kDim,    ///< labels
    kTitle,  ///< headings
    kHeader, ///< the heading of a table
    kSorted, ///< the column in it that orders the rows
    kGood,   ///< a bar in its normal range
    kWarn,   ///< worth a look
    kAlert,  ///< something is wrong
    kNotice, ///< a state the user has put the view into: paused, a filter
    kKey,    ///< a key in the last line
    kCursor, ///< the row that is chosen
};
inline constexpr std::size_t kStyleCount = 11;

struct Cell {
    std::string text = " "; ///< one grapheme; empty in the right half of a wide one
    Style style = Style::kNormal;
    friend bool operator==(const Cell&, const Cell&) = default;
};

class Screen {
public:
    /// All cells blank. With `utf8` false, everything that is not ASCII is drawn as "?".
    Screen(int width, int height, bool utf8 = true);

    [[nodiscard]] int width() const noexcept { return width_; }
    [[nodiscard]] int height() const noexcept { return height_; }
    [[nodiscard]] bool utf8() const noexcept { return utf8_; }

    /// Draws `text` from column `x` on, cut off at `max_width` columns and at the edge. Returns the column
    /// after it.
    int put(int x, int y, std::string_view text, Style style = Style::kNormal, int max_width = kToEdge);
    /// Draws `text` so that it ends before column `end`.
    void put_right(int end, int y, std::string_view text, Style style = Style::kNormal);
    /// Gives `width` cells from column `x` on this style, and leaves their text.
    void paint(int x, int y, int width, Style style);

    /// `x` and `y` must be inside.
    [[nodiscard]] const Cell& at(int x, int y) const { return cells_[index(x, y)]; }
    /// The text of a row, without blanks at its end.
    [[nodiscard]] std::string row(int y) const;
    /// All rows, each with a newline.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool same_row(const Screen& other, int y) const;

    static constexpr int kToEdge = 1 << 20;

private:
    [[nodiscard]] std::size_t index(int x, int y) const {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
    }
    void set(int x, int y, std::string text, int columns, Style style);
    void unpair(int x, int y);

    int width_;
    int height_;
    bool utf8_;
    std::vector<Cell> cells_;
};

} // namespace kfence
