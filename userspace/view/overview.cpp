// SPDX-License-Identifier: Apache-2.0
#include "view/overview.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "view/alerts.h"
#include "view/format.h"
#include "view/panels.h"
#include "view/width.h"

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

std::string describe_filter(const ViewInput& input, const ViewOptions& options) {
    const Filter& filter = options.caches.filter;
    const auto shown = select_caches(input.snapshot, input.names, filter, SortKey::kLive, false).size();
    return fmt::format("filter: {}{}{}   {} of {} caches", filter.text(), options.editing_filter ? "_" : "",
                       filter.is_plain_text() ? " (as text)" : "", shown, input.snapshot.caches.size());
}

void draw_footer(Screen& screen, const ViewInput& input, const ViewOptions& options) {
    const int y = screen.height() - 1;
    int x = 0;
    if (!options.message.empty()) {
        x = screen.put(0, y, options.message, Style::kNotice) + 3;
    }
    if (!options.prompt.empty()) {
        x = screen.put(x, y, options.prompt, Style::kNotice) + 3;
        screen.put(x, y, "Enter go   Esc stay", Style::kDim);
        return;
    }
    if (options.editing_filter || !options.caches.filter.empty()) {
        x = screen.put(x, y, describe_filter(input, options), Style::kNotice) + 3;
        const char* keys = options.editing_filter ? "Enter keep   Esc clear" : "Esc clear";
        screen.put(x, y, keys, Style::kDim);
        return;
    }
    const std::string sort =
        fmt::format("sorted by {}{}", to_string(options.caches.sort), options.caches.reverse ? ", reversed" : "");
    x = screen.put(x, y, sort, Style::kDim) + 3;
    for (const KeyHelp& key : options.keys) {
        if (key.footer.empty()) {
            continue;
        }
        if (x + display_width(key.keys) + 1 + display_width(key.footer) > screen.width()) {
            return;
        }
        x = screen.put(x, y, key.keys, Style::kKey);
        x = screen.put(x + 1, y, key.footer, Style::kDim) + 3;
    }
}

void draw_help(Screen& screen, const ViewInput& input, const ViewOptions& options) {
    int y = 0;
    const auto line = [&](std::string_view text, Style style = Style::kNormal) { screen.put(0, y++, text, style); };
    line("kfence-top " KFENCE_TOOLS_VERSION ": keys", Style::kTitle);
    for (const KeyHelp& key : options.keys) {
        screen.put(2, y, key.keys, Style::kKey);
        screen.put(16, y++, key.does);
    }
    ++y;
    line(fmt::format("backend {}{}", input.info.backend, input.info.blind.empty() ? "" : " cannot see:"),
         Style::kTitle);
    for (const std::string& blind : input.info.blind) {
        line("  " + blind);
    }
    ++y;
    line("intended   allocations per second that the interval and the burst ask for");
    line("attempted  those that an allocation came for: served, or refused for a full pool or a covered stack");
    line("actual     those that KFENCE serves from its pool");
    line("quarantine time from the free of an object until its slot is used again: a use-after-free is seen within it");
    line("loss       events that did not reach this tool; drift: this picture minus the kernel's own counters");
}

/// For a screen too small for the overview: what is wrong, the pool, and why there is no more.
void draw_small(Screen& screen, const ViewInput& input, const ViewOptions& options) {
    const Snapshot& s = input.snapshot;
    const std::string pool = s.pool.objects == 0 ? "Pool not known"
                                                 : fmt::format("Pool {}/{} {}", s.pool.allocated, s.pool.objects,
                                                               format_share(s.pool.usage));
    const std::string state = fmt::format("{}  {}", describe_loss(s.losses), describe_drift(s.drift));
    const auto wrong = alerts(input);
    const std::string first = !wrong.empty() ? wrong.front() : options.paused ? "PAUSED" : pool;
    if (screen.height() == 1) {
        screen.put(0, 0, first, wrong.empty() ? Style::kNormal : Style::kAlert);
        return;
    }
    int y = 0;
    screen.put(0, y++, first, wrong.empty() ? Style::kNormal : Style::kAlert);
    if (first != pool) {
        screen.put(0, y++, pool);
    }
    screen.put(0, y++, state, s.losses.total() > 0 || s.drift.any() ? Style::kAlert : Style::kNormal);
    const std::string needs = fmt::format("needs {}x{}", kMinWidth, kMinHeight);
    if (screen.width() > display_width(needs) + 11) {
        screen.put(0, y++, "too small: " + needs, Style::kWarn);
    } else {
        screen.put(0, y++, "too small:", Style::kWarn);
        screen.put(0, y++, needs, Style::kWarn);
    }
    screen.put(0, y++, fmt::format("actual {}", format_per_second(s.rates.actual)));
    screen.put(0, y++, fmt::format("attempted {}", format_per_second(s.rates.attempted)));
    screen.put(0, y++, fmt::format("intended {}", format_per_second(s.rates.intended)));
    screen.put(0, y++, fmt::format("bugs found {}", format_count(s.reports_total)));
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
    draw_caches(screen, {0, top, options.width, rows}, input, options.caches, options.scroll);
    draw_footer(screen, input, options);
    return screen;
}

} // namespace kfence
