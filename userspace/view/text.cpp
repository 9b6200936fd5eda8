// SPDX-License-Identifier: Apache-2.0
#include "view/text.h"

#include <algorithm>

#include <fmt/format.h>

#include "view/format.h"
#include "view/panels.h"

namespace kfence {
namespace {

constexpr int kMaxReports = 3;
constexpr int kMaxStacks = 5;

/// "ages  < 1 ms 1   < 16 ms 9 ...": the rows that are not empty.
std::string describe_ages(const Snapshot& s) {
    std::string out;
    for (const AgeRow& row : age_rows(s.ages)) {
        if (row.count > 0) {
            out += fmt::format("{}{}: {}", out.empty() ? "" : "   ", row.label, row.count);
        }
    }
    return out.empty() ? "no live object" : out;
}

int rows_of(std::size_t count, int limit) {
    return static_cast<int>(std::min(count, static_cast<std::size_t>(limit)));
}

/// One piece of the block, drawn on a screen of its own height.
template <typename Draw> std::string piece(const TextOptions& options, int rows, Draw draw) {
    Screen screen(std::max(options.width, 1), rows, options.utf8);
    draw(screen);
    return screen.text();
}

} // namespace

std::string render_text(const ViewInput& input, const TextOptions& options) {
    const Snapshot& s = input.snapshot;
    ViewOptions view;
    const int reports = 1 + rows_of(s.reports.size(), kMaxReports);
    const int stacks = 1 + rows_of(s.stacks.size(), kMaxStacks);
    const auto matching = select_caches(s, input.names, options.caches.filter, options.caches.sort, false).size();
    const int caches = 1 + std::max(1, rows_of(matching, static_cast<int>(options.max_caches)));

    std::string out = piece(options, 6, [&](Screen& screen) {
        draw_title(screen, 0, input, view);
        screen.put(0, 1, "Time  " + format_time(input.anchor.at(s.now)));
        draw_pool(screen, 2, s);
        draw_history(screen, 3, s);
        draw_rates(screen, 4, s);
        screen.put(0, 5, "Ages  " + describe_ages(s));
    });
    out +=
        piece(options, reports, [&](Screen& screen) { draw_reports(screen, {0, 0, options.width, reports}, input); });
    out += piece(options, stacks, [&](Screen& screen) { draw_stacks(screen, {0, 0, options.width, stacks}, input); });
    out += piece(options, caches,
                 [&](Screen& screen) { draw_caches(screen, {0, 0, options.width, caches}, input, options.caches, 0); });
    return out + '\n';
}

} // namespace kfence
