// SPDX-License-Identifier: Apache-2.0
#include "view/overview.h"

#include <algorithm>

#include "view/footer.h"
#include "view/panels.h"

namespace kfence {
namespace {

constexpr int kMiddleTop = 5;              // title, pool, history, rates, blank
constexpr int kLeastMiddle = 1 + kAgeRows; // a heading and the ages
constexpr int kColumnGap = 2;

/// Rows for ages, reports and stacks: on a high screen the stacks get a share of what is there.
int middle_rows(int height) {
    return kLeastMiddle + std::max(0, height - 34) / 3;
}

int table_top(int height) {
    return kMiddleTop + middle_rows(height) + 1;
}

bool is_small(const ViewOptions& options) {
    return options.width < kMinWidth || options.height < kMinHeight;
}

void draw_middle(Screen& screen, const ViewInput& input) {
    const int rows = middle_rows(screen.height());
    const int left = std::clamp(screen.width() * 38 / 100, 30, 64);
    draw_ages(screen, {0, kMiddleTop, left - kColumnGap, rows}, input.snapshot);

    const int width = screen.width() - left;
    const int for_reports = std::max(3, rows * 3 / 10);
    const int used = draw_reports(screen, {left, kMiddleTop, width, for_reports}, input);
    draw_stacks(screen, {left, kMiddleTop + used + 1, width, rows - used - 1}, input);
}

} // namespace

std::size_t cache_rows(int width, int height) noexcept {
    if (width < kMinWidth || height < kMinHeight) {
        return 1;
    }
    return static_cast<std::size_t>(std::max(1, height - table_top(height) - 2));
}

Screen render_overview(const ViewInput& input, const ViewOptions& options) {
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
    draw_history(screen, 2, input.snapshot);
    draw_rates(screen, 3, input.snapshot);
    draw_middle(screen, input);
    const int top = table_top(options.height);
    const int rows = static_cast<int>(cache_rows(options.width, options.height)) + 1;
    const CacheOrder order{
        .sort = options.place.sort, .reverse = options.place.reverse, .filter = options.place.filter};
    draw_caches(screen, {0, top, options.width, rows}, input, order, options.place.scroll);
    draw_footer(screen, input, options);
    return screen;
}

} // namespace kfence
