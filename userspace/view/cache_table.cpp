// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "view/format.h"
#include "view/panels.h"
#include "view/width.h"

namespace kfence {
namespace {

struct Column {
    const char* title = "";
    int width = 0;
    int rank = 0; ///< the highest goes first when the screen is narrow
    std::optional<SortKey> sort;
    std::string (*text)(const CacheUse&) = nullptr;
};

const Column kColumns[] = {
    {"LIVE", 6, 0, SortKey::kLive, [](const CacheUse& c) { return fmt::format("{}", c.allocated); }},
    {"POOL", 6, 1, std::nullopt, [](const CacheUse& c) { return format_share(c.share); }},
    {"ALLOCS", 8, 2, SortKey::kAllocs, [](const CacheUse& c) { return format_count(c.allocs); }},
    {"FREES", 8, 7, std::nullopt, [](const CacheUse& c) { return format_count(c.frees); }},
    {"ALLOC/s", 9, 3, SortKey::kRate, [](const CacheUse& c) { return format_rate(c.alloc_rate); }},
    {"SAMPLED", 9, 6, std::nullopt, [](const CacheUse& c) { return format_share_fine(c.sampled); }},
    {"AGE p50", 9, 5, std::nullopt, [](const CacheUse& c) { return format_age(c.age_p50_ns); }},
    {"AGE p99", 9, 4, SortKey::kAge, [](const CacheUse& c) { return format_age(c.age_p99_ns); }},
    {"LIFE p50", 10, 8, std::nullopt, [](const CacheUse& c) { return format_age(c.life_p50_ns); }},
    {"LIFE p99", 10, 9, std::nullopt, [](const CacheUse& c) { return format_age(c.life_p99_ns); }},
    {"SKIP", 6, 10, std::nullopt, [](const CacheUse& c) { return std::string(c.skipped ? "yes" : "-"); }},
};
constexpr int kMinNameWidth = 18;
constexpr int kMaxNameWidth = 40;

std::vector<const Column*> columns_for(int width) {
    std::vector<const Column*> out;
    int used = kMinNameWidth;
    for (const Column& column : kColumns) {
        out.push_back(&column);
        used += column.width;
    }
    while (!out.empty() && used > width) {
        const auto least = std::ranges::max_element(out, {}, &Column::rank);
        used -= (*least)->width;
        out.erase(least);
    }
    return out;
}

int name_width(const std::vector<const Column*>& columns, int width) {
    for (const Column* column : columns) {
        width -= column->width;
    }
    return std::clamp(width, 0, kMaxNameWidth);
}

void draw_heading(Screen& screen, const Rect& where, const std::vector<const Column*>& columns, int names,
                  SortKey sort) {
    screen.paint(where.x, where.y, where.width, Style::kHeader);
    screen.put(where.x, where.y, "CACHE", sort == SortKey::kName ? Style::kSorted : Style::kHeader, where.width);
    int end = where.x + names;
    for (const Column* column : columns) {
        end += column->width;
        screen.put_right(end, where.y, column->title, column->sort == sort ? Style::kSorted : Style::kHeader);
    }
}

void draw_row(Screen& screen, int x, int y, const std::vector<const Column*>& columns, int names,
              const ViewInput& input, const CacheUse& use) {
    // Without the column, a cache that KFENCE leaves out is marked at its name.
    const bool has_skip_column = !columns.empty() && columns.back() == std::end(kColumns) - 1;
    std::string name{shown_name(input.names, use.cache)};
    const std::string mark = use.skipped && !has_skip_column ? " (skip)" : "";
    name = clip(name, names - 1 - display_width(mark), screen.utf8()) + mark;
    screen.put(x, y, name, Style::kNormal, names);
    int end = x + names;
    for (const Column* column : columns) {
        end += column->width;
        screen.put_right(end, y, column->text(use), use.skipped ? Style::kDim : Style::kNormal);
    }
}

} // namespace

void draw_caches(Screen& screen, Rect where, const ViewInput& input, const CacheOrder& order, std::size_t scroll) {
    if (where.height <= 0 || where.width <= 0) {
        return;
    }
    const auto caches = select_caches(input.snapshot, input.names, order.filter, order.sort, order.reverse);
    const auto columns = columns_for(where.width);
    const int names = name_width(columns, where.width);
    draw_heading(screen, where, columns, names, order.sort);
    const auto rows = static_cast<std::size_t>(where.height - 1);
    const std::size_t first = std::min(scroll, caches.size() > rows ? caches.size() - rows : 0);
    const std::size_t last = std::min(caches.size(), first + rows);
    for (std::size_t i = first; i < last; ++i) {
        const int y = where.y + 1 + static_cast<int>(i - first);
        draw_row(screen, where.x, y, columns, names, input, *caches[i]);
    }
    if (caches.empty() && rows > 0) {
        screen.put(where.x, where.y + 1,
                   order.filter.empty() ? "no object of any cache was seen yet" : "no cache matches the filter",
                   Style::kDim, where.width);
    }
}

} // namespace kfence
