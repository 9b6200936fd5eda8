// SPDX-License-Identifier: Apache-2.0
#include "view/panels.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include <fmt/format.h>

#include "view/describe.h"
#include "view/format.h"
#include "view/width.h"

namespace kfence {
namespace {

struct AgeStep {
    const char* label;
    std::uint64_t below_ns; // a bound of the model's log2 buckets
};
// The labels are the decimal names of the powers of two of a nanosecond that they stand for.
constexpr std::uint64_t kUnit = 1ULL << 20; // about a millisecond
constexpr AgeStep kAgeSteps[kAgeRows] = {
    {"< 1 ms", kUnit},      {"< 16 ms", kUnit << 4},  {"< 256 ms", kUnit << 8},
    {"< 4 s", kUnit << 12}, {"< 1 min", kUnit << 16}, {"< 16 min", kUnit << 20},
    {"< 4 h", kUnit << 24}, {"< 3 d", kUnit << 28},   {"more", UINT64_MAX},
};
constexpr int kAgeLabelWidth = 12;
constexpr int kCountWidth = 6;
constexpr std::size_t kStackFrames = 3;
constexpr std::size_t kStackFramesWide = 5;
constexpr int kWidePanel = 120;
constexpr int kAgoWidth = 11;

std::string bar_text(double cells, bool utf8) {
    static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    std::string out;
    if (!utf8) {
        out.assign(static_cast<std::size_t>(std::max(1L, std::lround(cells))), '#');
        return out;
    }
    const auto eighths = std::max(1L, std::lround(cells * 8));
    for (long i = 0; i < eighths / 8; ++i) {
        out += "█";
    }
    return out + kEighths[eighths % 8];
}

/// Where the names begin: after the widest text, at most as far right as `limit`.
template <typename Items, typename TextOf> int names_after(int text_x, int limit, const Items& items, TextOf text_of) {
    int widest = 0;
    for (const auto& item : items) {
        widest = std::max(widest, display_width(text_of(item)));
    }
    return std::min(limit, text_x + widest + 3);
}

/// Columns for the names at the right of a panel: as many as they need, at most a third.
template <typename Items, typename NameOf> int cache_column(int panel_width, const Items& items, NameOf name_of) {
    int widest = 0;
    for (const auto& item : items) {
        widest = std::max(widest, display_width(name_of(item)));
    }
    return std::min(widest, std::max(panel_width / 3, 10));
}

template <typename T> std::span<const T> first_of(const std::vector<T>& all, int rows) {
    return std::span(all).first(std::min(all.size(), static_cast<std::size_t>(std::max(rows, 0))));
}

} // namespace

std::vector<AgeRow> age_rows(const std::vector<AgeBucket>& buckets) {
    std::vector<AgeRow> rows;
    rows.reserve(kAgeRows);
    for (const AgeStep& step : kAgeSteps) {
        rows.push_back({step.label, 0});
    }
    for (const AgeBucket& bucket : buckets) {
        const auto* const step = std::ranges::lower_bound(kAgeSteps, bucket.le_ns, {}, &AgeStep::below_ns);
        rows[static_cast<std::size_t>(step - std::begin(kAgeSteps))].count += bucket.count;
    }
    return rows;
}

void draw_ages(Screen& screen, Rect where, const Snapshot& snapshot) {
    if (where.height <= 0) {
        return;
    }
    const int right = where.x + where.width;
    screen.put(where.x, where.y, "Age of live objects", Style::kTitle, where.width);
    const auto rows = age_rows(snapshot.ages);
    const std::uint32_t most = std::ranges::max_element(rows, {}, &AgeRow::count)->count;
    const int bar_width = where.width - kAgeLabelWidth - kCountWidth;
    const int shown = std::min(static_cast<int>(rows.size()), where.height - 1);
    for (int i = 0; i < shown; ++i) {
        const AgeRow& row = rows[static_cast<std::size_t>(i)];
        const int y = where.y + 1 + i;
        screen.put(where.x + 2, y, row.label, Style::kDim, where.width - 2);
        if (row.count > 0 && bar_width > 0) {
            const double cells = static_cast<double>(row.count) / most * bar_width;
            screen.put(where.x + kAgeLabelWidth, y, bar_text(cells, screen.utf8()), Style::kGood, bar_width);
        }
        screen.put_right(right, y, fmt::format("{}", row.count));
    }
}

int draw_reports(Screen& screen, Rect where, const ViewInput& input) {
    if (where.height <= 0) {
        return 0;
    }
    const Snapshot& s = input.snapshot;
    const std::string title =
        fmt::format("Found since boot: {} {}", format_count(s.reports_total), s.reports_total == 1 ? "bug" : "bugs");
    screen.put(where.x, where.y, title, s.reports_total > 0 ? Style::kAlert : Style::kTitle, where.width);
    const auto shown = first_of(s.reports, where.height - 1);
    const auto name_of = [&](const ReportSeen& seen) { return report_cache(input.names, seen.report); };
    const auto text_of = [&](const ReportSeen& seen) { return describe_report(input.names, seen.report); };
    const int text_x = where.x + kAgoWidth + 2;
    const int limit = where.x + where.width - cache_column(where.width, shown, name_of);
    const int cache_x = names_after(text_x, limit, shown, text_of);
    int y = where.y;
    for (const ReportSeen& seen : shown) {
        ++y;
        screen.put_right(where.x + kAgoWidth, y, describe_ago(s.now, seen.report.time));
        screen.put(text_x, y, clip(text_of(seen), cache_x - text_x - 2, screen.utf8()));
        screen.put(cache_x, y, clip(name_of(seen), where.x + where.width - cache_x, screen.utf8()), Style::kDim);
    }
    return y - where.y + 1;
}

void draw_stacks(Screen& screen, Rect where, const ViewInput& input) {
    if (where.height <= 0) {
        return;
    }
    screen.put(where.x, where.y, "Held by", Style::kTitle, where.width);
    const auto shown = first_of(input.snapshot.stacks, where.height - 1);
    const auto name_of = [&](const StackUse& use) { return shown_name(input.names, use.cache); };
    const std::size_t frames = where.width < kWidePanel ? kStackFrames : kStackFramesWide;
    const auto text_of = [&](const StackUse& use) { return describe_stack(input.names, use.stack, frames); };
    const int text_x = where.x + kCountWidth + 2;
    const int limit = where.x + where.width - cache_column(where.width, shown, name_of);
    const int cache_x = names_after(text_x, limit, shown, text_of);
    int y = where.y;
    for (const StackUse& use : shown) {
        ++y;
        screen.put_right(where.x + kCountWidth, y, fmt::format("{}", use.count));
        screen.put(text_x, y, clip(text_of(use), cache_x - text_x - 2, screen.utf8()));
        screen.put(cache_x, y, clip(name_of(use), where.x + where.width - cache_x, screen.utf8()), Style::kDim);
    }
}

} // namespace kfence
