// SPDX-License-Identifier: Apache-2.0
// A heading and rows of cells. Columns that have no room are left out, the least important first.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "view/panels.h"
#include "view/screen.h"

namespace kfence {

struct TableColumn {
    const char* title = "";
    int width = 0;     ///< with the gap to its neighbour; of the last one: what it should have at least
    int rank = 0;      ///< the highest goes first when there is no room; 0 stays
    bool left = false; ///< aligned to the left
};

struct TableRow {
    std::vector<std::string> cells; ///< one per column
    Style style = Style::kNormal;
};

struct TableLook {
    std::span<const TableColumn> columns; ///< the last one takes the room that is left, when it is aligned to the left
    std::size_t sorted = 0;               ///< column
    std::optional<std::size_t> cursor;    ///< of the rows that are drawn
};

/// Draws the heading and the rows into the rectangle.
void draw_table(Screen& screen, Rect where, const TableLook& look, std::span<const TableRow> rows);

/// The rows of a list that are visible: the cursor is one of them.
struct Window {
    std::size_t first = 0;
    std::size_t count = 0;
    std::size_t cursor = 0;
};
[[nodiscard]] Window visible_rows(std::size_t rows, std::size_t page, std::size_t cursor, std::size_t scroll) noexcept;

} // namespace kfence
