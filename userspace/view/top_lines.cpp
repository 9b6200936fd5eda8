// SPDX-License-Identifier: Apache-2.0
#include "view/panels.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "view/alerts.h"
#include "view/format.h"
#include "view/sparkline.h"
#include "view/width.h"

namespace kfence {
namespace {

constexpr int kLabelWidth = 6;      // "Pool  ", "Rate  "
constexpr double kWarnUsage = 0.75; // KFENCE's own default for skip_covered_thresh
constexpr int kMaxSparkline = 60;
constexpr int kWide = 120; // columns from which on the pieces of a line stand further apart

/// A piece of a line; `rank` 0 is always kept, the highest rank goes first.
struct Segment {
    std::string text;
    int rank = 0;
    int gap = 3; ///< blanks before it
    Style style = Style::kNormal;
};

int total_width(const std::vector<Segment>& segments) {
    int width = 0;
    for (const Segment& segment : segments) {
        width += display_width(segment.text) + (width > 0 ? segment.gap : 0);
    }
    return width;
}

/// Drops segments until they fit; with one left, that one is cut off when it is drawn.
void fit(std::vector<Segment>& segments, int width) {
    while (segments.size() > 1 && total_width(segments) > width) {
        const auto least = std::ranges::max_element(segments, {}, &Segment::rank);
        if (least->rank == 0) {
            return;
        }
        segments.erase(least);
    }
}

void draw_line(Screen& screen, int y, int x, std::vector<Segment> segments) {
    for (Segment& segment : segments) {
        segment.gap = screen.width() < kWide ? std::min(segment.gap, 2) : segment.gap;
    }
    fit(segments, screen.width() - x);
    const int begin = x;
    for (const Segment& segment : segments) {
        x = screen.put(x > begin ? x + segment.gap : x, y, segment.text, segment.style);
    }
}

std::string describe_interval(const Settings& settings) {
    if (!settings.sample_interval_ms) {
        return "interval -";
    }
    return *settings.sample_interval_ms == 0 ? "interval 0 (off)"
                                             : fmt::format("interval {} ms", *settings.sample_interval_ms);
}

/// "19:31:07  41 s of 54 s  x2", with the wall time of the recording.
std::string describe_replay(const ReplayPosition& replay, const ViewInput& input, const ViewOptions& options) {
    constexpr std::size_t kTimeOfDay = 11; // in "2026-11-22T15:11:23.123Z"
    const std::string time = format_time(input.anchor.at(input.snapshot.now)).substr(kTimeOfDay, 8);
    const std::string speed = options.speed && *options.speed != 1 ? fmt::format("  x{:g}", *options.speed) : "";
    return fmt::format(" REPLAY {}  {} of {}{} ", time, format_duration(replay.at_s), format_duration(replay.length_s),
                       speed);
}

std::vector<Segment> title_segments(const ViewInput& input, const ViewOptions& options) {
    const Snapshot& s = input.snapshot;
    std::vector<Segment> out;
    for (const std::string& alert : alerts(input)) {
        out.push_back({" " + alert + " ", 0, 1, Style::kAlert});
    }
    if (options.paused) {
        out.push_back({" PAUSED ", 0, 1, Style::kNotice});
    }
    if (input.replay) {
        out.push_back({describe_replay(*input.replay, input, options), 0, 1, Style::kNotice});
    }
    out.push_back({"kfence-top", 3, 1, Style::kTitle});
    out.push_back({input.info.host, 7});
    out.push_back({input.info.kernel, 6});
    out.push_back({input.info.backend, 1, 3, input.info.complete_stream ? Style::kNormal : Style::kWarn});
    out.push_back({format_uptime(input.uptime_s), 8});
    out.push_back({describe_interval(s.settings), 2, 4});
    if (s.settings.burst) {
        out.push_back({fmt::format("burst {}", *s.settings.burst), 4, 2});
    }
    if (s.settings.skip_covered_thresh) {
        out.push_back({fmt::format("covered > {} %", *s.settings.skip_covered_thresh), 5, 2});
    }
    // The alerts at the left say it when it is not zero.
    if (s.losses.total() == 0) {
        out.push_back({describe_loss(s.losses), 0, 4});
    }
    if (!s.drift.any()) {
        out.push_back({describe_drift(s.drift), 0});
    }
    return out;
}

Style usage_style(const PoolUse& pool) {
    if (pool.allocated >= pool.objects) {
        return Style::kAlert;
    }
    return pool.usage > kWarnUsage ? Style::kWarn : Style::kGood;
}

void draw_bar(Screen& screen, int x, int y, int width, const PoolUse& pool) {
    if (width <= 0) {
        return;
    }
    const double per_slot = static_cast<double>(width) / static_cast<double>(pool.objects);
    const int full =
        std::clamp(static_cast<int>(std::lround(pool.allocated * per_slot)), pool.allocated > 0 ? 1 : 0, width);
    const int lost = std::clamp(static_cast<int>(std::lround(pool.zombies * per_slot)), pool.zombies > 0 ? 1 : 0, full);
    const Style style = pool.allocated >= pool.objects ? Style::kWarn : usage_style(pool);
    screen.put(x, y, std::string(static_cast<std::size_t>(full - lost), '|'), style);
    screen.put(x + full - lost, y, std::string(static_cast<std::size_t>(lost), 'z'), Style::kWarn);
}

/// The highest occupancy per column, 0..1; negative where nothing is known.
std::vector<double> sparkline_levels(const Snapshot& s, int columns) {
    std::vector<double> levels(static_cast<std::size_t>(columns), -1);
    const KernelNs begin = s.history.front().time;
    const double span = std::max(1.0, static_cast<double>(s.history.back().time - begin));
    for (const HistoryPoint& point : s.history) {
        const double where = static_cast<double>(point.time - begin) / span * (columns - 1);
        double& level =
            levels[static_cast<std::size_t>(std::clamp(std::lround(where), 0L, static_cast<long>(columns) - 1))];
        level = std::max(level, std::min(1.0, static_cast<double>(point.allocated) / s.pool.objects));
    }
    // A column without a point shows what was true before it.
    for (std::size_t i = 1; i < levels.size(); ++i) {
        levels[i] = levels[i] < 0 ? levels[i - 1] : levels[i];
    }
    return levels;
}

std::string describe_span(const Snapshot& s) {
    constexpr double kHour = 3600;
    const double seconds = static_cast<double>(s.history.back().time - s.history.front().time) / 1e9;
    return seconds >= kHour * 0.97 ? "last hour" : "last " + format_duration(seconds, Minutes::kSentence);
}

std::string describe_forecast(const Snapshot& s) {
    if (s.pool.objects > 0 && s.pool.allocated >= s.pool.objects) {
        return "full";
    }
    return s.full_in_s ? "full in about " + format_duration(*s.full_in_s, Minutes::kSentence) : "not filling up";
}

std::string describe_quarantine(const Snapshot& s) {
    std::string out = "quarantine " + (s.quarantine_s ? format_duration(*s.quarantine_s) : kUnknownText);
    if (s.quarantine_observed_s) {
        out += fmt::format(" (observed {})", format_duration(*s.quarantine_observed_s));
    }
    return out;
}

} // namespace

void draw_title(Screen& screen, int y, const ViewInput& input, const ViewOptions& options) {
    draw_line(screen, y, 0, title_segments(input, options));
}

void draw_pool(Screen& screen, int y, const Snapshot& s) {
    screen.put(0, y, "Pool", Style::kTitle);
    if (s.pool.objects == 0) {
        screen.put(kLabelWidth, y, s.enabled ? "size not known yet" : "not known: KFENCE has not been on since boot");
        return;
    }
    std::string figures = fmt::format("{}/{}   {}   zombies {}", s.pool.allocated, s.pool.objects,
                                      format_share(s.pool.usage), s.pool.zombies);
    if (s.pool.rcu_freeing > 0) {
        figures += fmt::format("   rcu {}", s.pool.rcu_freeing);
    }
    const int bar = screen.width() - kLabelWidth - display_width(figures) - 3;
    if (bar < 10) {
        screen.put(kLabelWidth, y, figures, usage_style(s.pool));
        return;
    }
    draw_bar(screen, kLabelWidth, y, bar, s.pool);
    screen.put_right(screen.width(), y, figures, usage_style(s.pool));
}

void draw_history(Screen& screen, int y, const Snapshot& s) {
    std::vector<Segment> segments;
    if (s.history.size() > 1 && s.pool.objects > 0) {
        const int columns = std::clamp(screen.width() / 3, 10, kMaxSparkline);
        segments.push_back({sparkline(sparkline_levels(s, columns), screen.utf8()), 2, 0, Style::kGood});
        segments.push_back({describe_span(s), 3, 2, Style::kDim});
    }
    if (s.pool.objects > 0) {
        segments.push_back({describe_forecast(s), 0, 6});
    }
    segments.push_back({describe_quarantine(s), 1, 5});
    draw_line(screen, y, kLabelWidth, std::move(segments));
}

void draw_rates(Screen& screen, int y, const Snapshot& s) {
    const Rates& r = s.rates;
    const auto named = [](const char* name, std::optional<double> rate) {
        return fmt::format("{} {}", name, format_per_second(rate));
    };
    const auto skip = [](const char* name, std::optional<double> rate) {
        return fmt::format("{} {}", name, rate ? fmt::format("{:.1f}", *rate) : kUnknownText);
    };
    const Style starved = r.skip_capacity.value_or(0) > 0 ? Style::kWarn : Style::kNormal;
    screen.put(0, y, "Rate", Style::kTitle);
    std::vector<Segment> segments = {
        {named("intended", r.intended), 0},      {named("attempted", r.attempted), 0},
        {named("actual", r.actual), 0},          {named("freed", r.frees), 2},
        {"skipped/s", 1, 5, Style::kDim},        {skip("full", r.skip_capacity), 1, 2, starved},
        {skip("covered", r.skip_covered), 3, 2}, {skip("incompatible", r.skip_incompatible), 4, 2},
    };
    if (r.skip_quota) {
        segments.push_back({skip("quota", r.skip_quota), 3, 2});
    }
    draw_line(screen, y, kLabelWidth, std::move(segments));
}

} // namespace kfence
