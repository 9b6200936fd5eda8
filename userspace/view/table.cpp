// SPDX-License-Identifier: Apache-2.0
#include "view/table.h"

#include <algorithm>

#include "view/width.h"

namespace kfence {
namespace {

constexpr int kGap = 2;

/// The numbers of the columns that fit.
std::vector<std::size_t> columns_for(std::span<const TableColumn> columns, int width) {
    std::vector<std::size_t> out(columns.size());
    int used = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        out[i] = i;
        used += columns[i].width;
    }
    while (used > width) {
        const auto least = std::ranges::max_element(out, {}, [&](std::size_t i) { return columns[i].rank; });
        if (least == out.end() || columns[*least].rank == 0) {
            break;
        }
        used -= columns[*least].width;
        out.erase(least);
    }
    return out;
}

/// A cell from column `x` on, `width` wide with its gap.
void draw_cell(Screen& screen, int x, int y, int width, const TableColumn& column, const std::string& text,
               Style style) {
    const int room = std::max(width - (column.left ? kGap : 0), 0);
    const std::string shown = clip(text, room, screen.utf8());
    if (column.left) {
        screen.put(x, y, shown, style, room);
    } else {
        screen.put_right(x + width, y, shown, style);
    }
}

} // namespace

void draw_table(Screen& screen, Rect where, const TableLook& look, std::span<const TableRow> rows) {
    if (where.height <= 0 || where.width <= 0) {
        return;
    }
    const auto shown = columns_for(look.columns, where.width);
    screen.paint(where.x, where.y, where.width, Style::kHeader);
    const int most = std::min(static_cast<int>(rows.size()), where.height - 1);
    int x = where.x;
    for (std::size_t n = 0; n < shown.size(); ++n) {
        const std::size_t i = shown[n];
        const TableColumn& column = look.columns[i];
        const int room = where.x + where.width - x;
        const bool takes_the_rest = n + 1 == shown.size() && column.left;
        const int width = takes_the_rest ? room + kGap : std::min(column.width, room);
        draw_cell(screen, x, where.y, width, column, column.title, i == look.sorted ? Style::kSorted : Style::kHeader);
        for (int row = 0; row < most; ++row) {
            const TableRow& line = rows[static_cast<std::size_t>(row)];
            draw_cell(screen, x, where.y + 1 + row, width, column, line.cells[i], line.style);
        }
        x += width;
    }
    if (look.cursor && static_cast<int>(*look.cursor) < most) {
        screen.paint(where.x, where.y + 1 + static_cast<int>(*look.cursor), where.width, Style::kCursor);
    }
}

Window visible_rows(std::size_t rows, std::size_t page, std::size_t cursor, std::size_t scroll) noexcept {
    if (rows == 0 || page == 0) {
        return {};
    }
    Window out;
    out.cursor = std::min(cursor, rows - 1);
    const std::size_t last_first = rows > page ? rows - page : 0;
    const std::size_t least = out.cursor >= page ? out.cursor - page + 1 : 0;
    out.first = std::min(std::clamp(scroll, least, out.cursor), last_first);
    out.count = std::min(page, rows - out.first);
    return out;
}

} // namespace kfence
