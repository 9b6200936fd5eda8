// SPDX-License-Identifier: Apache-2.0
#include "view/footer.h"

#include <string>

#include <fmt/format.h>

#include "view/alerts.h"
#include "view/format.h"
#include "view/overview.h"
#include "view/width.h"

namespace kfence {
namespace {

constexpr int kWideFooter = 120;

bool orders_caches(ViewKind kind) {
    return kind == ViewKind::kOverview || kind == ViewKind::kCaches;
}

/// "filter: kmalloc_   10 of 18 caches"; the other views say in their heading how many rows there are.
std::string describe_filter(const ViewInput& input, const ViewOptions& options) {
    const Filter& filter = options.place.filter;
    std::string out = fmt::format("filter: {}{}{}", filter.text(), options.editing_filter ? "_" : "",
                                  filter.is_plain_text() ? " (as text)" : "");
    if (orders_caches(options.place.kind)) {
        const auto shown = select_caches(input.snapshot, input.names, filter, SortKey::kLive, false).size();
        out += fmt::format("   {} of {} caches", shown, input.snapshot.caches.size());
    }
    return out;
}

/// "sorted by live, reversed" where no heading of a column says so.
std::string describe_order(const Place& place) {
    return orders_caches(place.kind)
               ? fmt::format("sorted by {}{}", to_string(place.sort), place.reverse ? ", reversed" : "")
               : (place.reverse ? std::string("reversed") : std::string());
}

/// Those that have room, and those that must be there.
void draw_keys(Screen& screen, int x, int y, std::span<const KeyHelp> keys) {
    const int gap = screen.width() < kWideFooter ? 2 : 3;
    const auto width_of = [&](const KeyHelp& key) {
        return gap + display_width(key.keys) + 1 + display_width(key.footer);
    };
    int reserved = 0;
    for (const KeyHelp& key : keys) {
        reserved += key.always ? width_of(key) : 0;
    }
    for (const KeyHelp& key : keys) {
        reserved -= key.always ? width_of(key) : 0;
        const int room = screen.width() - x + (x == 0 ? gap : 0) - reserved;
        if (key.footer.empty() || width_of(key) > room) {
            continue;
        }
        x = screen.put(x == 0 ? 0 : x + gap, y, key.keys, Style::kKey);
        x = screen.put(x + 1, y, key.footer, Style::kDim);
    }
}

} // namespace

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
    if (options.editing_filter || !options.place.filter.empty()) {
        x = screen.put(x, y, describe_filter(input, options), Style::kNotice) + 3;
        const char* keys = options.editing_filter ? "Enter keep   Esc clear" : "Esc clear";
        screen.put(x, y, keys, Style::kDim);
        return;
    }
    x = screen.put(x, y, describe_order(options.place), Style::kDim);
    draw_keys(screen, x, y, options.keys);
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

} // namespace kfence
