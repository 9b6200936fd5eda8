// SPDX-License-Identifier: Apache-2.0
#include "view/views.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "view/details.h"
#include "view/footer.h"
#include "view/lists.h"
#include "view/overview.h"
#include "view/panels.h"
#include "view/table.h"
#include "view/width.h"

namespace kfence {
namespace {

constexpr int kBodyTop = 3; // title, pool, heading
constexpr int kMarkWidth = 2;

bool is_small(const ViewOptions& options) {
    return options.width < kMinWidth || options.height < kMinHeight;
}

/// Rows between the heading and the last line; of a list the first of them is the heading of its table.
int body_rows(int height) {
    return std::max(1, height - kBodyTop - 1);
}

std::vector<TextLine> lines_of(const ViewInput& input, const ViewOptions& options) {
    switch (options.place.kind) {
    case ViewKind::kObject:
        return object_lines(input, options.place.object, options.allocator_frames);
    case ViewKind::kReport:
        return report_lines(input, options.place, options.allocator_frames);
    default:
        return settings_lines(input);
    }
}

void draw_heading(Screen& screen, const ViewOptions& options, std::string_view what) {
    const int x = screen.put(0, kBodyTop - 1, to_string(options.place.kind), Style::kTitle);
    screen.put(x + 2, kBodyTop - 1, clip(what, screen.width() - x - 2, screen.utf8()));
}

void draw_list(Screen& screen, List& list, const ViewOptions& options) {
    draw_heading(screen, options, list.heading());
    const Rect body{kMarkWidth, kBodyTop, options.width - kMarkWidth, body_rows(options.height)};
    const auto page = static_cast<std::size_t>(body.height - 1);
    const Window window = visible_rows(list.size(), page, options.place.cursor, options.place.scroll);
    list.arrange(window.first, window.count);
    std::vector<TableRow> rows;
    rows.reserve(window.count);
    for (std::size_t i = 0; i < window.count; ++i) {
        rows.push_back(list.row(window.first + i));
    }
    const std::optional<std::size_t> cursor = rows.empty() ? std::nullopt : std::optional(window.cursor - window.first);
    draw_table(screen, body, {.columns = list.columns(), .sorted = list.sorted(), .cursor = cursor}, rows);
    if (cursor) {
        screen.put(0, body.y + 1 + static_cast<int>(*cursor), ">", Style::kCursor);
    } else {
        screen.put(body.x, body.y + 1, list.nothing(), Style::kDim);
    }
}

void draw_lines(Screen& screen, const std::vector<TextLine>& lines, const ViewOptions& options) {
    draw_heading(screen, options, "");
    const int rows = body_rows(options.height);
    const std::size_t most =
        lines.size() > static_cast<std::size_t>(rows) ? lines.size() - static_cast<std::size_t>(rows) : 0;
    const std::size_t first = std::min(options.place.scroll, most);
    for (int row = 0; row < rows; ++row) {
        const std::size_t i = first + static_cast<std::size_t>(row);
        if (i >= lines.size()) {
            return;
        }
        screen.put(0, kBodyTop + row, clip(lines[i].text, screen.width(), screen.utf8()), lines[i].style);
    }
}

} // namespace

Screen render_view(const ViewInput& input, const ViewOptions& options) {
    if (options.place.kind == ViewKind::kOverview) {
        return render_overview(input, options);
    }
    Screen screen(options.width, options.height, options.utf8);
    if (options.help) {
        draw_help(screen, input, options);
        return screen;
    }
    if (is_small(options)) {
        draw_small(screen, input, options);
        return screen;
    }
    draw_title(screen, 0, input, options);
    draw_pool(screen, 1, input.snapshot);
    if (const std::unique_ptr<List> list = open_list(input, options.place)) {
        draw_list(screen, *list, options);
    } else {
        draw_lines(screen, lines_of(input, options), options);
    }
    draw_footer(screen, input, options);
    return screen;
}

Extent extent_of(const ViewInput& input, const ViewOptions& options) {
    const Place& place = options.place;
    if (place.kind == ViewKind::kOverview) {
        const auto caches = select_caches(input.snapshot, input.names, place.filter, SortKey::kLive, false);
        return {.rows = caches.size(), .page = cache_rows(options.width, options.height), .cursor = false};
    }
    const int rows = is_small(options) ? 1 : body_rows(options.height);
    if (const std::unique_ptr<List> list = open_list(input, place)) {
        return {.rows = list->size(), .page = static_cast<std::size_t>(std::max(1, rows - 1)), .cursor = true};
    }
    return {.rows = lines_of(input, options).size(), .page = static_cast<std::size_t>(rows), .cursor = false};
}

std::optional<Place> deeper_place(const ViewInput& input, const ViewOptions& options) {
    if (options.place.kind == ViewKind::kOverview) {
        Place caches;
        caches.kind = ViewKind::kCaches;
        return caches;
    }
    const std::unique_ptr<List> list = open_list(input, options.place);
    if (!list || list->size() == 0) {
        return std::nullopt;
    }
    const Extent extent = extent_of(input, options);
    const Window window = visible_rows(list->size(), extent.page, options.place.cursor, options.place.scroll);
    list->arrange(window.first, window.count);
    return list->deeper(window.cursor);
}

} // namespace kfence
