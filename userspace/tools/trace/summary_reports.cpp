// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/summary_reports.h"

#include <algorithm>
#include <tuple>

#include "tools/trace/summary_stacks.h"
#include "view/describe.h"

namespace kfence {
namespace {

constexpr std::size_t kTopFrames = 3;

void widen(std::optional<Range>& range, std::uint64_t value) {
    range = range ? Range{.least = std::min(range->least, value), .most = std::max(range->most, value)}
                  : Range{.least = value, .most = value};
}

std::uint64_t between(KernelNs from, KernelNs to) {
    return to > from ? to - from : 0;
}

std::string key_of(const Names& names, const ReportEvent& report, const std::string& title, std::string_view cache) {
    std::string key = title;
    const auto frames = caller_frames(names, report.access_stack);
    for (std::size_t i = 0; i < std::min(frames.size(), kTopFrames); ++i) {
        key += '\n';
        key += function_of(frames[i]);
    }
    key += "\n\n";
    key += cache;
    return key;
}

} // namespace

std::string report_title(const Names& names, const ReportEvent& report) {
    std::string out = "KFENCE: " + describe_report_kind(report);
    const auto frames = caller_frames(names, report.access_stack);
    if (!frames.empty()) {
        out += " in ";
        out += function_of(frames.front());
    }
    return out;
}

void ReportBook::take(const ReportEvent& event, const Names& names, bool selected) {
    if (!window_.contains(event.time)) {
        return;
    }
    ++seen_;
    if (!selected) {
        return;
    }
    std::string title = report_title(names, event);
    const std::string_view cache = report_cache(names, event);
    ReportSummary& group = groups_[key_of(names, event, title, cache)];
    if (group.count++ == 0) {
        group.title = std::move(title);
        group.cache = cache;
        group.first = event;
    }
    group.last = std::max(group.last, event.time);
    if (event.slot != kNoSlot) {
        const bool was_freed = event.freed_at != 0;
        widen(group.age_ns, between(event.allocated_at, was_freed ? event.freed_at : event.time));
        if (was_freed) {
            widen(group.since_free_ns, between(event.freed_at, event.time));
        }
    }
}

void ReportBook::finish(Summary& out) const {
    out.reports_seen = seen_;
    for (const auto& [key, group] : groups_) {
        out.reports.push_back(group);
    }
    std::ranges::stable_sort(out.reports, [](const ReportSummary& a, const ReportSummary& b) {
        return std::tuple(b.count, a.first.time) < std::tuple(a.count, b.first.time);
    });
}

} // namespace kfence
