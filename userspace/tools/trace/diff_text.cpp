// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/diff_render.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tools/trace/report_words.h"
#include "view/alerts.h"
#include "view/format.h"

namespace kfence {
namespace {

constexpr std::size_t kMostCaches = 10;
constexpr std::size_t kMostLifetimes = 8;
constexpr std::size_t kMostStacks = 8;

std::string nothing(std::string_view label, const TextShape& shape) {
    return labelled(label, {"no difference"}, shape);
}

std::string figure(const FigureDiff& diff, std::optional<double> value) {
    if (!value) {
        return kUnknownText;
    }
    switch (diff.unit) {
    case FigureUnit::kPerSecond:
        return format_rate(value) + "/s";
    case FigureUnit::kShare:
        return format_share_fine(*value);
    case FigureUnit::kNanoseconds:
        return format_duration(*value / 1e9);
    case FigureUnit::kCount:
        break;
    }
    return grouped(value);
}

/// "0.20x", "new", "gone", "=".
std::string ratio(std::optional<double> a, std::optional<double> b) {
    if (!a || !b) {
        return kUnknownText;
    }
    if (*a == 0) {
        return *b == 0 ? "=" : "new";
    }
    return *b == 0 ? "gone" : format_rate(*b / *a) + "x";
}

std::string points(const Both<Share>& share) {
    if (share_words(share.a) == share_words(share.b)) {
        return share.a ? "=" : kUnknownText;
    }
    return share.a && share.b ? fmt::format("{:+.1f}", (*share.b - *share.a) * 100) : kUnknownText;
}

std::string head(const char* side, const Summary& s, const TextShape& shape) {
    std::vector<std::string> pieces;
    for (const std::string& piece : {s.info.source.host, s.info.source.kernel, s.info.source.backend}) {
        if (!piece.empty()) {
            pieces.push_back(piece);
        }
    }
    pieces.push_back(fmt::format("{} UTC ({})", format_span(s.unix_time(s.window.since), s.unix_time(s.window.until)),
                                 format_duration(s.window.seconds(), Minutes::kSentence)));
    pieces.push_back(s.losses.total() > 0 ? fmt::format("LOST {} ({})", s.losses.total(), describe_causes(s.losses))
                                          : "lost 0");
    return labelled(side, pieces, shape, ", ");
}

std::string settings(const DiffInput& input, const TextShape& shape) {
    const auto words = [](const Summary& s) {
        std::string out;
        for (const SettingsEvent& settings : s.settings) {
            out += (out.empty() ? "" : "; then ") + settings_words(settings);
        }
        return out.empty() ? kUnknownText : out;
    };
    const std::string a = words(input.a);
    const std::string b = words(input.b);
    if (a == b) {
        return nothing("Settings", shape);
    }
    return labelled("Settings A", {a}, shape) + labelled("Settings B", {b}, shape);
}

std::string figures(std::string_view label, const std::vector<FigureDiff>& diffs, const TextShape& shape) {
    TextTable table({{std::string(label), false}, {"A"}, {"B"}, {"B/A"}});
    bool differs = false;
    for (const FigureDiff& diff : diffs) {
        const std::string a = figure(diff, diff.value.a);
        const std::string b = figure(diff, diff.value.b);
        differs = differs || a != b;
        if (diff.value.a.value_or(0) != 0 || diff.value.b.value_or(0) != 0) {
            table.add({diff.name, a, b, a == b ? "=" : ratio(diff.value.a, diff.value.b)});
        }
    }
    return differs ? table.text(shape) : nothing(label, shape);
}

std::string caches(const DiffInput& input, const TextShape& shape) {
    TextTable table({{"CACHE", false}, {"SLOT-TIME A"}, {"B"}, {"POINTS"}, {"ALLOC/s A"}, {"B"}, {"B/A"}});
    std::size_t more = 0;
    for (const CacheDiff& diff : input.diff.caches) {
        const std::string rate_a = format_rate(diff.allocs_per_s.a);
        const std::string rate_b = format_rate(diff.allocs_per_s.b);
        if (share_words(diff.share.a) == share_words(diff.share.b) && rate_a == rate_b) {
            continue;
        }
        if (table.rows() == kMostCaches) {
            ++more;
            continue;
        }
        table.add({std::string(summary_cache_name(input.names.names, diff.cache)), share_words(diff.share.a),
                   share_words(diff.share.b), points(diff.share), rate_a, rate_b,
                   rate_a == rate_b ? "=" : ratio(diff.allocs_per_s.a, diff.allocs_per_s.b)});
    }
    return table.rows() == 0 ? nothing("Caches", shape)
                             : table.text(shape) + (more > 0 ? fmt::format("and {} more caches\n", more) : "");
}

std::string lifetimes(const DiffInput& input, const TextShape& shape) {
    // Those that hold the most come first: their lifetimes matter.
    std::vector<const CacheDiff*> order;
    order.reserve(input.diff.caches.size());
    for (const CacheDiff& diff : input.diff.caches) {
        order.push_back(&diff);
    }
    std::ranges::stable_sort(order, [](const CacheDiff* x, const CacheDiff* y) {
        return std::max(x->share.a, x->share.b) > std::max(y->share.a, y->share.b);
    });
    TextTable table({{"CACHE", false},
                     {"LIFE p50 A"},
                     {"B"},
                     {"B/A"},
                     {"p90 A", true, 1},
                     {"B", true, 1},
                     {"p99 A", true, 2},
                     {"B", true, 2}});
    for (const CacheDiff* diff : order) {
        const Percentiles& a = diff->lifetimes.a;
        const Percentiles& b = diff->lifetimes.b;
        std::vector<std::string> cells = {std::string(summary_cache_name(input.names.names, diff->cache)),
                                          format_age(a.p50),
                                          format_age(b.p50),
                                          "",
                                          format_age(a.p90),
                                          format_age(b.p90),
                                          format_age(a.p99),
                                          format_age(b.p99)};
        const bool differs = cells[1] != cells[2] || cells[4] != cells[5] || cells[6] != cells[7];
        if (!differs || table.rows() == kMostLifetimes) {
            continue;
        }
        cells[3] = cells[1] == cells[2] ? "="
                   : a.p50 && b.p50     ? ratio(static_cast<double>(*a.p50), static_cast<double>(*b.p50))
                                        : kUnknownText;
        table.add(std::move(cells));
    }
    return table.rows() == 0 ? nothing("Lifetimes", shape) : table.text(shape);
}

std::string stacks(const DiffInput& input, const TextShape& shape) {
    TextTable table({{"SLOT-TIME A"}, {"B"}, {"POINTS"}, {"CACHE", false}, {"STACK", false}});
    for (const StackDiff& diff : input.diff.stacks) {
        const std::string a = share_words(diff.share.a);
        const std::string b = share_words(diff.share.b);
        if (a != b && table.rows() < kMostStacks) {
            table.add({a, b, points(diff.share), std::string(summary_cache_name(input.names.names, diff.cache)),
                       stack_words(input.names, diff.stack)});
        }
    }
    return table.rows() == 0 ? nothing("Stacks", shape) : table.text(shape);
}

std::string found(const DiffInput& input, const TextShape& shape) {
    TextTable table({{"FOUND A"}, {"B"}, {"CACHE", false}, {"TITLE", false}});
    for (const ReportDiff& diff : input.diff.reports) {
        if (diff.count.a != diff.count.b) {
            table.add({fmt::format("{}", diff.count.a), fmt::format("{}", diff.count.b), diff.cache, diff.title});
        }
    }
    return table.rows() == 0 ? nothing("Found", shape) : table.text(shape);
}

} // namespace

std::string render_diff(const DiffInput& input, const TextShape& shape) {
    std::string out = head("A", input.a, shape) + head("B", input.b, shape);
    if (!input.selection.empty()) {
        out += labelled("", {fmt::format("Only {}", input.selection), kSelected}, shape, " ");
    }
    bool was_table = true;
    for (const std::string& part :
         {settings(input, shape), figures("Rates", input.diff.rates, shape), figures("Pool", input.diff.pool, shape),
          caches(input, shape), lifetimes(input, shape), stacks(input, shape), found(input, shape)}) {
        const bool is_table = std::ranges::count(part, '\n') > 1;
        out += (is_table || was_table ? "\n" : "") + part;
        was_table = is_table;
    }
    return out;
}

} // namespace kfence
